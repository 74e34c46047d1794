"""TensorBoard's event files, written by the real writer, read back whole; damage counted to the record."""

import os
import random
from pathlib import Path

import numpy as np
import pytest
from event_files import event_file, read, write
from event_records import decode, read_records

from runcompare.errors import UnreadableRun
from runcompare.sources.listing import list_runs

FUZZ = int(os.environ.get("RUNCOMPARE_FUZZ", "300"))


VALUES = (0.1, -2.5, float("nan"), float("inf"), float("-inf"), 1e-40, 3e38, 0.0)


def test_every_value_comes_back_also_nan_and_infinities(tmp_path):
    write(tmp_path / "r", [(i, {"x": v, "a/b": -v}) for i, v in enumerate(VALUES)])
    frame = read(tmp_path / "r").history.frame
    assert frame["_step"].to_list() == list(range(len(VALUES)))
    expected = np.array(VALUES, np.float32).astype(np.float64)
    np.testing.assert_array_equal(frame["x"].to_numpy(), expected)
    np.testing.assert_array_equal(frame["a/b"].to_numpy(), -expected)


def test_more_than_ten_thousand_points_are_all_there(tmp_path):
    write(tmp_path / "r", [(i, {"x": i}) for i in range(12_000)])
    assert read(tmp_path / "r").history.frame["x"].to_list() == list(map(float, range(12_000)))


def test_a_file_is_never_changed(run):
    before = event_file(run).read_bytes()
    read(run)
    assert event_file(run).read_bytes() == before


@pytest.mark.parametrize("body", [b"", b"\0" * 4096, b"step,loss\n1,2\n", os.urandom(3000)])
def test_foreign_files_are_one_clear_error(tmp_path, body):
    path = tmp_path / "events.out.tfevents.1700000000.host.1.0"
    path.write_bytes(body)
    with pytest.raises(UnreadableRun):
        read(tmp_path)
    listing = list_runs([tmp_path])
    assert not listing.runs
    assert listing.warnings


def test_a_fifo_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "events.out.tfevents.1700000000.host.1.0")
    with pytest.raises(UnreadableRun):
        read(tmp_path)


def test_mutated_files_raise_nothing_but_our_errors(run):
    whole, draw = event_file(run).read_bytes()[:3000], random.Random(7)
    for _ in range(FUZZ):
        body = bytearray(whole)
        for _ in range(draw.randint(1, 8)):
            body[draw.randrange(len(body))] = draw.randrange(256)
        decode(read_records(bytes(body[: draw.randrange(1, len(body))])).records)


def test_the_listing_names_each_run_once(tmp_path):
    for i in range(3):
        write(tmp_path / f"exp{i}", [(0, {"x": 1.0})])
        write(tmp_path / f"exp{i}", [(1, {"x": 1.0})], filename_suffix=".2")
    assert [info.name for info in list_runs([tmp_path]).runs] == ["exp0", "exp1", "exp2"]
    assert Path(list_runs([tmp_path]).runs[0].location) == tmp_path / "exp0"
