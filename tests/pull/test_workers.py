"""Runs are read and kept by this process, by several, or on Ray; a task that fails stops no other."""

import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from runcompare.errors import AuthError, UsageError
from runcompare.pull import workers
from runcompare.pull.pull import Selection, pull, select
from runcompare.records.history import History
from runcompare.records.run import Run, RunInfo
from runcompare.sources import registry
from runcompare.store.store import Store


def tasks_of(folder: Path, store: Path) -> list[workers.Task]:
    return [workers.Task(info, str(store)) for info in select((), [folder]).runs]


def test_a_task_is_done_or_its_error_is_returned(folder: Path, tmp_path: Path, monkeypatch) -> None:
    task, *_ = tasks_of(folder, tmp_path / "s")
    assert workers.take(task) == workers.Done("run00000", rows=4)
    for error, refused in ((AuthError("No key."), True), (ZeroDivisionError("oh"), False)):

        def fail(info: RunInfo, error: Exception = error) -> Run:
            raise error

        monkeypatch.setattr("runcompare.sources.read_run", fail)
        done = workers.take(task)
        assert (done.rows, done.refused) == (0, refused)
        assert str(error) in done.error


def test_several_processes_keep_what_one_does(folder: Path, tmp_path: Path) -> None:
    tasks = tasks_of(folder, tmp_path / "s")
    assert [done.rows for done in workers.in_processes(tasks, 2)] == [4, 4, 4]
    assert Store(tmp_path / "s").verify() == []


def test_a_cluster_that_is_not_there_is_our_error(folder: Path, tmp_path: Path, monkeypatch) -> None:
    pytest.importorskip("ray")
    with pytest.raises(UsageError, match="no Ray cluster at 'nowhere"):
        list(workers.on_ray(tasks_of(folder, tmp_path / "s"), "nowhere:1:2"))


class Growing:
    """A source of one growing run, which hands over what came since."""

    name = "growing"

    def __init__(self) -> None:
        self.rows = 2
        self.asked: list[int] = []

    def accepts(self, path: Path) -> bool:
        return False

    def scan(self, path: Path) -> Any:
        return iter(())

    def read(self, location: str) -> Run:
        return self.read_since(location, Run(self.info()))

    def read_since(self, location: str, kept: Run) -> Run:
        new = [{"_step": step, "x": step} for step in range(len(kept.history), self.rows)]
        self.asked.append(len(new))
        return Run(self.info(), history=History(pl.concat([kept.history.frame, pl.DataFrame(new)], how="diagonal")))

    def info(self) -> RunInfo:
        return RunInfo("g", "g", self.name, "growing://g", state="running")

    def fingerprint(self, location: str) -> str:
        return str(self.rows)


def test_a_growing_run_is_read_from_where_the_store_ends(tmp_path: Path, monkeypatch) -> None:
    source = Growing()
    registered = {**registry.sources(), source.name: source}
    for module in ("pull.fingerprints", "sources.registry"):
        monkeypatch.setattr(f"runcompare.{module}.sources", lambda: registered)
    selection = Selection((source.info(),))
    for rows in (2, 2, 5):
        source.rows = rows
        assert not pull(selection, tmp_path).problems
    assert source.asked == [2, 3]
    assert Store(tmp_path).get("g").history.frame["x"].to_list() == [0, 1, 2, 3, 4]


def test_a_worker_that_dies_stops_no_other(folder: Path, tmp_path: Path) -> None:
    tasks = tasks_of(folder, tmp_path / "s")
    killer: Any = workers.Task(_Killer(), str(tmp_path / "s"))
    done = list(workers.in_processes([*tasks, killer], 2))
    assert sorted(d.run_id for d in done if not d.error) == ["run00000", "run00001", "run00002"]
    assert ["was killed" in d.error for d in done if d.error] == [True]


class _Killer:
    """A run whose description ends the process that opens it."""

    id, location = "killer", "nowhere"

    def __reduce__(self) -> Any:
        return os._exit, (9,)


def test_pulling_on_ray(folder: Path, tmp_path: Path) -> None:
    """A cluster of one machine with two workers, started for this test."""
    pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        cluster.add_node(num_cpus=1)
        selection = select((), [folder])
        done = pull(selection, tmp_path / "s", ray=cluster.address)
        assert (sorted(done.kept), done.problems, done.rows) == (["run00000", "run00001", "run00002"], (), 12)
        assert Store(tmp_path / "s").verify() == []
        assert len(pull(selection, tmp_path / "s", ray=cluster.address).unchanged) == 3
    finally:
        cluster.shutdown()
