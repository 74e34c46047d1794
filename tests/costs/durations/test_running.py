"""When a run ran, by the evidence there is; and times that are none."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from runcompare import api
from runcompare.costs import PriceBook, ledger
from runcompare.costs.durations.running import LATEST, cleaned, running, without_downtime
from runcompare.costs.durations.spans import length
from runcompare.records.figure import Figure, Provenance
from runcompare.records.recorder import RECORD_NAME, encode_line
from runcompare.records.run import Attempt, Run

MakeRun = Callable[..., Run]


def test_attempts_come_first_and_overlaps_count_once(run: MakeRun) -> None:
    found = running(run(attempts=[(0, 100), (90, 150)], runtime_s=999.0))
    assert found.total.value == 150
    assert found.total.provenance is Provenance.MEASURED
    assert "2 attempts" in found.total.source


def test_the_trackers_run_time_has_no_moments(run: MakeRun) -> None:
    found = running(run(runtime_s=12.5, rows=[{"t": 0, "loss": 1.0}, {"t": 5, "loss": 1.0}]))
    assert (found.spans, found.total.value) == ((), 12.5)


def test_rows_then_telemetry_are_a_clock(run: MakeRun) -> None:
    found = running(run(system=[{"t": t, "gpu.0.gpu": 1.0} for t in (0, 15, 30)]))
    assert found.total.value == 30
    assert found.total.source == "first to last telemetry sample"
    assert running(run()).total.is_missing


def test_an_attempt_without_an_end_ends_with_its_last_sign_of_life(run: MakeRun) -> None:
    found = running(run(attempts=[(0, None), (500, 600)], rows=[{"t": 40, "loss": 1.0}, {"t": 500, "loss": 1.0}]))
    assert found.total.value == 40 + 100
    assert any("has no end" in note for note in found.notes)


def test_a_failed_run_paid_for_what_it_used(run: MakeRun) -> None:
    assert "failed: what it used counts" in running(run(attempts=[(0, 5)], state="failed")).notes[0]


def test_silence_is_downtime_only_if_long_and_unusual() -> None:
    steady = [600.0 * i for i in range(5)]
    assert length(without_downtime(steady).spans) == 2400
    broken = without_downtime([0.0, 10.0, 20.0, 5000.0, 5010.0])
    assert length(broken.spans) == 30
    assert "downtime" in broken.notes[0]
    assert without_downtime([1.0]) == ((), ())


def test_what_makes_no_sense_is_left_out_and_noted(run: MakeRun) -> None:
    figures = {"time": Figure(-1.0, "s"), "cost": Figure(math.inf, "USD"), "nrmse": Figure(-1.0)}
    made = run(figures=figures, runtime_s=-3.0, stages=[("a", math.nan, 1)], attempts=[(0, math.inf)])
    kept, notes = cleaned(made)
    assert set(kept.figures) == {"nrmse"}
    assert (kept.runtime_s, kept.stages) == (None, ())
    assert kept.attempts == (Attempt(made.attempts[0].started_at, None),)
    assert len(notes) == 3


def test_milliseconds_are_not_taken_for_seconds(run: MakeRun) -> None:
    assert cleaned(run(runtime_s=2 * LATEST)).run.runtime_s is None


def record(folder: Path, entries: list[Mapping[str, Any]]) -> None:
    folder.mkdir()
    timed = [{**e, "time": 1.7e9 + e["time"]} for e in entries]
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
