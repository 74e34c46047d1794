"""Frames of pandas, and what their NaN means."""

import math
from typing import Any

import numpy as np
import pandas as pd

import runcompare
from runcompare.records.as_json import rows_of
from runcompare.records.run import Run


def one(frame: Any, **more: Any) -> Run:
    run = runcompare.from_frame(frame, **more)
    assert isinstance(run, Run)
    return run


def test_pandas_nan_is_missing_and_reported() -> None:
    run = one(pd.DataFrame({"step": [0, 1, 2], "loss": [1.0, math.nan, 2.0], "lr": [1.0, 1.0, 1.0]}))
    assert run.history.frame["loss"].to_list() == [1.0, None, 2.0]
    assert "loss 1" in run.warnings[0]


def test_pandas_nan_is_logged_where_the_row_would_be_empty() -> None:
    loss = [1.0, math.nan, math.nan, 2.0]
    run = one(pd.DataFrame({"step": [0, 1, 2, 3], "loss": loss, "val": [math.nan, math.nan, 3.0, math.nan]}))
    assert math.isnan(run.history.frame["loss"][1])
    assert run.history.frame["loss"][2] is None
    assert run.history.frame["val"].to_list() == [None, None, 3.0, None]


def test_pandas_nan_as_the_caller_says() -> None:
    frame = pd.DataFrame({"step": [0, 1], "loss": [1.0, math.nan], "lr": [1.0, 1.0]})
    assert math.isnan(one(frame, nan="logged").summary["loss"])
    assert one(frame, nan="missing").summary["loss"] == 1.0
    assert one(frame, nan="missing").warnings == ()


def test_pandas_index_dates_and_objects() -> None:
    frame = pd.DataFrame(
        {
            "loss": [1, 2],
            "when": pd.to_datetime(["2026-01-01", "2026-01-02"], utc=True),
            "kind": pd.Categorical(["x", "y"]),
            "any": [{"a": np.float64(1.5)}, None],
        },
        index=pd.Index([10, 20], name="iteration"),
    )
    run = one(frame, time="when")
    assert run.history.frame["_step"].to_list() == [10, 20]
    assert run.runtime_s == 86_400
    assert run.summary["kind"] == "y"
    assert next(rows_of(run.history))["any"] == {"a": 1.5}
    assert list(frame.columns) == ["loss", "when", "kind", "any"]  # the caller's frame is as it was


def test_an_index_without_a_name_is_the_step_and_row_numbers_are_not() -> None:
    assert one(pd.DataFrame({"loss": [1.0, 2.0]}, index=[5, 6])).history.frame["_step"].to_list() == [5, 6]
    assert "_step" not in one(pd.DataFrame({"loss": [1.0, 2.0]})).history.frame.columns


def test_columns_of_two_levels() -> None:
    frame = pd.DataFrame(
        [[0, 1.0, 2.0]], columns=pd.MultiIndex.from_tuples([("step", ""), ("a", "loss"), ("b", "loss")])
    )
    assert one(frame).history.keys == ("step", "a/loss", "b/loss")
