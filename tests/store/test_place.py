"""A store on object stores, written by many processes, written long ago, tidied; its index is only a cache."""

import io
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from same_runs import assert_same

from runcompare.errors import DataError, MissingExtra, UnreadableRun, UsageError
from runcompare.records.history import History
from runcompare.records.run import Run
from runcompare.store.codec import decode_rows, encode_rows
from runcompare.store.store import Store

OLD = Path(__file__).parent / "store_format_1"


@pytest.fixture(params=["folder", "file", "local", "memory"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """`file://` is a folder; `local://` is the same disk as an object store, by fsspec."""
    where = {"folder": "", "file": "file://", "local": "local://", "memory": "memory:/"}[request.param]
    return f"{where}{tmp_path}/store"


def numbered(run: Run, count: int) -> list[Run]:
    return [replace(run, info=replace(run.info, id=f"r{i}", started_at=float(i))) for i in range(count)]


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


def test_a_version_without_its_manifest_does_not_count(tmp_path: Path, full_run: Run) -> None:
    store = Store(f"local://{tmp_path}")
    store.put(full_run)
    late = Path(str(store.put(replace(full_run, runtime_s=9.0))).removeprefix("local://"))
    (late / "manifest.json").unlink()
    assert store.get("r1").runtime_s == full_run.runtime_s
    assert store.verify() == []
    assert store.leftovers() == []  # it may still be written
    assert store.sweep(older_than_s=-1.0) == 1
    assert not late.exists() or not any(late.iterdir())
    assert store.get("r1").runtime_s == full_run.runtime_s


WRITER = """
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
    command = [sys.executable, "-c", WRITER, f"{where}{tmp_path}"]
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


def test_the_index_is_only_a_cache(root: str, full_run: Run) -> None:
    store, runs = Store(root), numbered(full_run, 40)
    for run in runs:
        store.put(run)
    first = store.outlines()
    assert store.place.names("index") == []  # reading writes nothing
    store.write_index()
    assert len(store.place.names("index")) == 1
    assert repr(store.outlines()) == repr(first)  # NaN is not NaN
    store.put(replace(runs[0], runtime_s=99.0))
    assert store.outlines()[0].runtime_s == 99.0
    (name,) = store.place.names("index")
    store.place.write(b"PAR1 damaged", "index", name)
    assert [o.info for o in store.outlines()] == [run.info for run in runs]
    store.place.remove("index", name)
    assert repr(store.outlines()[1:]) == repr(first[1:])


def test_an_index_that_cannot_be_written_is_done_without(tmp_path: Path, full_run: Run) -> None:
    store = Store(tmp_path)
    for run in numbered(full_run, 40):
        store.put(run)
    (tmp_path / "index").write_text("in the way")
    store.write_index()
    assert len(store.infos()) == 40


def test_outlines_say_what_the_runs_say(tmp_path: Path, full_run: Run) -> None:
    Store(tmp_path).put(full_run, fingerprint="abc")
    (outline,) = Store(tmp_path).outlines()
    assert (outline.fingerprint, outline.rows, outline.runtime_s) == ("abc", 3, 2.5)
    assert repr(outline.config) == repr(dict(full_run.config))
    assert repr(outline.summary) == repr(dict(full_run.summary))
    assert outline.figures == full_run.figures
    assert repr(outline.last) == repr({"_step": 2, "loss": float("-inf"), "big": -(2**63), "huge": 1})
    assert outline.as_run().summary["loss"] == float("-inf")


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


def test_pages_have_checksums(full_run: Run) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = History(pl.DataFrame({"x": [i / 7 for i in range(1000)]}))
    body = bytearray(encode_rows(rows))
    assert parquet.read_table(io.BytesIO(body), page_checksum_verification=True).num_rows == 1000
    body[len(body) // 2] ^= 1
    with pytest.raises(OSError, match="CRC"):
        parquet.read_table(io.BytesIO(body), page_checksum_verification=True)


@pytest.mark.parametrize(
    "column",
    [
        pl.Series(["a", "b"], dtype=pl.Enum(["a", "b"])),
        pl.Series(["a", "b"], dtype=pl.Categorical),
        pl.Series([1, 2**100], dtype=pl.Int128),
        pl.Series([None, None], dtype=pl.Null),
        pl.Series([float("nan"), -0.0], dtype=pl.Float32),
        pl.Series([[1], [2, 3]]),
    ],
    ids=str,
)
def test_types_come_back(column: pl.Series) -> None:
    frame = column.alias("x").to_frame()
    back = decode_rows(encode_rows(History(frame)))
    assert back.schema == frame.schema
    assert back.equals(frame)


def test_reading_needs_no_pyarrow(tmp_path: Path, full_run: Run) -> None:
    Store(tmp_path).put(full_run)
    code = (
        "import sys; from runcompare.store.store import Store; s = Store(sys.argv[1]); s.infos(); s.get('r1'); "
        "print({'pyarrow', 'fsspec', 'pandas'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", code, str(tmp_path)], text=True) == "set()\n"


def test_stores_that_cannot_be_opened_say_why(monkeypatch) -> None:
    with pytest.raises(UsageError, match="nope"):
        Store("nope://x")
    with pytest.raises(DataError, match="can't be read"):
        Store("http://127.0.0.1:1/x")
    with pytest.raises(UsageError) as error:
        Store("nope://user:hidden@host/x")
    assert "hidden" not in str(error.value)
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MissingExtra, match=r"runcompare\[store\]"):
        Store("memory://x")
