"""A fingerprint changes when a run's source does, and only then."""

import os
from pathlib import Path
from typing import Any

import pytest

from runcompare.errors import NetworkFailed
from runcompare.pull import fingerprints
from runcompare.pull.fingerprints import fingerprint, located
from runcompare.records.run import RunInfo


def info(location: Path | str, source: str = "tables", **more: Any) -> RunInfo:
    return RunInfo("a", "a", source, str(location), **more)


def later(path: Path) -> None:
    at = path.stat()
    os.utime(path, ns=(at.st_atime_ns, at.st_mtime_ns + 1))


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv-wal"])
def test_a_file_and_what_sqlite_writes_beside_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a")
    before = fingerprint(info(path))
    assert before == fingerprint(info(path)) != fingerprint(info(path, state="failed"))
    (tmp_path / name).write_text("more")
    assert fingerprint(info(path)) != before


def test_a_run_with_a_folder_of_its_own_changes_with_any_file_of_it(tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    record.write_text("a")
    before = fingerprint(info(record, "recorder"))
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "config.yaml").write_text("lr: 1")
    assert fingerprint(info(record, "recorder")) != before


def test_a_part_of_a_folder_changes_with_its_own_files_only(tmp_path: Path) -> None:
    for name in ("mine", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metrics").write_text("1")
    before = fingerprint(info(f"{tmp_path}#mine"))
    later(tmp_path / "other" / "metrics")
    assert fingerprint(info(f"{tmp_path}#mine")) == before
    later(tmp_path / "mine" / "metrics")
    assert fingerprint(info(f"{tmp_path}#mine")) != before


def test_no_fingerprint_where_nothing_or_too_much_would_have_to_be_looked_at(tmp_path: Path, monkeypatch) -> None:
    assert fingerprint(info(tmp_path / "gone.csv")) is None
    monkeypatch.setattr(fingerprints, "MOST_FILES", 2)
    for name in "abc":
        (tmp_path / name).write_text(name)
    assert fingerprint(info(tmp_path)) is None


class Stating:
    """A source that has a fingerprint of its own."""

    def __init__(self, stated: Any) -> None:
        self.stated = stated

    def fingerprint(self, location: str) -> Any:
        if isinstance(self.stated, Exception):
            raise self.stated
        return self.stated


def test_what_a_source_states_itself_counts(monkeypatch) -> None:
    def of(stated: Any) -> str | None:
        monkeypatch.setattr(fingerprints, "sources", lambda: {"own": Stating(stated)})
        return fingerprint(info("somewhere", "own"))

    assert of("v1") == of("v1") != of("v2")
    assert of(None) is None
    assert of(NetworkFailed("No net.")) is None


@pytest.mark.parametrize(("state", "known"), [("finished", True), ("failed", True), ("running", False)])
def test_a_servers_run_is_settled_once_it_has_ended(monkeypatch, state: Any, known: bool) -> None:
    monkeypatch.setattr(fingerprints, "remote_sources", lambda: {"srv": object()})
    assert (fingerprint(info("srv://a", "srv", state=state)) is not None) is known


def test_locations_may_name_a_part_and_may_hold_a_hash(tmp_path: Path) -> None:
    odd = tmp_path / "a#b.csv"
    odd.write_text("x")
    assert located(str(odd)) == (odd, "")
    assert located(f"{tmp_path}/mlflow.db#id1") == (tmp_path / "mlflow.db", "id1")
    assert located("plain.csv") == (Path("plain.csv"), "")
