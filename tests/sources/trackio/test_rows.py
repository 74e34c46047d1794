"""Trackio's rows."""

import json
from pathlib import Path

import pytest
from trackio_project import written
from trackio_rows import project, stamp

from runcompare.records.run import Lost, Run
from runcompare.sources.trackio.source import Trackio


def read(path: Path, run_id: str) -> Run:
    return Trackio().read(f"{path}#{run_id}")


@pytest.fixture
def run() -> Run:
    return read(written()[0], written()[2][0])


def test_damaged_rows_are_counted(tmp_path: Path) -> None:
    rows = [("r", stamp(i), i, json.dumps({"loss": i})) for i in range(5)]
    rows += [("r", stamp(6), 6, '{"loss": 6'), ("r", stamp(7), "seven", '{"loss": 7}'), ("r", stamp(8), 8, b"\xff\xfe")]
    rows += [("r", stamp(9), 9, "[1, 2]"), ("r", "no time", 10, '{"loss": 10}'), ("r", stamp(11), 11, "[" * 100_000)]
    run = read(project(tmp_path, rows), "r")
    assert run.history.series("loss").value.tolist() == [0, 1, 2, 3, 4, 10]
    assert run.lost == Lost(5)
    assert "5 rows are damaged." in run.warnings


def test_mixed_kinds_big_numbers_and_names_of_ours(tmp_path: Path) -> None:
    rows = [
        ("r", stamp(0), 0, '{"a": 18446744073709551617, "_step": 5, "x#json": 1, "\\ud800": 2}'),
        ("r", stamp(1), 1, '{"a": 0.5, "m": {"_type": "trackio.image"}, "ms": [{"_type": "trackio.image"}]}'),
        ("r", stamp(2), -3, '{"a": "text", "s": "\\udfff"}'),
    ]
    run = read(project(tmp_path, rows), "r")
    frame = run.history.frame
    assert frame["_step"].to_list() == [-3, 0, 1]
    assert {"_step#metric", "x#json#metric", "\\ud800", "a", "a#json", "s#json"} < set(frame.columns)
    assert any("rounded" in w for w in run.warnings)
    assert any("2 logged media" in w for w in run.warnings)


def test_later_values_at_a_step_win_by_time(tmp_path: Path) -> None:
    rows = [("r", stamp(9), 1, '{"x": 3}'), ("r", stamp(1), 1, '{"x": 1, "y": 1}'), ("r", stamp(5), 0, '{"x": 0}')]
    run = read(project(tmp_path, rows), "r")
    assert run.history.frame.select("_step", "x", "y").rows() == [(0, 0, None), (1, 3, 1)]
