"""Means and intervals, against scipy and by simulation."""

import math

import numpy as np
import pytest
from scipy import stats as peer

from runcompare.stats import decide
from runcompare.stats.intervals import center, mean_interval, welch_interval

NEW, OLD = [1.3, 1.5, 1.45, 1.41], [1.0, 0.98, 1.04, 1.1]


def test_the_center_is_geometric_where_there_are_logarithms():
    assert center([1.0, 4.0]) == 2
    assert center([1.0, 4.0], "linear") == 2.5
    assert center([0.0, 4.0]) == 2
    assert center([math.pi / 3] * 3) == math.pi / 3


def test_the_interval_of_a_mean_is_students():
    assert mean_interval(NEW) == pytest.approx(peer.t.interval(0.95, 3, np.mean(NEW), peer.sem(NEW)))


def test_the_interval_of_a_difference_is_welchs():
    expected = peer.ttest_ind(NEW, OLD, equal_var=False).confidence_interval(0.9)
    assert welch_interval(NEW, OLD, 0.1) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("sizes", [(3, 5), (2, 10), (10, 2)])
def test_it_is_the_interval_of_decisions(sizes):
    """On the log scale a decision's effect is the ratio less 1."""
    rng = np.random.default_rng(1)
    new, old = (np.exp(0.1 * rng.standard_normal(n)) for n in sizes)
    decision = decide(new, old)
    found = welch_interval(np.log(new).tolist(), np.log(old).tolist())
    assert [math.expm1(x) for x in found] == pytest.approx([decision.low, decision.high])


def test_swapping_sides_mirrors_the_interval():
    there, back = welch_interval(NEW, OLD[:2]), welch_interval(OLD[:2], NEW)
    assert there == pytest.approx((-back.high, -back.low))


def test_a_side_without_spread():
    assert welch_interval([2.0, 2.0], [1.0, 1.0]) == (1, 1)
    there, back = welch_interval([2.0, 2.0], OLD), welch_interval(OLD, [2.0, 2.0])
    assert there == pytest.approx((-back.high, -back.low))
    assert there.low < 2 - np.mean(OLD) < there.high


@pytest.mark.parametrize(("sizes", "least"), [((2, 10), 0.93), ((10, 2), 0.93), ((3, 5), 0.945)])
def test_it_covers_the_truth_as_often_as_it_says(sizes, least):
    rng = np.random.default_rng(7)
    n = 4000
    sides = [rng.standard_normal((n, size)).tolist() for size in sizes]
    hits = sum(low <= 0 <= high for low, high in map(welch_interval, *sides))
    assert hits / n >= least - 2 * math.sqrt(least * (1 - least) / n)
    assert hits / n <= 0.985
