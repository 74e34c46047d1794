"""Runs of the engine that were killed and resumed: both attempts cost, the pause between them does not."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from runcompare import api
from runcompare.costs import PriceBook, ledger
from runcompare.records.recorder import RECORD_NAME, encode_line

T0 = 1.7e9


def record(folder: Path, entries: list[Mapping[str, Any]]) -> None:
    folder.mkdir()
    timed = [{**e, "time": T0 + e["time"]} for e in entries]
    (folder / RECORD_NAME).write_bytes(b"".join(map(encode_line, timed)))


def stage(name: str, event: str, time: float) -> dict[str, Any]:
    return {"type": "stage", "name": name, "event": event, "time": time}


def row(step: int, time: float) -> dict[str, Any]:
    return {"type": "row", "step": step, "time": time, "values": {"operator/loss": 1.0, "operator/epoch": step}}


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """Killed 130 s into the operator, resumed after an hour, which ran its last epochs and evaluated."""
    hardware = {"accelerator": "NVIDIA A100-SXM4-80GB", "accelerator_count": 2}
    head = {"type": "run", "format": 1, "id": "abcd1234", "name": "killed", "hardware": hardware, "config": {}}
    later = 3700.0
    entries = [
        {**head, "time": 0.0},
        {"type": "attempt", "time": 0.0},
        stage("autoencoder", "start", 10.0),
        stage("autoencoder", "end", 40.0),
        stage("operator", "start", 40.0),
        row(1, 90.0),
        row(2, 170.0),
        {"type": "attempt", "time": later},
        stage("operator", "start", later),
        row(2, later + 60),
        stage("operator", "end", later + 100),
        stage("eval", "start", later + 100),
        stage("eval", "end", later + 150),
        {"type": "end", "state": "finished", "time": later + 150},
    ]
    record(tmp_path / "killed", entries)
    return tmp_path


def test_stage_times_and_money_count_both_attempts(killed: Path) -> None:
    (run,) = api.load("killed", runs=[killed]).runs
    assert [s.ended_at is None for s in run.stages if s.name == "operator"] == [True, False]
    costs = ledger(run, PriceBook.load(flat=3.6))
    assert {x.stage: x.wall.value for x in costs.lines} == {
        "autoencoder": 30,
        "operator": 130 + 100,  # to the last entry of the first attempt, and in the second
        "eval": 50,
        "other": 10,
    }
    assert costs.total.wall.value == 170 + 150
    assert costs.total.device_hours.value == pytest.approx(2 * 320 / 3600)
    assert {x.stage: x.money.value for x in costs.lines}["operator"] == pytest.approx(2 * 230 * 3.6 / 3600)
    assert costs.total.money.value == pytest.approx(2 * 320 * 3.6 / 3600)
    assert any("operator has no end" in n for n in costs.notes)
