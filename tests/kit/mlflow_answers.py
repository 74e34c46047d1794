"""A server of our own that answers as MLflow's does, or as we say."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

RUN = "0123456789abcdef0123456789abcdef"


Answer = Callable[[str, dict[str, str], dict[str, str]], tuple[int, Any] | tuple[int, Any, dict[str, str]]]


@contextmanager
def server(answer: Answer) -> Iterator[str]:
    """Our own server: `answer(path, fields, headers)` gives status, body (JSON, bytes or a function) and headers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            fields = (
                json.loads(self.rfile.read(length)) if length else {k: v[0] for k, v in parse_qs(url.query).items()}
            )
            path = url.path.removeprefix("/api/2.0/mlflow/")
            status, body, *more = answer(path, fields, dict(self.headers))
            if callable(body):
                body(self)
                return
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, text in {"Content-Length": str(len(raw)), **(more[0] if more else {})}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(raw)

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"127.0.0.1:{listening.server_port}"
    finally:
        listening.shutdown()
        listening.server_close()


def described(**data: Any) -> dict[str, Any]:
    info = {"run_id": RUN, "run_name": "r", "experiment_id": "1", "status": "FINISHED", "start_time": 1_000}
    return {"info": info, "data": data}


def good(path: str, fields: dict[str, str], _: dict[str, str]) -> tuple[int, Any]:
    """A run of two metrics, 7 points each, in pages of 3."""
    if path == "experiments/get":
        return 200, {"experiment": {"name": "e"}}
    if path == "runs/get":
        return 200, {"run": described(metrics=[{"key": "a"}, {"key": "b/c"}], params=[{"key": "seed", "value": "3"}])}
    first = int(fields.get("page_token", 0))
    shown = range(first, min(first + 3, 7))
    found = [{"key": "x", "value": float(i), "timestamp": str(1_000 + i), "step": str(i)} for i in shown]
    return 200, {"metrics": found, **({"next_page_token": str(first + 3)} if first < 6 else {})}
