"""MLflow's tracking server: the real one on loopback, and one of ours that misbehaves."""

import math
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from mlflow_answers import RUN
from mlflow_stores import environment, last_by_time, stores

from runcompare.errors import (
    RunNotFound,
    ServerFailed,
    UsageError,
)
from runcompare.sources.mlflow import http as mlflow_http
from runcompare.sources.mlflow.server import MlflowServer
from runcompare.sources.mlflow.sqlite import MlflowSqlite

pytest.importorskip("urllib3")


pytest.importorskip("tenacity")


STARTS_WITHIN_S = 120


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
