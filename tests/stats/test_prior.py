"""The prior from a history, on data whose law is known."""

import numpy as np
import pytest

from runcompare.stats.prior import fit_prior, lone_prior


def test_prior_finds_what_was_put_in():
    rng = np.random.default_rng(1)
    true_df, true_variance, groups = 4.0, 2.0, 4000
    variances = true_variance * true_df / rng.chisquare(true_df, groups)
    sample = variances * rng.chisquare(3, groups) / 3
    prior = fit_prior(sample, np.full(groups, 3.0), max_df=100)
    assert prior.df == pytest.approx(true_df, rel=0.15)
    assert prior.variance == pytest.approx(true_variance, rel=0.1)


def test_prior_of_equally_noisy_groups_is_capped():
    rng = np.random.default_rng(2)
    prior = fit_prior(rng.chisquare(3, 50) / 3, np.full(50, 3.0))
    assert prior.df == 6
    assert prior.variance == pytest.approx(1, rel=0.3)


def test_prior_works_on_many_histories_at_once():
    rng = np.random.default_rng(3)
    sample = rng.chisquare(3, (5, 8)) / 3
    df = np.full((5, 8), 3.0)
    together = fit_prior(sample, df)
    for row in range(5):
        assert together.variance[row] == pytest.approx(fit_prior(sample[row], df[row]).variance)


def test_lone_prior_of_few_groups_is_pooled():
    prior = lone_prior(np.array([1.0, 4.0]), np.array([2.0, 1.0]))
    assert prior.variance == pytest.approx(2.0)
    assert prior.df == 3
