"""Requests to a tracking server: failures, deadlines, credentials."""

import os
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from mlflow_answers import RUN, good, server

from runcompare.errors import (
    AuthError,
    NetworkFailed,
    RateLimited,
    RuncompareError,
    RunNotFound,
    ServerFailed,
    UsageError,
)
from runcompare.sources.mlflow import http as mlflow_http
from runcompare.sources.mlflow.server import MlflowServer

pytest.importorskip("urllib3")


pytest.importorskip("tenacity")


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("MLFLOW_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(mlflow_http, "_LONGEST_PAUSE_S", 0.05)


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
