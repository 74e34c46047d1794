"""The store keeps every value, finds damage, and is written by many at once; so were stores of long ago."""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from same_runs import assert_same

from runcompare.errors import DataError, RunNotFound, UnreadableRun
from runcompare.records.run import Run
from runcompare.store.store import Store, keep_whole

OLD = Path(__file__).parent / "store_format_1"


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


def test_every_value_comes_back_from_anywhere(root: str, full_run: Run) -> None:
    assert Store(root).infos() == []
    assert Store(root).put(full_run) == Store(root).put(full_run)
    assert_same(Store(root).get("r1"), full_run)
    assert Store(root).infos() == [full_run.info]
    assert Store(root).verify() == []


def test_the_last_version_counts_and_older_ones_can_go(root: str, full_run: Run) -> None:
    store = Store(root)
    for seconds in (1.0, 2.0, 3.0):
        store.put(replace(full_run, runtime_s=seconds))
    assert len(store.superseded(2)) == 1
    assert store.remove(store.superseded(1)) == 2
    assert store.superseded(1) == []
    assert store.get("r1").runtime_s == 3.0
    assert [o.runtime_s for o in store.outlines()] == [3.0]


MANY_WRITER = """
import sys
from runcompare.records.history import History
from runcompare.records.run import Run, RunInfo
from runcompare.store.store import Store
store = Store(sys.argv[1])
rows = History.from_rows([{"_step": i, "x": i / 7} for i in range(200)])
for n in range(25):
    store.put(Run(RunInfo(f"run{n % 10}", sys.argv[2], "test", "here"), {"n": n}, history=rows))
    store.write_index()
"""


@pytest.mark.parametrize("where", ["", "local://"])
def test_many_processes_write_and_list_at_once(tmp_path: Path, where: str) -> None:
    command = [sys.executable, "-c", MANY_WRITER, f"{where}{tmp_path}"]
    writers = [subprocess.Popen([*command, str(i)], stderr=subprocess.PIPE) for i in range(4)]
    assert [(w.communicate()[1], w.returncode) for w in writers] == [(b"", 0)] * 4
    store = Store(f"{where}{tmp_path}")
    assert store.verify() == []
    assert sorted(info.id for info in store.infos()) == [f"run{n}" for n in range(10)]
    assert {len(store.get(info.id).history) for info in store.infos()} == {200}
    assert sum(map(len, store.place.all_versions().values())) == 100  # no writer undid another's


def test_a_writer_whose_clock_is_behind_still_supersedes(tmp_path: Path, full_run: Run, monkeypatch) -> None:
    Store(tmp_path).put(full_run)
    monkeypatch.setattr("time.time_ns", lambda: 1)
    Store(tmp_path).put(replace(full_run, runtime_s=7.0))
    assert Store(tmp_path).get("r1").runtime_s == 7.0


def test_a_store_of_the_first_days_is_read(tmp_path: Path, full_run: Run) -> None:
    """Written by the version before there were URLs, an index or fingerprints."""
    shutil.copytree(OLD, tmp_path / "old")
    store = Store(tmp_path / "old")
    assert store.verify() == []
    assert_same(store.get("r1"), replace(full_run, runtime_s=9.0))
    assert [(o.info.id, o.rows, o.last["big"], o.fingerprint) for o in store.outlines()] == [
        ("r1", 3, -(2**63), None),
        ("r2", 3, -(2**63), None),
    ]
    store.put(replace(full_run, runtime_s=10.0))
    assert [len(v) for v in store.place.all_versions().values()] == [3, 1]
    assert store.get("r1").runtime_s == 10.0


def test_a_manifest_of_another_version_is_damage(tmp_path: Path, full_run: Run) -> None:
    store = Store(tmp_path)
    old, new = (Path(store.put(replace(full_run, runtime_s=s))) for s in (1.0, 2.0))
    shutil.copy(old / "manifest.json", new / "manifest.json")
    with pytest.raises(UnreadableRun, match=r"manifest\.json is damaged"):
        store.get("r1")
    assert store.superseded(1) == []  # the older version is the only intact one


def test_a_new_fingerprint_is_kept(tmp_path: Path, full_run: Run) -> None:
    store = Store(tmp_path)
    store.put(full_run, "one")
    store.put(full_run)
    assert store.outlines()[0].fingerprint == "one"
    store.put(full_run, "two")
    assert store.outlines()[0].fingerprint == "two"


def test_reading_needs_no_pyarrow(tmp_path: Path, full_run: Run) -> None:
    Store(tmp_path).put(full_run)
    code = (
        "import sys; from runcompare.store.store import Store; s = Store(sys.argv[1]); s.infos(); s.get('r1'); "
        "print({'pyarrow', 'fsspec', 'pandas'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", code, str(tmp_path)], text=True) == "set()\n"


def test_whole_runs_are_kept_and_parts_are_not(tmp_path: Path, full_run: Run) -> None:
    part = replace(full_run, info=replace(full_run.info, id="r1@step=1"), metadata={"cut_from": "r1"})
    keep_whole([full_run, part], tmp_path / "s")
    assert [info.id for info in Store(tmp_path / "s").infos()] == ["r1"]
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match="store"):
        keep_whole([full_run], tmp_path / "file")


def test_a_version_in_another_runs_folder_is_damage(tmp_path: Path, full_run: Run) -> None:
    store = Store(tmp_path)
    store.put(full_run)
    (home,) = (tmp_path / "runs").iterdir()
    home.rename(home.with_name("0" * 32))
    assert any("belongs elsewhere" in line for line in Store(tmp_path).verify())
