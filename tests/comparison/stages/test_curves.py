import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcompare.comparison.stages.curves import band, best_of, fall_at_end, stage_curve
from runcompare.comparison.stages.detect import Stage, detect_stages
from runcompare.records.history import History, Series
from runcompare.records.run import Run, RunInfo

OPERATOR = Stage("operator", ("operator",), {"loss": ("operator/loss",), "epoch": ("operator/epoch",)})


def series(values):
    n = len(values)
    return Series("loss", np.arange(1.0, n + 1), np.full(n, np.nan), np.array(values, dtype=float))


@given(st.floats(0.01, 0.5), st.integers(8, 60), st.floats(1e-6, 1e6))
def test_fall_at_end_is_exact_on_an_exponential_and_free_of_units(rate, n, unit):
    values = unit * np.exp(-rate * np.arange(n))
    k = max(4, n // 4)
    assert fall_at_end(series(values)) == pytest.approx(1 - np.exp(-rate * (k - 1)), rel=1e-6)


def test_no_fall_is_claimed_from_few_epochs_or_bad_values():
    assert fall_at_end(series([3, 2, 1])) is None
    assert fall_at_end(series([1.0] * 9 + [float("nan")])) is None
    assert fall_at_end(series([1.0] * 9 + [-1.0])) is None


def test_one_lucky_epoch_is_not_a_fall():
    assert fall_at_end(series([1.0] * 15 + [0.9])) < 0.1


def test_the_best_skips_nan():
    assert best_of(series([float("nan"), 2.0, 1.0, 1.0])) == (3.0, 1.0)
    assert best_of(series([float("nan")])) is None


def test_rows_of_one_epoch_are_averaged_and_epochs_count_from_one():
    rows = [{"_step": i, "operator/loss": float(i), "operator/epoch": i // 2} for i in range(4)]
    c = stage_curve(Run(RunInfo("a", "a", "test", "a"), history=History.from_rows(rows)), OPERATOR, "loss")
    assert list(c.step) == [1.0, 2.0]
    assert list(c.value) == [0.5, 2.5]


def test_band_is_lowest_to_highest_run_and_counts_runs(run):
    runs = [run("a", stages={"operator": [1.0, 0.5, 0.25]}), run("b", stages={"operator": [4.0, 0.5]})]
    (stage,) = detect_stages(runs)
    loss = band([stage_curve(run, stage, "loss") for run in runs], "loss", "candidate").curve
    assert loss.at == (1.0, 2.0, 3.0)
    assert loss.center == pytest.approx((2.0, 0.5, 0.25))
    assert (loss.low[0], loss.high[0]) == (1.0, 4.0)
    assert loss.n == (2, 2, 1)


def test_an_epoch_without_finite_value_is_nan(run):
    runs = [run("a", stages={"operator": [1.0, float("inf"), 0.5]})]
    loss = band([stage_curve(run, OPERATOR, "loss") for run in runs], "loss", "baseline").curve
    assert np.isnan(loss.center[1])
    assert loss.n == (1, 0, 1)


def test_runs_that_logged_at_other_steps_share_a_curve():
    runs = [Series("r", np.arange(k, 1000.0, 10), np.full(100, np.nan), np.full(100, 1.0 + k)) for k in (1, 4, 7)]
    curve = band(runs, "metric", "candidate", "step").curve
    assert len(curve.at) == 50
    assert curve.n == (3,) * 50
    assert curve.low[10] == pytest.approx(2)
    assert curve.high[10] == pytest.approx(8)


def test_a_run_that_ended_early_leaves_the_others_steps_alone():
    whole, early = series([3, 2, 1, 1, 1, 1]), series([3, 2, 1])
    assert band([whole, early], "loss", "candidate").curve.n == (2, 2, 2, 1, 1, 1)


def test_a_long_curve_is_drawn_with_few_points_of_its_means():
    values = np.tile([1.0, 3.0], 50_000)
    curve = band(
        [Series("r", np.arange(100_000.0), np.full(100_000, np.nan), values)], "loss", "baseline", "step"
    ).curve
    assert len(curve.at) == 500
    assert curve.center == pytest.approx([2.0] * 500, rel=0.01)


def test_the_best_of_a_score_is_its_highest():
    assert best_of(series([0.1, 0.9, 0.5]), highest=True) == (2.0, 0.9)
