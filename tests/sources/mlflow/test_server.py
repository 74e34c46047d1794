"""MLflow's tracking server: the real one on loopback, and one of ours that misbehaves."""

import json
import math
import os
import random
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from mlflow_stores import environment, last_by_time, stores

from runcompare.errors import (
    AuthError,
    NetworkFailed,
    RateLimited,
    RuncompareError,
    RunNotFound,
    ServerFailed,
    TrackerError,
    UsageError,
)
from runcompare.records.as_json import plain, run_document
from runcompare.sources.mlflow import http as mlflow_http
from runcompare.sources.mlflow import server as mlflow_server
from runcompare.sources.mlflow.server import MlflowServer
from runcompare.sources.mlflow.sqlite import MlflowSqlite

pytest.importorskip("urllib3")
pytest.importorskip("tenacity")
RUN = "0123456789abcdef0123456789abcdef"
STARTS_WITHIN_S = 120
MUTATIONS = int(os.environ.get("RUNCOMPARE_FUZZ", "300"))


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("MLFLOW_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(mlflow_http, "_LONGEST_PAUSE_S", 0.05)


@pytest.fixture(scope="module")
def real() -> Iterator[str]:
    """The address of a real server on the store that the tests share."""
    if find_spec("mlflow") is None:
        pytest.skip("needs mlflow")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    store = f"sqlite:///{stores().sqlite}"
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", store, "--workers", "1"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--artifacts-destination", str(stores().folder / "served")]
    log = (stores().folder / "server.log").open("wb")
    with subprocess.Popen(command, env=environment(), cwd=stores().folder, stdout=log, stderr=log) as process:
        try:
            _until_it_answers(f"http://127.0.0.1:{port}/health", process)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
            log.close()


def _until_it_answers(url: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.3)
    pytest.skip("the MLflow server did not start")


def cells(frame: Any) -> dict[tuple[str, int, float], float]:
    rows = frame.to_dicts()
    axes = ("_step", "_timestamp")
    return {(k, r["_step"], r["_timestamp"]): v for r in rows for k, v in r.items() if v is not None and k not in axes}


def test_the_real_server_gives_what_its_store_holds(real: str) -> None:
    ids = stores().ids["sqlite"]
    direct = MlflowSqlite().read(f"{stores().sqlite}#{ids['run']}")
    (info,) = MlflowServer().find(f"mlflow+http://{real}/{ids['run']}")
    run = MlflowServer().read(info.location)
    mine, theirs = cells(run.history.frame), cells(direct.history.frame)
    assert mine.keys() == theirs.keys()
    assert all(mine[at] == theirs[at] or (math.isnan(mine[at]) and math.isnan(theirs[at])) for at in mine)
    expected = last_by_time([p for p in stores().points if p[0] == "odd"])
    assert sum(math.isinf(v) for v in expected.values()) == 2
    assert cells(run.system.frame.rename({"_timestamp": "_step"}).with_columns(_timestamp=0.0)) == cells(
        direct.system.frame.rename({"_timestamp": "_step"}).with_columns(_timestamp=0.0)
    )
    assert (run.config, run.attempts, run.metadata) == (direct.config, direct.attempts, direct.metadata)
    assert {**run.summary, "odd": 0} == {**direct.summary, "odd": 0}
    for name in ("name", "group", "project", "tags", "state", "started_at", "seed"):
        assert getattr(run.info, name) == getattr(direct.info, name)


def test_experiments_and_urls_of_the_browser(real: str) -> None:
    ids = stores().ids["sqlite"]
    server = MlflowServer()
    named = server.find(f"mlflow+http://{real}/?experiment=exp%20one")
    assert sorted(info.name for info in named) == ["Child", "Run One", "new", "old"]
    assert server.find(f"http://{real}/#/experiments/{ids['experiment']}?viewState=x") == named
    (child,) = server.find(f"http://{real}/#/experiments/{ids['experiment']}/runs/{ids['child']}/model-metrics")
    assert (child.name, child.group) == ("Child", "Run One")


def test_the_real_server_says_what_it_lacks(real: str) -> None:
    for reference in (f"mlflow+http://{real}/{RUN}", f"mlflow+http://{real}/?experiment=none"):
        with pytest.raises(RunNotFound):
            MlflowServer().find(reference)
    with pytest.raises(ServerFailed, match="Is it an MLflow server"):
        MlflowServer().find(f"mlflow+http://{real}/some/prefix/{RUN}")


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


def test_pages_are_followed() -> None:
    with server(good) as place:
        run = MlflowServer().read(f"mlflow+http://{place}/{RUN}")
    assert run.history.frame.columns == ["_step", "_timestamp", "a", "b/c"]
    assert run.history.series("b/c").value.tolist() == list(range(7))
    assert run.history.series("a").time.tolist() == [1 + i / 1000 for i in range(7)]
    assert (run.info.project, run.seed) == ("e", 3)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_fails_now_and_then_is_asked_again(status: int) -> None:
    asked: list[str] = []

    def answer(path: str, fields: dict[str, str], headers: dict[str, str]) -> Any:
        asked.append(f"{path} {fields}")
        return (
            (status, b"no", {"Retry-After": "0"})
            if asked.count(f"{path} {fields}") < 3
            else good(path, fields, headers)
        )

    with server(answer) as place:
        assert len(MlflowServer().read(f"mlflow+http://{place}/{RUN}").history) == 7
    assert len(asked) >= 3 * (2 + 2 * 3)


def hang(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(3)


def trickle(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(40):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


def cut(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"run": ')


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        ((429, b""), RateLimited, "429"),
        ((429, b"", {"Retry-After": "3600"}), RateLimited, "429"),
        ((500, b"<html>"), ServerFailed, "500"),
        ((401, b""), AuthError, "refused us"),
        ((403, {"error_code": "PERMISSION_DENIED"}), AuthError, "refused us"),
        ((404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "secret"}), RunNotFound, "no such run"),
        ((404, b"<html>"), ServerFailed, "404"),
        ((400, {"error_code": "INVALID_PARAMETER_VALUE", "message": "\x1b[31m"}), ServerFailed, "INVALID_PARAMETER"),
        ((302, b"", {"Location": "http://127.0.0.1:9/"}), ServerFailed, "302"),
        ((200, b'{"run": '), ServerFailed, "no JSON"),
        ((200, b"[" * 100_000), ServerFailed, "no JSON"),
        ((200, []), ServerFailed, "no JSON"),
        ((200, {"run": 5}), ServerFailed, "without an id"),
        ((200, hang), NetworkFailed, "no answer in time"),
        ((200, trickle), NetworkFailed, "no answer in time"),
        ((200, cut), NetworkFailed, "the connection broke"),
    ],
)
def test_each_failure_has_its_error(answer: Any, error: type[RuncompareError], says: str) -> None:
    began = time.monotonic()
    with server(lambda *_: answer) as place, pytest.raises(error, match=says) as caught:
        MlflowServer(deadline_s=1.5).find(f"mlflow+http://{place}/{RUN}")
    assert time.monotonic() - began < 6
    assert "secret" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_no_server_at_all() -> None:
    with pytest.raises(NetworkFailed, match="takes no connection"):
        MlflowServer(deadline_s=2).find(f"mlflow+http://127.0.0.1:9/{RUN}")
    with pytest.raises(NetworkFailed, match="no such host"):
        MlflowServer(deadline_s=2).find(f"mlflow+http://no-such-host.invalid/{RUN}")


def test_pages_that_go_round_in_circles_end() -> None:
    def answer(path: str, fields: dict[str, str], headers: dict[str, str]) -> Any:
        status, body = good(path, {}, headers)
        return status, {**body, "next_page_token": "again"} if path == "metrics/get-history" else body

    with server(answer) as place, pytest.raises(ServerFailed, match="circles"):
        MlflowServer().read(f"mlflow+http://{place}/{RUN}")


def test_values_that_are_none_are_counted() -> None:
    odd = [
        {"value": "NaN", "timestamp": 1, "step": 0},
        {"value": "-Infinity", "timestamp": 2, "step": 1},
        {"value": 1.7976931348623157e308, "timestamp": 3, "step": 2},
        {"value": "x", "timestamp": 4, "step": 3},
        {"value": None, "timestamp": 5, "step": 4},
        {"value": 1.0, "timestamp": "soon", "step": 5},
        {"value": 1.0, "timestamp": 6, "step": 2**64},
        "rubbish",
    ]

    def answer(path: str, fields: dict[str, str], headers: dict[str, str]) -> Any:
        return (200, {"metrics": odd}) if path == "metrics/get-history" else good(path, fields, headers)

    with server(answer) as place:
        run = MlflowServer().read(f"mlflow+http://{place}/{RUN}")
    value = run.history.series("a").value
    assert math.isnan(value[0])
    assert value[1:].tolist() == [-math.inf, math.inf]
    assert run.lost.records == 10
    assert any("10 values" in w for w in run.warnings)


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({"MLFLOW_TRACKING_TOKEN": "tok-secret"}, "Bearer tok-secret"),
        ({"MLFLOW_TRACKING_USERNAME": "ü", "MLFLOW_TRACKING_PASSWORD": "tok-secret"}, "Basic w7w6dG9rLXNlY3JldA=="),
        ({"MLFLOW_TRACKING_PASSWORD": "tok-secret"}, None),
    ],
)
def test_credentials_go_to_the_users_own_server_only(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], sent: str | None
) -> None:
    seen: list[str | None] = []

    def answer(path: str, fields: dict[str, str], headers: dict[str, str]) -> Any:
        seen.append(headers.get("Authorization"))
        return 401, b""

    for name, text in settings.items():
        monkeypatch.setenv(name, text)
    with server(answer) as place:
        for uri in ("", "http://127.0.0.1:1", f"https://{place}", "databricks", f"http://localhost.{place}"):
            monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
            with pytest.raises(AuthError):
                MlflowServer().find(f"mlflow+http://{place}/{RUN}")
        assert set(seen) == {None}
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://{place}/prefix")
        with pytest.raises(AuthError) as caught:
            MlflowServer().find(f"mlflow+http://{place}/{RUN}")
    assert seen[-1] == sent
    assert "secret" not in str(caught.value)


def test_a_token_that_cannot_be_sent_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "secret\nX-Other: 1")
    with pytest.raises(UsageError, match="TOKEN") as caught:
        MlflowServer().find(f"mlflow+http://127.0.0.1:9/{RUN}")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("reference", "ours"),
    [
        *[(f"mlflow+http{s}://h:1/{rest}", True) for s in ("", "s") for rest in (RUN, "?experiment=x", "", "a b")],
        *[(f"https://h/p/#/experiments/1{rest}", True) for rest in ("", "/runs", f"/runs/{RUN}", "?x=1")],
        *[
            (text, False)
            for text in ("", RUN, "https://h/p", "http://h/#/models/1", "e/p/r", "ftp://h/#/experiments/1")
        ],
        *[(text, False) for text in ("http://[::1/#/experiments/1", "http:///#/experiments/1", "label=mlflow")],
    ],
)
def test_which_references_are_ours(reference: str, ours: bool) -> None:
    assert MlflowServer().claims(reference) is ours


@pytest.mark.parametrize(
    "rest", ["h:1/", "h:port/r", "h:1/a b", "[::1/r", "/r", "u:secret@h/r", "h:99999/r", "h/?experiment="]
)
def test_references_that_name_nothing(rest: str) -> None:
    with pytest.raises(UsageError) as caught:
        MlflowServer().find(f"mlflow+http://{rest}")
    assert "secret" not in str(caught.value)


def test_a_password_in_a_browsers_url_is_refused() -> None:
    reference = "http://u:secret@h/#/experiments/1"
    assert MlflowServer().claims(reference)
    with pytest.raises(UsageError, match="password in a URL") as caught:
        MlflowServer().find(reference)
    assert "secret" not in str(caught.value)


def test_errors_of_one_metric_are_errors_of_the_run() -> None:
    def answer(path: str, fields: dict[str, str], headers: dict[str, str]) -> Any:
        return (500, b"") if fields.get("metric_key") == "b/c" else good(path, fields, headers)

    with server(answer) as place, pytest.raises(TrackerError):
        MlflowServer(deadline_s=1).read(f"mlflow+http://{place}/{RUN}")


class Scrambled:
    """Answers in which a value or a whole part has become something else, always JSON."""

    rng = random.Random(2)
    odd = (None, True, -1, 1.5, 2**70, "x", "NaN", [], [[]], {}, {"key": []}, "\ud800", math.nan, {"": {"": 0}})

    def __init__(self, base: str, deadline_s: float) -> None:
        self.base = base

    def get(self, path: str, **fields: Any) -> dict[str, Any]:
        if not str(fields.get("page_token", 0)).lstrip("-").isdigit():
            raise ServerFailed("No such page.")
        body = self._scrambled(good(path, {k: str(v) for k, v in fields.items()}, {})[1])
        return body if isinstance(body, dict) else {}

    def _scrambled(self, value: Any) -> Any:
        if self.rng.random() < 0.03:
            return self.rng.choice(self.odd)
        if isinstance(value, dict):
            return {k: self._scrambled(v) for k, v in value.items() if self.rng.random() < 0.98}
        return [self._scrambled(v) for v in value] if isinstance(value, list) else value


def test_any_answer_gives_our_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow_server, "Api", Scrambled)
    read = 0
    for _ in range(MUTATIONS):
        try:
            (info,) = MlflowServer().find(f"mlflow+http://h/{RUN}")
            plain(run_document(MlflowServer().read(info.location)))
            read += 1
        except RuncompareError:
            continue
    assert read > MUTATIONS // 10
