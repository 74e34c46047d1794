"""Runs get into the store, and those that have not changed not again."""

from dataclasses import replace
from pathlib import Path

import pytest

from runcompare import Recorder, api
from runcompare.errors import RunNotFound, UsageError
from runcompare.pull.pull import changed, pull, select
from runcompare.sources.recorder.source import RecorderFiles
from runcompare.store.store import Store, keep_whole


def ids(runs) -> list[str]:
    return sorted(info.id for info in runs)


def test_without_references_every_run_is_selected(folder: Path) -> None:
    assert ids(select((), [folder]).runs) == ["run00000", "run00001", "run00002"]


def test_references_select_each_run_once_and_name_what_is_missing(folder: Path) -> None:
    selection = select(["group:g0", "run00000", str(folder / "r0"), "nope"], [folder])
    assert ids(selection.runs) == ["run00000", "run00002"]
    (problem,) = selection.problems
    assert "No run matches 'nope'" in problem
    with pytest.raises(RunNotFound, match="nope"):
        select(["nope", "no"], [folder])


def test_locations_hold_in_other_working_folders(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    assert all(Path(info.location).is_absolute() for info in select((), [Path("runs")]).runs)


def test_only_what_changed_is_read_again(folder: Path, tmp_path: Path) -> None:
    selection = select((), [folder])
    first = pull(selection, tmp_path / "s")
    assert (len(first.kept), first.rows, first.problems) == (3, 12, ())
    assert pull(selection, tmp_path / "s").unchanged == first.kept
    with Recorder(folder / "r1", id="run00001") as log:
        log.log({"train/loss": 0.01})
    selection = select((), [folder])
    assert ids(changed(selection, tmp_path / "s").runs) == ["run00001"]
    assert pull(selection, tmp_path / "s").kept == ("run00001",)
    assert changed(selection, tmp_path / "s").runs == ()


def test_what_changed_is_asked_without_writing(folder: Path, tmp_path: Path) -> None:
    assert len(changed(select((), [folder]), tmp_path / "none").runs) == 3
    assert not (tmp_path / "none").exists()


def test_a_second_run_of_an_id_is_a_problem_and_a_moved_one_is_not(folder: Path, tmp_path: Path) -> None:
    pull(select((), [folder]), tmp_path / "s")
    (folder / "r0").rename(folder / "moved")
    assert pull(select((), [folder]), tmp_path / "s").kept == ("run00000",)
    with Recorder(folder / "zz", id="run00000", config={"lr": 9}):
        pass
    problems = pull(select((), [folder]), tmp_path / "s").problems
    assert any("the id is also that of" in problem for problem in problems)


def test_progress_counts_what_is_read(folder: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    pull(select((), [folder]), tmp_path / "s", progress=lambda done, of: seen.append((done, of)))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_store_in_memory_is_of_one_process(folder: Path) -> None:
    with pytest.raises(UsageError, match="one process"):
        pull(select((), [folder]), "memory://x", workers=2)


def test_pulling_leaves_an_index_for_the_next_listing(tmp_path: Path) -> None:
    for number in range(20):
        with Recorder(tmp_path / "runs" / str(number), config={"seed": number}) as log:
            log.log({"x": 1})
    pull(select((), [tmp_path / "runs"]), tmp_path / "s")
    assert len(list((tmp_path / "s" / "index").iterdir())) == 1
    assert len(Store(tmp_path / "s").infos()) == 20


def test_part_of_a_run_is_asked_for_again(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = RecorderFiles.read
    monkeypatch.setattr(RecorderFiles, "read", lambda self, at: replace(whole(self, at), metadata={"partial": True}))
    assert len(pull(select((), [folder]), tmp_path / "s").kept) == 3
    monkeypatch.setattr(RecorderFiles, "read", whole)
    assert len(pull(select((), [folder]), tmp_path / "s").kept) == 3
    assert len(pull(select((), [folder]), tmp_path / "s").unchanged) == 3


def test_one_run_is_kept_once_by_pull_and_report_however_its_path_is_written(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    monkeypatch.setenv("RUNCOMPARE_STORE", str(tmp_path / "s"))
    kept = []
    for root in ("runs", str(folder), "../" + folder.parent.name + "/runs"):
        keep_whole(api.load("run00000", runs=root).runs, tmp_path / "s")
        pull(select(["run00000"], [Path(root)]), tmp_path / "s")
        kept.append(Store(tmp_path / "s").place.all_versions())
    assert kept[0] == kept[1] == kept[2]
    assert [len(versions) for versions in kept[0].values()] == [1]
