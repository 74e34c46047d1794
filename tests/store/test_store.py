"""The store keeps every value, finds damage, and shows a run whole or not at all."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from same_runs import assert_same

from runcompare.errors import DataError, RunNotFound, UnreadableRun
from runcompare.records.run import Run
from runcompare.store.store import Store


def test_every_value_comes_back(tmp_path: Path, full_run: Run) -> None:
    Store(tmp_path).put(full_run)
    assert_same(Store(tmp_path).get("r1"), full_run)


def test_a_run_without_rows_comes_back(tmp_path: Path, full_run: Run) -> None:
    bare = Run(full_run.info)
    Store(tmp_path).put(bare)
    assert_same(Store(tmp_path).get("r1"), bare)


def test_putting_the_same_run_twice_keeps_it_once(tmp_path: Path, full_run: Run) -> None:
    assert Store(tmp_path).put(full_run) == Store(tmp_path).put(full_run)


def test_the_version_put_last_counts(tmp_path: Path, full_run: Run) -> None:
    store, later = Store(tmp_path), replace(full_run, runtime_s=9.0)
    for run in (full_run, later, full_run):
        store.put(run)
        assert store.get("r1").runtime_s == run.runtime_s


def test_opening_a_store_writes_nothing(tmp_path: Path) -> None:
    assert Store(tmp_path / "new").infos() == []
    assert not (tmp_path / "new").exists()


def test_infos_are_sorted_by_start(tmp_path: Path, full_run: Run) -> None:
    store = Store(tmp_path)
    for name, start in (("late", 9.0), ("early", 1.0), ("unknown", None)):
        store.put(Run(replace(full_run.info, id=name, started_at=start)))
    assert [info.id for info in store.infos()] == ["early", "late", "unknown"]


def test_an_absent_run_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(RunNotFound, match="nope"):
        Store(tmp_path).get("nope")


@pytest.mark.parametrize("run_id", ["../../escape", "a/b", "..", "", "x" * 5000, "\ud800", "nul\0"])
def test_no_id_leaves_the_store(tmp_path: Path, full_run: Run, run_id: str) -> None:
    root = tmp_path / "store"
    version = Store(root).put(Run(replace(full_run.info, id=run_id)))
    assert version.resolve().is_relative_to(root.resolve())
    assert [p.name for p in tmp_path.iterdir()] == ["store"]
    assert Store(root).get(run_id).id == run_id


@pytest.mark.parametrize("name", ["manifest.json", "run.json", "history.parquet", "system.parquet"])
@pytest.mark.parametrize("damage", ["flip", "cut", "remove"])
def test_damage_is_found(tmp_path: Path, full_run: Run, name: str, damage: str) -> None:
    store = Store(tmp_path)
    file = store.put(full_run) / name
    body = bytearray(file.read_bytes())
    if damage == "flip":
        body[len(body) // 2] ^= 0x80
        file.write_bytes(body)
    elif damage == "cut":
        file.write_bytes(body[: len(body) // 2])
    else:
        file.unlink()
    assert len(store.verify()) == 1
    with pytest.raises(UnreadableRun):
        store.get("r1")


def test_an_intact_store_verifies(tmp_path: Path, full_run: Run) -> None:
    store = Store(tmp_path)
    store.put(full_run)
    assert store.verify() == []


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "format.json").write_text(json.dumps({"format": 2}))
    with pytest.raises(DataError, match="format 2"):
        Store(tmp_path)


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path, full_run: Run) -> None:
    (tmp_path / "runs").write_text("in the way")
    with pytest.raises(DataError, match="can't be written"):
        Store(tmp_path).put(full_run)


def test_many_writers(tmp_path: Path, full_run: Run) -> None:
    many = [replace(full_run, info=replace(full_run.info, id=f"r{i % 5}")) for i in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(Store(tmp_path).put, many))
    assert sorted(info.id for info in Store(tmp_path).infos()) == [f"r{i}" for i in range(5)]
    assert Store(tmp_path).verify() == []


WRITER = """
import sys
from runcompare.records.history import History
from runcompare.records.run import Run, RunInfo
from runcompare.store.store import Store
store = Store(sys.argv[1])
rows = History.from_rows([{"_step": i, "x": i / 7} for i in range(20_000)])
for n in range(10_000):
    store.put(Run(RunInfo(f"run{n}", "n", "test", "here"), history=rows))
    print(n, flush=True)
"""


def test_a_kill_leaves_nothing_half_visible(tmp_path: Path) -> None:
    for round_ in range(4):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(0.003 * round_)
        os.kill(writer.pid, signal.SIGKILL)
        said = writer.communicate()[0].decode().split()
        store = Store(tmp_path)
        assert store.verify() == []
        kept = {info.id for info in store.infos()}
        assert {f"run{n}" for n in said} <= kept
        assert all(len(store.get(run_id).history) == 20_000 for run_id in kept)
    store.sweep(older_than_s=0.0)
    assert not list(tmp_path.glob("runs/*/.tmp-*"))
