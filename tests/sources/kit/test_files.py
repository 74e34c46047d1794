"""Regular files, and whether they are being written."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from runcompare.records.as_json import rows_of
from runcompare.records.run import Lost, Run
from runcompare.sources import list_runs
from runcompare.sources.kit import files
from runcompare.sources.tables.source import TableFiles


def one(path: Path) -> Run:
    (info,) = TableFiles().scan_named(path)
    run = TableFiles().read(info.location)
    assert run.info == info
    return run


def logged(run: Run) -> list[dict[str, Any]]:
    """Rows without our own axes; NaN as a word, so that rows compare."""
    own = ("_step", "_timestamp", "_runtime")
    return [{k: v for k, v in row.items() if k not in own} for row in rows_of(run.history)]


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "metrics.csv")
    assert "not a regular file" in list_runs([tmp_path]).warnings[0]


def test_a_file_that_is_being_written_has_lost_nothing(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    with path.open("w") as file:
        file.write("step,loss\n0,1\n1,0.")
        file.flush()
        time.sleep(0.25)  # open files are looked up five times a second
        run = one(path)
    assert run.info.state == "running"
    assert (logged(run), run.lost) == ([{"step": 0, "loss": 1}], Lost())


def test_processes_that_end_while_we_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks which files are open must not mind a process that is gone by then."""

    def gone(path: Path) -> list[Path]:
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "iterdir", gone)
    assert files._open_for_writing.__wrapped__(0) == frozenset()
