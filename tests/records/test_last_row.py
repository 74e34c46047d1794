"""What a run logged last."""

import math
import re
from pathlib import Path

import polars as pl
import pytest

import runcompare
from runcompare.records.last_row import last_row, last_value


@pytest.mark.parametrize(
    ("values", "row", "value"),
    [([1, None, 3], 2, 3), ([1, None, None], 0, 1), ([None, None], None, None), ([], None, None), ([0, False], 1, 0)],
)
def test_the_last_value_is_that_of_the_last_row_that_logged_one(values: list[object], row: object, value: object):
    column = pl.Series(values, dtype=pl.Int64, strict=False)
    assert (last_row(column), last_value(column)) == (row, value)


def test_nan_was_logged() -> None:
    assert math.isnan(last_value(pl.Series([1.0, float("nan"), None])))


def test_nobody_else_looks_for_the_last_row() -> None:
    second = re.compile(r"def _?last_(row|value)\(|drop_nulls\(\)\.(item\(-1|tail\(1|last\()|drop_nulls\(\)\[-1\]")
    package = Path(runcompare.__file__).parent
    homes = {str(p.relative_to(package)) for p in package.rglob("*.py") if second.search(p.read_text(encoding="utf-8"))}
    assert homes == {"records/last_row.py"}
