"""A store on object storage, where nothing can be renamed."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from runcompare.errors import DataError, MissingExtra, UsageError
from runcompare.records.run import Run
from runcompare.store.object_store import ObjectPlace
from runcompare.store.store import Store


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


def test_passwords_are_not_in_addresses() -> None:
    place = ObjectPlace("memory://user:hidden@host/store/")
    assert place.address("runs", "a") == "memory://user:***@host/store/runs/a"


def test_errors_of_any_file_system_are_os_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = ObjectPlace(f"local://{tmp_path}")

    def fail(path: str) -> bytes:
        raise RuntimeError("the cloud is gone\nsecond line")

    monkeypatch.setattr(place.filesystem, "cat_file", fail)
    with pytest.raises(OSError, match=r"the cloud is gone$"):
        place.read("x")
