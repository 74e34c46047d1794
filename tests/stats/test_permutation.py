"""Permutation tests against brute force and scipy."""

import itertools

import numpy as np
import pytest
from scipy import stats as scipy_stats

from runcompare import stats
from runcompare.errors import UsageError


def test_permutation_agrees_with_brute_force():
    rng = np.random.default_rng(5)
    new, old = rng.normal(size=5), rng.normal(1, 2, size=4)
    pooled = np.concatenate([new, old])

    def t(split):
        rest = [i for i in range(9) if i not in split]
        return abs(scipy_stats.ttest_ind(pooled[list(split)], pooled[rest], equal_var=False).statistic)

    seen = t(range(5))
    count = [t(split) >= seen - 1e-12 for split in itertools.combinations(range(9), 5)]
    assert stats.permutation_p(new, old) == pytest.approx(np.mean(count))


def test_rank_test_agrees_with_mann_whitney():
    rng = np.random.default_rng(6)
    new, old = rng.normal(size=6), rng.normal(1.5, 1, size=5)
    theirs = scipy_stats.mannwhitneyu(new, old, method="exact").pvalue
    assert stats.permutation_p(new, old, ranks=True) == pytest.approx(theirs)


@pytest.mark.parametrize(("n", "least"), [(2, 1 / 3), (3, 0.1)])
def test_permutation_is_refused_where_it_is_empty(n, least):
    assert stats.smallest_p(n, n) == pytest.approx(least)
    with pytest.raises(UsageError, match=f"{least:.2g}"):
        stats.permutation_p(np.arange(n), np.arange(n))


def test_permutation_disagreement_is_reported():
    found = stats.decide([1, 1, 1, 1, 1.0001], [1, 1, 1, 1.0001, 1.2], min_effect=0)
    assert found.verdict == "inconclusive"
