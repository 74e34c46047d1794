"""A long history of which some rows are kept: what decides is that of all rows, whatever was logged."""

from itertools import pairwise

import long_runs
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from long_runs import assert_same_values

from runcompare.errors import ConfigError
from runcompare.metrics.value import parse_rule, value
from runcompare.records.budgets import most_points, most_rows
from runcompare.records.history import STEP, History
from runcompare.records.run import Run, RunInfo
from runcompare.records.thinning import PARTS, Thinned, thinned

KEYS = ("dense", "gappy", "odd", "sparse", "whole", "late")
RULES = (*long_runs.RULES, "best-by:dense", "best-by:gappy")


def logged(seed: int, rows: int) -> pl.DataFrame:
    """Rows as trainers write them: dense and sparse keys, NaN for no evaluation, what diverges, texts."""
    choose = np.random.default_rng(seed)
    at = np.arange(rows)
    noise = choose.standard_normal((5, rows)).round(int(choose.integers(0, 4)))
    gaps = np.where(at % choose.integers(1, 9) == choose.integers(0, 2), noise[1], np.nan)
    odd = np.where(
        choose.random(rows) < choose.choice([0, 0.01, 0.3]), choose.choice([np.nan, np.inf, -np.inf], rows), noise[2]
    )
    columns = {
        STEP: np.cumsum(choose.integers(0, 3, rows)),
        "dense": noise[0],
        "gappy": gaps,
        "odd": odd,
        "sparse": [float(v) if i % 37 == 5 else None for i, v in enumerate(noise[3])],
        "whole": choose.integers(-3, 1000, rows),
        "late": [float(v) if i > rows // 2 and i % 2 else None for i, v in enumerate(noise[4])],
        "note": ["warm" if i < rows // 3 else "hot" for i in range(rows)],
    }
    return pl.DataFrame(columns)


def in_pieces(frame: pl.DataFrame, seed: int, points: int) -> Thinned:
    cuts = np.sort(np.random.default_rng(seed).integers(0, frame.height + 1, 4)).tolist()
    return thinned(lambda: (frame[a:b] for a, b in pairwise([0, *cuts, frame.height])), points, STEP)


def run_of(history: History) -> Run:
    return Run(RunInfo("r", "r", "test", ""), history=history)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), rows=st.integers(1, 900), points=st.integers(1, 60))
def test_what_decides_is_that_of_all_rows(seed: int, rows: int, points: int) -> None:
    frame = logged(seed, rows)
    found = in_pieces(frame, seed, points)
    all_rows, some = run_of(History(frame)), run_of(History(found.frame, found.whole))
    assert found.rows == rows
    assert_same_values(all_rows, some, list(filter(all_rows.history.has, KEYS)), RULES)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), points=st.integers(5, 60))
def test_rows_that_are_kept_were_logged_and_are_few(seed: int, points: int) -> None:
    frame = logged(seed, 2000)
    found = in_pieces(frame, seed, points)
    together = pl.concat([frame.unique(), found.frame.unique()]).unique()
    assert together.height == frame.unique().height, "a row that was kept stands in the log"
    assert found.frame.height <= 14 * points + 400
    assert {"sparse"}.isdisjoint(found.whole) == (points >= 54), "what was logged seldom is kept whole"


def test_a_step_that_falls_is_told() -> None:
    frame = pl.DataFrame({STEP: [0, 1, 2, 1, 2, 3], "loss": [1.0] * 6})
    assert thinned(lambda: [frame[:3], frame[3:]], 2, STEP).falls[STEP] == 1


def test_a_mean_of_a_part_that_is_not_counted_is_that_of_the_nearest_and_says_so() -> None:
    frame = pl.DataFrame({STEP: range(10_000), "loss": np.linspace(1, 0, 10_000)})
    found = thinned(lambda: [frame], 10, STEP)
    figure = value(run_of(History(found.frame, found.whole)), "loss", parse_rule("mean-last:12.34%"))
    assert figure.source == "mean of the last 1230 of 10000 values of loss"
    assert figure.mid == pytest.approx(frame["loss"][-1230:].mean())
    assert PARTS == 1000


def test_how_many_rows_are_kept_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (most_rows(), most_points()) == (1_000_000, 100_000)
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "5M")
    assert most_rows() == 5_000_000
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "many")
    with pytest.raises(ConfigError, match="no number of rows"):
        most_rows()
