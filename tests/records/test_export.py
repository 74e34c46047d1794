"""Rows of several runs in one table: no value changes."""

import io

import polars as pl
import pytest

from runcompare.records.export import csv_bytes, parquet_bytes, stack
from runcompare.records.history import History
from runcompare.records.run import Group, Run, RunInfo


def group(*frames: pl.DataFrame) -> Group:
    return Group(
        "g", "g", tuple(Run(RunInfo(f"r{i}", "r", "t", "h"), history=History(f)) for i, f in enumerate(frames))
    )


def test_numbers_and_texts_of_one_key_stay_apart() -> None:
    one = pl.DataFrame({"x": [1, 2], "y": [0.5, None]})
    two = pl.DataFrame({"x": ["a", None], "x#json": [None, "[1]"], "y": [1, 2]})
    three = pl.DataFrame({"x": [True]})
    frame = stack([one, two, three])
    assert frame["x"].to_list() == [1, 2, None, None, None]
    assert frame["x#json"].to_list() == [None, None, '"a"', "[1]", "true"]
    assert frame["y"].to_list() == [0.5, None, 1.0, 2.0, None]


@pytest.mark.parametrize("frames", [[], [pl.DataFrame()], [pl.DataFrame({"x": [None]}), pl.DataFrame({"x": ["a"]})]])
def test_nothing_and_nulls(frames: list[pl.DataFrame]) -> None:
    assert stack(frames).height == sum(f.height for f in frames)


def test_tables_name_the_run_where_there_are_several() -> None:
    frame = pl.DataFrame({"_step": [0], "x": [float("inf")], "big": pl.Series([2**100], dtype=pl.Int128)})
    assert csv_bytes(group(frame)) == b"_step,x,big\n0,Infinity,1267650600228229401496703205376\n"
    both = pl.read_parquet(io.BytesIO(parquet_bytes(group(frame, frame))))
    assert both["_run"].to_list() == ["r0", "r1"]
    assert [int(v) for v in both["big"]] == [2**100] * 2


def test_csv_words_for_what_is_no_finite_number() -> None:
    frame = pl.DataFrame({"x": [float("nan"), None, float("-inf"), 1e300, 0.1]})
    assert csv_bytes(group(frame)) == b"x\nNaN\n\n-Infinity\n1e+300\n0.1\n"


def test_a_run_without_rows() -> None:
    assert csv_bytes(group(pl.DataFrame())) == b""
    assert pl.read_parquet(io.BytesIO(parquet_bytes(group(pl.DataFrame())))).height == 0
