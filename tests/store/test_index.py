"""The index is only a cache: a listing without it, or beside it, gives the same."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl

from runcompare.records.run import Run, RunInfo
from runcompare.store import index
from runcompare.store.index import start_order
from runcompare.store.store import Store

Numbered = Callable[[int], list[Run]]


def test_the_index_is_only_a_cache(root: str, numbered: Numbered) -> None:
    store, runs = Store(root), numbered(40)
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


def test_an_index_that_cannot_be_written_is_done_without(tmp_path: Path, numbered: Numbered) -> None:
    store = Store(tmp_path)
    for run in numbered(40):
        store.put(run)
    (tmp_path / "index").write_text("in the way")
    store.write_index()
    assert len(store.infos()) == 40


def test_outlines_hold_what_the_runs_do(tmp_path: Path, full_run: Run) -> None:
    Store(tmp_path).put(full_run, fingerprint="abc")
    (outline,) = Store(tmp_path).outlines()
    assert (outline.fingerprint, outline.rows, outline.runtime_s) == ("abc", 3, 2.5)
    assert repr(outline.config) == repr(dict(full_run.config))
    assert repr(outline.summary) == repr(dict(full_run.summary))
    assert outline.figures == full_run.figures
    assert repr(outline.last) == repr({"_step": 2, "loss": float("-inf"), "big": -(2**63), "huge": 1})
    assert outline.as_run().summary["loss"] == float("-inf")


def test_a_few_new_versions_of_many_are_not_worth_an_index(tmp_path: Path, numbered: Numbered, monkeypatch) -> None:
    monkeypatch.setattr(index, "PART", 2)
    store, runs = Store(tmp_path), numbered(57)
    for count in (40, 56, 57):
        for run in runs[:count]:
            store.put(run)
        store.write_index()
        assert pl.read_parquet(tmp_path / "index").height == {40: 40, 56: 40, 57: 57}[count]


def test_the_newest_outlines(tmp_path: Path, numbered: Numbered) -> None:
    for run in numbered(3):
        Store(tmp_path).put(run)
    assert [o.info.id for o in Store(tmp_path).outlines(2)] == ["r1", "r2"]
    assert Store(tmp_path).outlines(0) == []


def test_damaged_versions_are_left_out(tmp_path: Path, numbered: Numbered) -> None:
    folders = [Store(tmp_path).put(run) for run in numbered(2)]
    (Path(folders[0]) / "run.json").write_bytes(b"{}")
    assert [info.id for info in Store(tmp_path).infos()] == ["r1"]


def test_runs_whose_start_is_unknown_come_last() -> None:
    infos = [RunInfo(i, i, "t", "h", started_at=at) for i, at in (("c", None), ("b", 1.0), ("a", 1.0), ("d", 0.0))]
    assert "".join(info.id for info in sorted(infos, key=start_order)) == "dabc"
