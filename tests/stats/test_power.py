"""Power and seeds needed against published figures."""

import numpy as np
import pytest
from scipy import special

from runcompare import stats


def test_seeds_for_80_percent_power_are_the_published_ones():
    assert [int(stats.seeds_per_arm(sigma)) for sigma in (1, 1.5, 2, 3)] == [17, 9, 6, 4]


@pytest.mark.parametrize("effect", np.geomspace(0.11, 50, 40))
def test_seeds_per_arm_is_the_smallest_number_that_reaches_the_power(effect):
    n = int(stats.seeds_per_arm(effect))
    assert stats.power(effect, n) >= 0.8 - 1e-3
    if n > 2:
        assert stats.power(effect, n - 1) < 0.8 + 1e-3


def test_seed_ranges_widen_with_uncertain_noise():
    sure, unsure = stats.seeds_for(0.1, 0.1, np.inf), stats.seeds_for(0.1, 0.1, 4.0)
    assert sure == (17, 17)
    assert unsure.low < 17 < unsure.high
    assert stats.seeds_for(0.0, 0.1, 4.0) is None
    assert stats.seeds_for(1e-9, 0.1, 4.0) is None


def test_plan_counts_what_is_missing_and_what_it_costs():
    found = stats.plan(0.1, 0.1, np.inf, have=(1, 20), cost_per_run=(10.0, 1.0))
    assert found.seeds == (17, 17)
    assert found.missing == (16, 16)
    assert found.cost == (160.0, 160.0)


@pytest.mark.parametrize(("effect", "seeds"), [(0.5, 27), (1.0, 8), (2.0, 4)])
def test_seeds_beyond_a_number_are_those_of_the_textbooks(effect, seeds):
    """Cohen 1988, one-sided 5 %, 80 % power."""
    assert stats.seeds_beyond(effect, 1.0, np.inf) == (seeds, seeds)


def test_seeds_beyond_a_number_by_simulation():
    rng = np.random.default_rng(0)
    n = stats.seeds_beyond(0.8, 1.0, np.inf).low
    shown = {}
    for seeds in (n, n - 1):
        x = 0.8 + rng.normal(size=(40_000, seeds))
        t = x.mean(axis=1) / x.std(axis=1, ddof=1) * np.sqrt(seeds)
        shown[seeds] = float((t > special.stdtrit(seeds - 1, 0.95)).mean())
    assert shown[n] > 0.79
    assert shown[n - 1] < 0.81


def test_seeds_beyond_a_number_that_is_met_or_too_near_are_not_known():
    assert stats.seeds_beyond(0.0, 1.0, 5) is None
    assert stats.seeds_beyond(0.001, 1.0, 5) is None
    assert stats.seeds_beyond(1e6, 1.0, 5) == (2, 2)
