"""The last logged value of each key."""

import polars as pl

from runcompare.sources.kit.last_values import LastValue, last_rows, last_values

ROWS = pl.DataFrame(
    {
        "_step": [0, 1, 2],
        "a": [1.0, None, None],
        "a#json": [None, '"x"', None],
        "b": [True, False, None],
        "c": [None] * 3,
    }
)


def test_without_the_step_axes_and_what_was_never_logged():
    assert last_values(ROWS) == {"a": "x", "b": False}


def test_where_they_stand():
    assert last_rows(ROWS, without=("b",)) == {"_step": LastValue(2, 2), "a": LastValue(1, "x")}


def test_no_rows():
    assert last_values(pl.DataFrame()) == {}
    assert last_values(ROWS.clear()) == {}


def test_json_that_is_none_stays_text():
    assert last_values(pl.DataFrame({"a#json": ["[1"]})) == {"a": "[1"}
