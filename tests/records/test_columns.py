"""Logged values become typed columns, and no number changes."""

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcompare.records.columns import Part, frame_of_objects, frame_of_parts, frame_of_tokens, in_order


def column(*values: Any) -> dict[str, pl.Series]:
    """The columns that the values of one key, a row each, become."""
    made = frame_of_objects({"x": (range(len(values)), values)}, len(values))
    return {series.name: series for series in made.frame.iter_columns()}


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, None, 2**63 - 1], pl.Int64),
        ([1, 2**100], pl.Int128),
        ([1, 0.5, float("nan")], pl.Float64),
        (["a", None], pl.String),
        ([True, False], pl.Boolean),
        ([None, None], pl.Null),
    ],
)
def test_values_of_one_kind_keep_it(values: list[Any], dtype: pl.DataType) -> None:
    (made,) = column(*values).values()
    assert made.dtype == dtype
    assert repr(made.to_list()) == repr([float(v) if dtype == pl.Float64 else v for v in values])


def test_numbers_keep_the_key_and_the_rest_goes_beside_it() -> None:
    made = frame_of_objects({"x": ([0, 1, 2, 4], [1, "a", [1, None], True])}, 5)
    assert made.frame["x"].to_list() == [1, None, None, None, None]
    assert made.frame["x#json"].to_list() == [None, '"a"', "[1, null]", None, "true"]
    assert made.warnings == ["'x' holds 3 values that are not numbers; they are kept in 'x#json'."]


def test_texts_and_truth_values_of_one_key_are_both_beside_it() -> None:
    assert column("a", True)["x#json"].to_list() == ['"a"', "true"]
    assert list(column({"a": 1})) == ["x#json"]
    assert column("\ud800")["x#json"].to_list() == ['"\\ud800"']


def test_whole_numbers_among_fractions_are_rounded_with_a_warning() -> None:
    made = frame_of_objects({"x": ([0, 1, 2], [0.5, 2**53 + 1, 10**400])}, 3)
    assert made.frame["x"].to_list() == [0.5, float(2**53), float("inf")]
    assert made.warnings == ["2 whole numbers of 'x' are beyond what a float holds exactly and were rounded."]


def test_tokens_are_read_as_what_they_are() -> None:
    tokens = ["1", "-0", "2.5", "NaN", "-Infinity", "9007199254740993"]
    for token in tokens:
        (value,) = frame_of_tokens({"x": ([0], [token])}, 1).frame["x"].to_list()
        assert repr(value) == repr(-0.0 if token == "-0" else json.loads(token))


def test_parts_of_floats_and_of_tokens_make_one_column() -> None:
    parts = [Part(np.array([0, 2]), np.array([1.0, 3.0])), Part(np.array([1]), ["2"])]
    made = frame_of_parts({"x": parts, "_step": [Part(np.array([1]), np.array([7.0]))]}, 3).frame
    assert made.columns == ["_step", "x"]
    assert (made["x"].dtype, made["x"].to_list(), made["_step"].to_list()) == (pl.Int64, [1, 2, 3], [None, 7, None])


def test_a_negative_zero_is_no_whole_number() -> None:
    (value,) = frame_of_parts({"x": [Part(np.array([0]), np.array([-0.0]))]}, 1).frame["x"].to_list()
    assert repr(value) == "-0.0"


def test_the_step_axes_come_first() -> None:
    assert in_order(["b", "_runtime", "a", "_step"]) == ["_step", "_runtime", "b", "a"]


@given(st.lists(st.none() | st.integers(-(2**126), 2**126) | st.booleans() | st.text() | st.lists(st.integers())))
def test_every_value_is_somewhere(values: list[Any]) -> None:
    made = column(*values)
    for row, value in enumerate(values):
        kept = {name: series[row] for name, series in made.items() if series[row] is not None}
        back = [json.loads(v) if name == "x#json" else v for name, v in kept.items()]
        assert back == ([] if value is None else [value])
