"""A turned bit is found in every file, told by the report, and mended by the next pull; so is what is gone."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

from flips import flips, make_runs

from runcompare import api
from runcompare.pull.pull import pull, select
from runcompare.records.run import Run
from runcompare.store.index import current
from runcompare.store.store import Store

FLIPS = int(os.environ.get("RUNCOMPARE_FLIPS", "60"))


def pulled(tmp_path: Path) -> Store:
    pull(select((), [make_runs(tmp_path / "runs")]), tmp_path / "store")
    return Store(tmp_path / "store")


def test_a_turned_bit_is_found_told_and_mended(tmp_path: Path) -> None:
    tried = list(flips(tmp_path, FLIPS))
    assert len({flip.file for flip in tried}) == min(FLIPS, 26)  # every file of six runs, the index and the format
    counted = ", ".join(f"{sum(getattr(flip, what) for flip in tried)} {what}" for what in ("found", "told", "mended"))
    print(f"flips: {len(tried)} over {len({flip.file for flip in tried})} files: {counted}")
    assert [flip for flip in tried if not (flip.found and flip.told and flip.mended)] == []


def test_a_run_that_is_gone_is_told_until_it_is_pulled_again(tmp_path: Path, monkeypatch) -> None:
    store = pulled(tmp_path)
    home = next(iter(store.place.all_versions()))
    shutil.rmtree(tmp_path / "store" / "runs" / home)
    (problem,) = store.verify()
    assert problem.endswith("is gone.")
    store.write_index()
    assert store.listed().problems == (problem,)  # writing the index again does not forget it
    monkeypatch.setenv("RUNCOMPARE_STORE", str(tmp_path / "store"))
    (tmp_path / "none").mkdir()
    report = api.report("g0", "g1", runs=str(tmp_path / "none"), metric="val/loss", direction="min")
    assert "is gone" in report
    pull(select((), [tmp_path / "runs"]), tmp_path / "store")
    assert store.verify() == []


def test_damage_of_what_the_noise_is_learned_from_is_told(tmp_path: Path, monkeypatch) -> None:
    store = pulled(tmp_path)
    home, (version,) = next(iter(store.place.all_versions().items()))
    shutil.rmtree(tmp_path / "store" / "index")
    (tmp_path / "store" / "runs" / home / version / "run.json").write_bytes(b"{}")
    monkeypatch.setenv("RUNCOMPARE_STORE", str(tmp_path / "store"))
    report = api.report("g0", "g1", runs=str(tmp_path / "runs"), metric="val/loss", direction="min")
    assert "is damaged" in report  # though both sides come from the folder


def test_gc_forgets_what_is_gone(tmp_path: Path) -> None:
    store = pulled(tmp_path)
    shutil.rmtree(tmp_path / "store" / "runs" / next(iter(store.place.all_versions())))
    store.write_index(forget=True)
    assert store.verify() == []


def test_what_gc_removes_beside_verify_is_no_damage(tmp_path: Path, full_run: Run, monkeypatch) -> None:
    store = Store(tmp_path)
    for seconds in (1.0, 2.0):
        store.put(replace(full_run, runtime_s=seconds))
    listed = store.place.all_versions()
    store.remove(store.superseded(1))
    monkeypatch.setattr(type(store.place), "all_versions", lambda self: listed)
    assert store.verify() == []


def test_what_gc_removes_beside_a_listing_is_no_damage(tmp_path: Path, full_run: Run, monkeypatch) -> None:
    store = Store(tmp_path)
    store.put(replace(full_run, runtime_s=1.0))
    listed = store.place.all_versions()
    store.put(replace(full_run, runtime_s=2.0))
    store.remove(store.superseded(1))
    monkeypatch.setattr(type(store.place), "all_versions", lambda self: listed)
    assert current(store.place).problems == {}


def test_a_damaged_version_goes_once_a_newer_one_is_intact(tmp_path: Path) -> None:
    store = pulled(tmp_path)
    home, (version,) = next(iter(store.place.all_versions().items()))
    (tmp_path / "store" / "runs" / home / version / "run.json").write_bytes(b"{}")
    assert len(store.verify()) == 1
    assert store.damaged() == {(home, version)}
    assert len(pull(select((), [tmp_path / "runs"]), tmp_path / "store").kept) == 1
    assert store.damaged() == set()
    (newer,) = store.place.versions(home)
    assert newer > version
