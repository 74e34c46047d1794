"""The law of each situation, against scipy and its own limits."""

import numpy as np
import pytest
from scipy import stats as scipy_stats

from runcompare.stats.prior import Prior
from runcompare.stats.significance import (
    against_many,
    moderated,
    one_each,
    plain_welch,
    stated,
    trust,
    trust_of_quiet,
    welch,
)

LIKE = Prior(np.asarray(1.0), np.asarray(6.0))


def test_welch_of_equal_sizes_is_the_usual_one():
    new, old = [1.0, 2.0, 4.0], [7.0, 7.5, 7.1]
    theirs = scipy_stats.ttest_ind(new, old, equal_var=False)
    law = welch(3, np.var(new, ddof=1), 3, np.var(old, ddof=1))
    assert law.p_two_sided(np.mean(new) - np.mean(old)) == pytest.approx(theirs.pvalue)


def test_unequal_sizes_have_fewer_degrees_of_freedom_than_satterthwaite():
    assert welch(3, 1.0, 20, 1.0).df < plain_welch(3, 1.0, 20, 1.0).df
    assert welch(3, 1.0, 20, 1.0).se == plain_welch(3, 1.0, 20, 1.0).se


@pytest.mark.parametrize(("v1", "v2"), [(1.0, 0.0), (0.0, 1.0), (1.0, 1e-300)])
def test_an_arm_without_spread_leaves_the_degrees_of_freedom_of_the_other(v1, v2):
    law = welch(2, v1, 3, v2)
    assert law.df == pytest.approx(1 if v1 else 2)


def test_laws_of_many_comparisons_at_once_are_those_of_each():
    v1, v2 = np.array([0.5, 1.0, 3.0]), np.array([2.0, 0.1, 1.0])
    together = moderated(3, v1, 4, v2, prior=LIKE)
    for i in range(3):
        one = moderated(3, v1[i], 4, v2[i], prior=LIKE)
        assert (together.se[i], together.df[i]) == pytest.approx((float(one.se), float(one.df)))


def test_an_arm_as_noisy_as_the_history_gains_its_degrees_of_freedom():
    assert trust(3, 0.6, LIKE) == 1
    assert moderated(3, 0.6, 3, 0.6, prior=LIKE).df == pytest.approx(2 * (2 + 6))


def test_an_arm_much_noisier_than_the_history_is_judged_by_itself():
    assert trust(3, 50.0, LIKE) == 0
    alone, helped = welch(3, 50.0, 3, 0.6), moderated(3, 50.0, 3, 0.6, prior=LIKE)
    assert (helped.se, helped.df) == pytest.approx((float(alone.se), float(alone.df)))


def test_arms_much_quieter_than_the_history_are_judged_by_themselves():
    assert trust_of_quiet(3, 0.01, 3, 0.02, prior=LIKE) == 0
    assert trust_of_quiet(3, 0.6, 3, 0.7, prior=LIKE) == 1
    alone, helped = welch(3, 0.01, 3, 0.02), moderated(3, 0.01, 3, 0.02, prior=LIKE)
    assert (helped.se, helped.df) == pytest.approx((float(alone.se), float(alone.df)))
    assert against_many(4, 1e-4, LIKE).se == pytest.approx(float(against_many(4, 1e-4).se))


def test_trust_has_no_jump():
    spread = np.geomspace(1e-4, 1e3, 4000)
    law = moderated(3, spread, 3, spread * 0.7, prior=LIKE)
    assert np.abs(np.diff(np.log(law.se))).max() < 0.02
    assert np.abs(np.diff(law.df)).max() < 0.2


def test_a_history_of_unequal_groups_counts_for_less():
    uneven = Prior(np.asarray(1.0), np.asarray(2.0))
    assert moderated(3, 0.6, 3, 0.6, prior=uneven).df == pytest.approx(2 * (2 + 2 * 2 / 4))


def test_two_seeds_against_many_have_few_degrees_of_freedom():
    """Where the two are the noisier side the plain mean would be wrong 8.6 % of the time."""
    assert 1 < welch(2, 4.0, 20, 1.0).df < 1.15
    assert welch(2, 4.0, 2, 1.0).df == pytest.approx(float(plain_welch(2, 4.0, 2, 1.0).df))


def test_one_run_against_many_is_the_prediction_interval():
    law = against_many(5, 2.0)
    assert (law.se, law.df) == pytest.approx((np.sqrt(2.0 * 1.2), 4))


def test_one_run_each_takes_the_noise_of_the_history():
    law = one_each(LIKE)
    assert (law.se, law.df) == pytest.approx((np.sqrt(2), 6))


def test_stated_noise_is_exact():
    law = stated(0.1, 2, 3)
    assert law.se == pytest.approx(0.1 * np.sqrt(1 / 2 + 1 / 3))
    assert np.isinf(law.df)
