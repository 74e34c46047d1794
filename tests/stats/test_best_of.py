"""Best of k against tables and closed forms."""

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from runcompare import stats
from runcompare.errors import UsageError


def test_expected_maximum_is_the_tabulated_one():
    assert [stats.expected_maximum(k) for k in (1, 2, 3, 10)] == pytest.approx([0, 0.56419, 0.84628, 1.53875], abs=1e-5)
    assert stats.expected_maximum(10**6) == pytest.approx(4.8636, abs=1e-3)


def test_best_of_one_is_the_mean_with_its_t_interval():
    values = np.array([0.09, 0.1, 0.12])
    found = stats.best_of_k(values, 1)
    interval = scipy_stats.ttest_1samp(np.log(values), 0).confidence_interval()
    assert (found.low, found.high) == pytest.approx((math.exp(interval.low), math.exp(interval.high)))


def test_best_of_more_is_better_and_choosing_by_noisy_validation_worse():
    rng = np.random.default_rng(14)
    values = np.exp(0.1 * rng.normal(size=8))
    one, many = stats.best_of_k(values, 1), stats.best_of_k(values, 15)
    assert many.expected < one.expected
    assert stats.best_of_k(values, 15, higher_is_better=True).expected > one.expected
    noisy = stats.best_of_k(values, 15, validation=values * np.exp(0.1 * rng.normal(size=8)))
    assert many.expected < noisy.expected <= one.expected
    assert "chosen-by-test" in {w.code for w in many.warnings}
    assert "chosen-by-test" not in {w.code for w in noisy.warnings}


def test_two_runs_cannot_show_what_validation_predicts():
    found = stats.best_of_k([0.1, 0.2], 5, validation=[0.3, 0.4])
    assert (found.expected, found.low) == (None, None)
    assert "no-correlation" in {w.code for w in found.warnings}
    assert stats.best_of_k([0.1, 0.2, 0.3], 5, validation=[0.4] * 3).expected is None


def test_validation_that_is_the_test_value_gives_the_interval_of_choosing_by_test():
    values = np.exp(0.1 * np.random.default_rng(15).normal(size=12))
    by_test, by_validation = stats.best_of_k(values, 9), stats.best_of_k(values, 9, validation=values)
    assert by_validation.expected == pytest.approx(by_test.expected)
    assert by_validation.low == pytest.approx(by_test.low, rel=0.02)
    assert by_validation.high == pytest.approx(by_test.high, rel=0.02)


def test_the_interval_is_the_same_each_time():
    values, validation = np.exp(0.1 * np.random.default_rng(16).normal(size=(2, 5)))
    assert stats.best_of_k(values, 5, validation=validation) == stats.best_of_k(values, 5, validation=validation)


def test_best_of_without_noise_is_unknown():
    assert stats.best_of_k([0.1], 15).expected is None
    assert stats.best_of_k([0.1], 1).expected == pytest.approx(0.1)
    assert stats.best_of_k([], 3).expected is None
    with pytest.raises(UsageError):
        stats.best_of_k([0.1, 0.2], 0)
