"""Power is cut at any moment of a put, a record, a report's files and a checkpoint: what was acknowledged is there."""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faulty_disk import watched
from power_loss import Trace, after_power_loss

from runcompare import Recorder
from runcompare.records.atomic import write_all_whole, write_whole
from runcompare.records.history import History
from runcompare.records.recorder import RECORD_NAME, logged_rows
from runcompare.records.run import Run, RunInfo
from runcompare.store.store import Store

POINTS = int(os.environ.get("RUNCOMPARE_POWER_CUTS", "200"))


def put(folder: Path, trace: Trace) -> None:
    store = Store(folder / "s" / "store")
    rows = History.from_rows([{"_step": i, "x": i / 7} for i in range(50)])
    for n in range(6):
        store.put(Run(RunInfo(f"r{n % 4}", "n", "t", "here"), {"n": n}, history=rows))
        trace.sure((f"r{n % 4}", n))
    store.write_index()
    store.remove(store.superseded(1))


def check_put(folder: Path, sure: list[Any]) -> None:
    store = Store(folder / "s" / "store")
    assert store.verify() == []
    assert not store.listed().problems
    kept = {outline.info.id: outline.config["n"] for outline in store.outlines()}
    assert all(kept.get(run_id, -1) >= n for run_id, n in sure)


def record(folder: Path, trace: Trace) -> None:
    log = Recorder(folder / "runs" / "a", id="one")
    for step in range(12):
        log.log({"x": step}, step=step)
        if step % 3 == 2:
            log.sync()
            trace.sure(step)
    log.close()
    trace.sure("end")


def check_record(folder: Path, sure: list[Any]) -> None:
    path = folder / "runs" / "a" / RECORD_NAME
    synced = [step for step in sure if step != "end"]
    there = [row.step for row in logged_rows(path)] if path.exists() else []
    assert set(range(max(synced, default=-1) + 1)) <= set(there)
    with Recorder(folder / "runs" / "a") as again:
        again.log({"x": 99}, step=99)
    assert [row.step for row in logged_rows(path)] == [*there, 99]
    assert not synced or again.id == "one"


def report(folder: Path, trace: Trace) -> None:
    write_all_whole({folder / "a.md": "new" * 999, folder / "plots" / "p.png": b"new" * 999, folder / "fresh": "new"})
    trace.sure("new")


def check_report(folder: Path, sure: list[Any]) -> None:
    for name, whole in (("a.md", 999), ("plots/p.png", 999), ("fresh", 1)):
        path = folder / name
        old = not path.exists() if name == "fresh" else path.exists() and path.read_text() == "old"
        assert (old and not sure) or path.read_text() == "new" * whole


def checkpoint(folder: Path, trace: Trace) -> None:
    for n in (1, 2):
        write_whole(folder / "a.md", f"{n}" * 999, only_writer=True)
        trace.sure(n)


def check_checkpoint(folder: Path, sure: list[Any]) -> None:
    allowed = {0: "old", 1: "1" * 999, 2: "2" * 999}
    assert (folder / "a.md").read_text() in [text for n, text in allowed.items() if n >= max(sure, default=0)]


WORKS: dict[str, tuple[Callable[[Path, Trace], None], Callable[[Path, list[Any]], None]]] = {
    "put": (put, check_put),
    "record": (record, check_record),
    "report": (report, check_report),
    "checkpoint": (checkpoint, check_checkpoint),
}


@pytest.mark.parametrize("name", list(WORKS))
def test_a_power_cut_takes_nothing_that_was_acknowledged(name: str, tmp_path: Path) -> None:
    do, check = WORKS[name]
    live, after = tmp_path / "live", tmp_path / "after"
    (live / "plots").mkdir(parents=True)
    for file in (live / "a.md", live / "plots" / "p.png"):
        file.write_text("old")
    trace = Trace(live)
    with watched(live, trace):
        do(live, trace)
    coins = random.Random(name)
    for point in range(POINTS // len(WORKS)):
        at = point if point <= len(trace.events) else coins.randrange(len(trace.events) + 1)
        sure = after_power_loss(trace, at, coins, after)
        try:
            check(after, sure)
        except Exception as error:
            raise AssertionError(f"{name} cut after {at} of {len(trace.events)} events: {error}") from error
        shutil.rmtree(after)
    print(f"power cuts {name}: {POINTS // len(WORKS)} points over {len(trace.events)} events, none lost")


def test_a_cut_does_take_what_was_not_synced(tmp_path: Path) -> None:
    """The model is worth something: writing in place is caught."""
    (tmp_path / "live").mkdir()
    trace = Trace(tmp_path / "live")
    with watched(tmp_path / "live", trace), (tmp_path / "live" / "a").open("w") as file:
        file.write("whole")
    left = set()
    for seed in range(20):
        after_power_loss(trace, len(trace.events), random.Random(seed), tmp_path / f"a{seed}")
        path = tmp_path / f"a{seed}" / "a"
        left.add(path.read_text() if path.exists() else None)
    assert left == {None, "", "whole"}
