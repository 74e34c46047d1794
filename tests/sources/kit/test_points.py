"""Curves made rows."""

import math

from runcompare.sources.kit.points import points, rows_of_curves


def test_curves_of_different_steps_share_rows() -> None:
    frame = rows_of_curves({"a": points([0, 1, 2], [1.0, 2.0, 3.0]), "b": points([2, 4], [5.0, math.inf])}).frame
    assert frame.to_dict(as_series=False) == {
        "_step": [0, 1, 2, 4],
        "a": [1, 2, 3, None],
        "b": [None, None, 5.0, math.inf],
    }


def test_a_row_has_the_latest_time_that_is_known() -> None:
    curves = {"a": points([0, 1], [1.0, 2.0], [10.0, 20.0]), "b": points([1], [3.0], [25.0]), "c": points([0], [1.0])}
    assert rows_of_curves(curves).frame["_timestamp"].to_list() == [10.0, 25.0]


def test_of_two_points_at_a_step_the_later_counts() -> None:
    made = rows_of_curves({"a": points([3, 1, 3], [1.0, 2.0, 9.0])})
    assert made.frame["a"].to_list() == [2, 9]
    assert made.warnings == ["1 points stand twice at the same step: the later one counts."]


def test_no_points_are_no_rows() -> None:
    assert rows_of_curves({"a": points([], [])}).frame.height == 0
