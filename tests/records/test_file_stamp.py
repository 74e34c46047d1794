"""A stamp changes when a file does."""

import os
from pathlib import Path

import pytest

import runcompare
from runcompare.records.file_stamp import file_stamp

HOMES = {
    "records/file_stamp.py",
    "cli/known_runs.py",  # of the entries of a folder, whose sizes and times come with their names
}


def test_a_stamp_stays_until_something_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("one")
    before = file_stamp(path)
    assert file_stamp(path) == before
    os.utime(path, ns=(0, before.changed_ns + 1))
    touched = file_stamp(path)
    assert touched != before
    path.write_text("three")
    os.utime(path, ns=(0, touched.changed_ns))
    assert file_stamp(path) != touched


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nope"):
        file_stamp(tmp_path / "nope")
    with pytest.raises(ValueError, match="null"):
        file_stamp(Path("nul\0"))


def test_nobody_else_says_by_what_a_change_is_seen() -> None:
    package = Path(runcompare.__file__).parent
    found = {str(p.relative_to(package)) for p in package.rglob("*.py") if "st_mtime_ns" in p.read_text("utf-8")}
    assert found <= HOMES
