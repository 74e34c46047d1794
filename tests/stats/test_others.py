"""Other people's noise as a prior: how lines are pooled, and what one run a side can say with it."""

import numpy as np
import pytest
from scipy import special

from runcompare.stats import decide
from runcompare.stats.others import BETWEEN, Family, Others, pool
from runcompare.stats.prior import prior_of_spread

LINES = [Family("a", 0.01, 0.3, 10, 50), Family("a", 0.02, 0.5, 5, 15), Family("b", 0.08, 0.1, 2, 9)]


def test_each_family_has_the_same_weight():
    found = pool(LINES)
    assert found.typical == pytest.approx(np.exp((np.log([0.01, 0.02]).mean() + np.log(0.08)) / 2))
    assert (found.families, found.groups, found.runs) == (2, 17, 74)


def test_the_spread_is_that_between_families_and_within_them():
    within = ((0.3**2 + 0.5**2) / 2 + 0.1**2) / 2 + np.log([0.01, 0.02]).var(ddof=1) / 2
    between = np.var([np.log([0.01, 0.02]).mean(), np.log(0.08)], ddof=1)
    assert pool(LINES).spread == pytest.approx(np.sqrt(between * 1.5 + within))


def test_families_are_never_taken_to_be_alike():
    alike = [Family(name, 0.01, 0.0, 100, 500) for name in "abcdef"]
    assert pool(alike).spread == pytest.approx(BETWEEN * np.sqrt(1 + 1 / 6))
    assert pool(alike[:1]).spread == pytest.approx(BETWEEN * np.sqrt(2))


@pytest.mark.parametrize("spread", [0.3, 1.0, 2.0])
def test_the_prior_has_the_mean_and_the_spread_of_log_noise(spread):
    prior = prior_of_spread(0.03, spread)
    half = prior.df / 2
    mean_log_variance = np.log(prior.variance) + np.log(half) - special.digamma(half)
    assert mean_log_variance == pytest.approx(2 * np.log(0.03))
    assert np.sqrt(special.polygamma(1, half)) / 2 == pytest.approx(spread)


def test_relative_noise_follows_the_level_and_says_nothing_at_zero():
    others = Others(0.1, 1.2, 3, 30, 90, relative=True)
    assert others.at(50.0).typical == 5.0
    assert others.at(0.0) is None
    assert decide([-1.0], [0.5], scale="linear", higher_is_better=True, others=others).verdict == "can't tell"


def test_four_times_in_five_the_noise_lies_in_the_range():
    others = pool(LINES)
    noise = others.typical * np.exp(others.spread * np.random.default_rng(0).normal(size=50_000))
    low, high = others.range
    assert np.mean((noise > low) & (noise < high)) == pytest.approx(0.8, abs=0.01)


def test_a_large_difference_is_likely_and_asks_for_seeds():
    found = decide([3.2], [3.28], others=Others(0.0004, 1.2, 3, 30, 150))
    assert found.verdict == "likely better"
    assert found.noise.sd == 0.0004
    assert found.seeds_for_effect.low >= 2
