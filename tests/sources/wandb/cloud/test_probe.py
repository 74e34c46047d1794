"""What the probe takes of an answer."""

import socket
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from runcompare.sources.wandb.cloud.probe import LARGEST, _body


def test_an_answer_without_an_end_is_left_after_the_longest_that_we_asked_for() -> None:
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            link, _ = server.accept()
            with link:
                link.recv(4096)
                link.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * (LARGEST + 100))
                done.wait(20)  # and it never says that this was all

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        with pytest.raises(ValueError, match="too long"):
            _body(urllib.request.Request(f"http://127.0.0.1:{server.getsockname()[1]}/"), seconds=3)
        done.set()
        thread.join()


def test_a_redirect_carries_the_key_nowhere() -> None:
    asked: list[str | None] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers.get("Authorization"))
            if self.path == "/first":
                self.send_response(302)
                self.send_header("Location", "/second")
            else:
                self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/first"
        with pytest.raises(urllib.error.HTTPError):
            _body(urllib.request.Request(url, headers={"Authorization": "Basic x"}), seconds=3)
        server.shutdown()
    assert asked == ["Basic x"]
