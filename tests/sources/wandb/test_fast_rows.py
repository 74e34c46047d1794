"""Records of the common shape, taken apart by numpy."""

import math

import pytest

from runcompare.sources.wandb.fast_rows import KeyTable, columns_of

wblog = pytest.importorskip("wblog", reason="needs the W&B client")
pb = wblog.pb


def payload(row):
    return pb.Record.FromString(wblog.history(1, row)).history.SerializeToString()


def test_numbers_become_floats_and_other_tokens_stay():
    rows = [{"_step": i, "loss": i / 7, "text": "a", "big": 2**60} for i in range(3)]
    found = columns_of([payload(row) for row in rows], KeyTable())
    columns = {column.key: column for column in found.columns}
    assert found.odd == []
    assert columns["loss"].values.tolist() == [0.0, 1 / 7, 2 / 7]
    assert columns["loss"].records.tolist() == [0, 1, 2]
    assert columns["text"].values == ["a"] * 3
    assert columns["big"].values == [str(2**60)] * 3  # a float would not hold it


def test_records_of_another_shape_are_left_to_the_caller():
    rows = [{"_step": 0, "a": 1.0}, {"_step": 1, ("a", "b"): 2.0}, {"_step": 2, "a": "x" * 100}, {"a": 3.0}]
    found = columns_of([payload(row) for row in rows], KeyTable())
    assert found.odd == [1, 2, 3]
    assert {column.key: column.records.tolist() for column in found.columns} == {"_step": [0], "a": [0]}


def test_nan_and_infinities():
    found = columns_of([payload({"_step": 0, "a": math.nan}), payload({"_step": 1, "a": -math.inf})], KeyTable())
    values = {column.key: column.values for column in found.columns}["a"]
    assert math.isnan(values[0])
    assert values[1] == -math.inf


def test_keys_are_known_from_one_chunk_to_the_next():
    keys = KeyTable()
    for chunk in range(3):
        rows = [{"_step": i, **{f"key{k}": 1.0 for k in range(50)}} for i in range(2)]
        found = columns_of([payload(row) for row in rows], keys)
        assert len(found.columns) == 51, chunk
    assert len(keys.names) == len(set(keys.names)) == 51
