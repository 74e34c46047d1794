"""What the probe takes of an answer."""

import socket
import threading
import urllib.request

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
