"""A search looks through the folders as they are now and the store, and keeps nothing."""

import shutil
from pathlib import Path

import pytest

from runcompare import Recorder
from runcompare.errors import UsageError
from runcompare.pull.pull import Selection, pull, select
from runcompare.pull.search import search
from runcompare.store.store import Store

pytest.importorskip("duckdb")


def test_a_search_needs_no_store_and_makes_none(folder: Path, tmp_path: Path) -> None:
    found = search("summary['eval/nrmse'] < 0.25 AND config['lr'] > 0.1", select((), [folder]), tmp_path / "none")
    assert ([info.id for info in found.runs], found.read) == (["run00001"], 3)
    assert not (tmp_path / "none").exists()


def test_the_folders_runs_as_they_are_now_stand_in_for_the_stores(folder: Path, tmp_path: Path) -> None:
    pull(select((), [folder]), tmp_path / "s")
    with Recorder(folder / "r1", id="run00001") as log:
        log.summary({"eval/nrmse": 9.0})
    shutil.rmtree(folder / "r2")
    found = search("summary['eval/nrmse'] > 0.25", select((), [folder]), tmp_path / "s")
    assert ([info.id for info in found.runs], found.read) == (["run00001", "run00002"], 1)
    assert Store(tmp_path / "s").get("run00001").summary["eval/nrmse"] == pytest.approx(0.2)


def test_rows_of_both_can_be_asked_for(folder: Path, tmp_path: Path) -> None:
    pull(select(["run00000"], [folder]), tmp_path / "s")
    condition = "id IN (SELECT run FROM history GROUP BY run HAVING count(*) = 4)"
    assert len(search(condition, select((), [folder]), tmp_path / "s").runs) == 3


def test_bad_conditions_and_empty_selections(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="SQL"):
        search("nope > 1", select((), [folder]), tmp_path / "s")
    assert search("true", Selection(problems=("one",)), tmp_path / "s").problems == ("one",)
