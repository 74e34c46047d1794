"""Regular files, and whether they are being written."""

import os
import time
from pathlib import Path

import pytest
from table_files import logged, one

from runcompare.records.run import Lost
from runcompare.sources import list_runs
from runcompare.sources.kit import files


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
