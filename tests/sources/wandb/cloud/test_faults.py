"""Faults of a W&B server, by W&B's own client: a pull ends in time, says what it was, keeps no part as a whole."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from wandb_faults import CASES, Case
from wandb_server import KEY, Served, serving, status

from runcompare.errors import AuthError, NetworkFailed, RateLimited
from runcompare.sources.wandb.cloud.probe import probe
from runcompare.sources.wandb.cloud.process import work
from runcompare.sources.wandb.cloud.source import WandbCloud

pytest.importorskip("wandb")

EVERY = bool(os.environ.get("RUNCOMPARE_FAULTS"))
DEADLINE_S = 12.0
FEW = {("429", "Viewer"), ("drip", "Viewer"), ("huge", "Viewer"), ("401", "all but Viewer"), ("500", "Run")}
CHOSEN = [case for case in CASES if EVERY or (case.name, case.when) in FEW]


def rows(count: int) -> list[dict[str, float]]:
    return [{"_step": i, "_timestamp": 1.7e9 + i, "_runtime": float(i), "loss": 1 / (i + 1)} for i in range(count)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    folder = Path(tempfile.mkdtemp(prefix="w"))
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    monkeypatch.setenv("RUNCOMPARE_WANDB_DEADLINE", str(DEADLINE_S))
    return folder


@pytest.mark.parametrize("case", CHOSEN, ids=lambda case: f"{case.name} at {case.when}")
def test_a_fault_is_told_in_time_and_leaves_nothing(case: Case, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Served(rows=rows(30), exported=12, metadata={"gpu": "A100"})) as server:
        monkeypatch.setenv("WANDB_BASE_URL", server.url)
        server.faults.append(case.strike)
        started, outcome = time.monotonic(), "whole"
        try:
            run = WandbCloud().read("wandb://ent/proj/abcd1234")
        except case.allowed as error:
            outcome = f"{type(error).__name__}: {error}"
        else:
            if run.metadata.get("partial"):
                outcome = "partial"
            assert outcome == "partial" or len(run.history) == 30
            assert case.when not in ("Viewer", "Run", "all but Viewer")
        took = time.monotonic() - started
    assert KEY not in outcome
    print(f"wandb {case.name} at {case.when}: {outcome.partition(':')[0]} after {took:.1f} s")
    assert took < DEADLINE_S + 5
    assert list(place.iterdir()) == []


def test_what_the_server_asks_us_to_wait_is_waited(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Served()) as server:
        monkeypatch.setenv("WANDB_BASE_URL", server.url)
        asked: list[float] = []

        def later(handler, operation):
            asked.append(time.monotonic())
            if len(asked) == 1:
                handler.reply(429, b"{}", {"Retry-After": "1"})
            return len(asked) == 1

        server.faults.append(later)
        probe(KEY, time.monotonic() + 20)
        assert asked[1] - asked[0] >= 1
        asked.clear()
        started = time.monotonic()
        server.faults[0] = lambda handler, _: handler.reply(429, b"{}", {"Retry-After": "3600"}) or True
        with pytest.raises(RateLimited):  # not within our deadline: said at once
            probe(KEY, time.monotonic() + 20)
        assert time.monotonic() - started < 5


def test_a_server_that_answers_a_byte_at_a_time_is_given_up(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Served()) as server:
        monkeypatch.setenv("WANDB_BASE_URL", server.url)
        server.faults.append(next(case for case in CASES if case.name == "drip").fault)
        started = time.monotonic()
        with pytest.raises(NetworkFailed):
            probe(KEY, time.monotonic() + 2)
        assert time.monotonic() - started < 4


def test_a_refusal_of_a_listing_alone_is_a_refusal(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is good, for our own question is answered; W&B's client says only that the server returned an error."""
    with serving(Served(rows=rows(3))) as server:
        monkeypatch.setenv("WANDB_BASE_URL", server.url)
        server.faults.append(status(401, on="Runs"))
        with pytest.raises(AuthError):
            WandbCloud().find("wandb://ent/proj?group=mine")


def test_a_pull_leaves_nothing_behind(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNCOMPARE_WANDB_DEADLINE", "60")
    with serving(Served(rows=rows(30), exported=12, metadata={"gpu": "A100"})) as server:
        monkeypatch.setenv("WANDB_BASE_URL", server.url)
        assert len(WandbCloud().read("wandb://ent/proj/abcd1234").history) == 30
    assert list(place.iterdir()) == []


def test_what_the_client_leaves_behind_goes_with_its_process(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W&B's client leaves files where temporary ones go, now and then."""
    started = subprocess.Popen

    def leaving(command: list[str], **options: Any) -> "subprocess.Popen[bytes]":
        return started([sys.executable, "-c", "import tempfile; tempfile.mkstemp()"], **options)

    monkeypatch.setattr(subprocess, "Popen", leaving)
    work(tmp_path, KEY, time.monotonic() + 10)
    assert list(place.iterdir()) == []
