"""Which row a metric's value gets."""

import math

from hypothesis import given
from hypothesis import strategies as st

from runcompare.sources.mlflow.history import frames_of
from runcompare.sources.mlflow.points import Series, join

Rows = list[dict[str, float]]
INT64 = st.integers(-(2**63) + 1, 2**63 - 1)


def rows(**series: list[tuple[int, float, int]]) -> Rows:
    """History rows of metrics given as (time in ms, value, step), without what is null."""
    split = {k: Series([t for t, _, _ in s], [v for _, v, _ in s], [n for _, _, n in s]) for k, s in series.items()}
    history, *_ = frames_of(join(split))
    return [{k: v for k, v in row.items() if v is not None} for row in history.to_dicts()]


def test_values_of_one_step_share_a_row_with_the_time_of_the_last() -> None:
    assert rows(a=[(1_000, 1.5, 0), (2_000, 2.5, 1)], b=[(2_500, 3.5, 1)]) == [
        {"_step": 0, "_timestamp": 1.0, "a": 1.5},
        {"_step": 1, "_timestamp": 2.5, "a": 2.5, "b": 3.5},
    ]


def test_a_result_without_a_step_has_its_own_row_where_its_time_is() -> None:
    loss = [(1_000, 1.5, 0), (60_000, 2.5, 1), (120_000, 0.5, 2)]
    assert [r["_timestamp"] for r in rows(loss=loss, test=[(70_000, 9.5, 0)])] == [1.0, 60.0, 70.0, 120.0]
    assert rows(loss=loss, test=[(70_000, 9.5, 0)])[2] == {"_step": 0, "_timestamp": 70.0, "test": 9.5}


def test_what_is_logged_together_with_step_0_is_in_its_row() -> None:
    assert rows(loss=[(1_000, 1.5, 0), (60_000, 2.5, 1)], size=[(1_900, 7.5, 0)]) == [
        {"_step": 0, "_timestamp": 1.9, "loss": 1.5, "size": 7.5},
        {"_step": 1, "_timestamp": 60.0, "loss": 2.5},
    ]


def test_metrics_that_were_never_given_a_step_form_rows_by_time() -> None:
    a = [(i * 5_000, i + 0.5, 0) for i in range(4)]
    b = [(i * 5_000 + 10, i + 0.25, 0) for i in range(4)]
    found = rows(a=a, b=b)
    assert [(r["a"], r["b"]) for r in found] == [(i + 0.5, i + 0.25) for i in range(4)]
    assert {r["_step"] for r in found} == {0}


def test_a_restart_supersedes_what_it_logs_again() -> None:
    first = [(i * 1_000, float(i), i) for i in range(10)]
    again = [(60_000 + i * 1_000, 100.5 + i, i) for i in range(6, 12)]
    found = rows(a=first + again)
    assert [r["_step"] for r in found] == list(range(12))
    assert [r["a"] for r in found] == [float(i) for i in range(6)] + [100.5 + i for i in range(6, 12)]


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "system/x", "_step", "x#json"]),
        st.lists(st.tuples(INT64, st.floats(), st.one_of(st.just(0), st.integers(-3, 3), INT64)), max_size=8),
    )
)
def test_no_value_is_lost_but_those_logged_again(series: dict[str, list[tuple[int, float, int]]]) -> None:
    split = {
        k: Series([t for t, _, _ in s], [v for _, v, _ in s], [n for _, _, n in s]) for k, s in series.items() if s
    }
    history, system, *_ = frames_of(join(split))
    for key, points in series.items():
        column = f"{key}#metric" if key in ("_step", "x#json") else key
        frame = system if key.startswith("system/") else history
        kept = frame[column].drop_nulls().to_list() if points else []
        steps = {n for _, _, n in points}
        expected = len({t for t, _, _ in points}) if frame is system else len(points) if steps == {0} else len(steps)
        assert len(kept) == expected
        logged = [v for _, v, _ in points]
        assert all(any(x == v or (math.isnan(x) and math.isnan(v)) for v in logged) for x in map(float, kept))
