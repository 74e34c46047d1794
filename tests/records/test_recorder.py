"""The durable record: lines with checksums, attempts, and what a kill leaves."""

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcompare.errors import DataError
from runcompare.records.recorder import (
    RECORD_NAME,
    Recorder,
    decode_line,
    encode_line,
    end_state,
    logged_rows,
    new_run_id,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def rows(folder: Path) -> list[tuple[int, dict[str, object]]]:
    return [(row.step, row.values) for row in logged_rows(folder / RECORD_NAME)]


@given(st.dictionaries(st.text(), JSON))
def test_a_line_gives_back_its_entry(entry: dict[str, object]) -> None:
    line = encode_line(entry)
    assert decode_line(line) == entry
    assert line.count(b"\n") == 1


@given(st.integers(0, 40), st.integers(1, 255))
def test_a_damaged_line_is_none(at: int, flip: int) -> None:
    line = bytearray(encode_line({"type": "row", "step": 1, "values": {"a": 0.25}}))
    line[at % (len(line) - 1)] ^= flip
    assert decode_line(bytes(line)) is None


@pytest.mark.parametrize("line", [b"", b"\n", b"zzzzzzzz {}\n", b"00000000", encode_line({})[:-3]])
def test_foreign_lines_are_none(line: bytes) -> None:
    assert decode_line(line) is None


def test_values_of_arrays_paths_and_no_json(tmp_path: Path) -> None:
    entry = decode_line(encode_line({"a": np.float32(0.5), "b": np.arange(2), "c": tmp_path, "d": math.inf}))
    assert entry == {"a": 0.5, "b": [0, 1], "c": str(tmp_path), "d": math.inf}
    with pytest.raises(TypeError, match="can't hold object"):
        encode_line({"a": object()})


def test_steps_count_up_and_go_on_after_a_restart(tmp_path: Path) -> None:
    with Recorder(tmp_path, id="one") as record:
        record.log({"x": 1})
        record.log({"x": 2}, step=10)
    with Recorder(tmp_path, id="another") as record:
        record.log({"x": 3})
        assert record.id == "one"
    assert rows(tmp_path) == [(0, {"x": 1}), (10, {"x": 2}), (11, {"x": 3})]


def test_how_it_ended(tmp_path: Path) -> None:
    record = Recorder(tmp_path / "open")
    assert end_state(record.path) is None
    record.close()
    record.close("failed")  # a second time does nothing
    assert end_state(record.path) == "finished"
    for error, state in ((ValueError, "failed"), (KeyboardInterrupt, "interrupted")):
        folder = tmp_path / state
        with pytest.raises(error), Recorder(folder):
            raise error
        assert end_state(folder / RECORD_NAME) == state


@pytest.mark.parametrize(("cut", "kept"), [(1, [(0, {"x": 1}), (1, {"x": 2})]), (5, [(0, {"x": 1})])])
def test_a_torn_last_line_is_mended(tmp_path: Path, cut: int, kept: list[tuple[int, dict[str, int]]]) -> None:
    """With its end alone lost it is whole; with more lost it was never logged."""
    record = Recorder(tmp_path)
    record.log({"x": 1})
    record.log({"x": 2})
    os.truncate(record.path, record.path.stat().st_size - cut)
    with Recorder(tmp_path) as again:
        again.log({"x": 9})
    assert rows(tmp_path) == [*kept, (kept[-1][0] + 1, {"x": 9})]
    assert all(decode_line(line) for line in record.path.read_bytes().splitlines(keepends=True))


def test_a_stage_that_raises_has_no_end(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="oh"), Recorder(tmp_path) as record, record.stage("pretraining"):
        raise ValueError("oh")
    entries = [json.loads(line[9:]) for line in (tmp_path / RECORD_NAME).read_bytes().splitlines()]
    assert [e["event"] for e in entries if e["type"] == "stage"] == ["start"]


def test_a_full_disk_is_our_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = Recorder(tmp_path)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match="No space left on device"):
        record.summary({"a": 1})


def test_ids_are_as_wandbs() -> None:
    ids = {new_run_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(i) == 8 and i.isalnum() and i == i.lower() for i in ids)


class Torn:
    """A file whose write number `at` leaves half of what it was given and fails."""

    def __init__(self, file: Any, at: int, error: BaseException) -> None:
        self.file, self.left, self.error = file, at, error

    def write(self, data: Any) -> int:
        self.left -= 1
        if self.left:
            return int(self.file.write(data))
        self.file.write(bytes(data)[: len(data) // 2])
        raise self.error

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "ctrl-c"])
def test_the_row_after_a_torn_one_is_kept(tmp_path: Path, error: BaseException) -> None:
    record = Recorder(tmp_path)
    record.log({"x": 0})
    record._file = Torn(record._file, 1, error)
    with pytest.raises((DataError, KeyboardInterrupt)):
        record.log({"x": 1}, step=1)
    record.log({"x": 2}, step=2)
    assert rows(tmp_path) == [(0, {"x": 0}), (2, {"x": 2})]


def test_nothing_is_put_before_the_row_after_a_write_that_left_nothing(tmp_path: Path) -> None:
    record = Recorder(tmp_path)
    record._torn = True  # a write that failed at once
    record.log({"x": 1})
    assert all(decode_line(line) for line in record.path.read_bytes().splitlines(keepends=True))


@pytest.mark.parametrize("way", ["file in the way", "folder in its place"])
def test_a_record_that_cannot_be_opened_is_our_error(tmp_path: Path, way: str) -> None:
    folder = tmp_path / "run"
    if way == "file in the way":
        folder.write_text("")
    else:
        (folder / RECORD_NAME).mkdir(parents=True)
    with pytest.raises(DataError, match="can't be written"):
        Recorder(folder)
