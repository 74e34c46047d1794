"""Level of the tail of a curve."""

import math

import numpy as np
import pytest

from runcompare import stats


def test_level_of_an_uncorrelated_tail():
    rng = np.random.default_rng(12)
    found = stats.curve_level(np.exp(0.1 * rng.normal(size=1000)), tail=0.5)
    assert found.points == 500
    assert found.effective == pytest.approx(500, rel=0.2)
    assert found.low < 1 < found.high


def test_correlated_points_count_for_less():
    rng = np.random.default_rng(13)
    walk = np.convolve(rng.normal(size=1100), np.ones(100) / 10, "valid")
    found = stats.curve_level(np.exp(0.1 * walk), tail=1.0)
    assert found.effective < 100


def test_curves_that_move_or_are_short_are_reported():
    falling = np.exp(-np.linspace(0, 5, 100))
    assert "still-moving" in {w.code for w in stats.curve_level(falling, tail=0.5).warnings}
    short = stats.curve_level([1.0, 2.0, math.nan])
    assert (short.low, short.points) == (None, 2)
    assert {w.code for w in short.warnings} == {"left-out", "short-curve"}
    assert stats.curve_level([]).level is None
