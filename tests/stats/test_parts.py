"""The parts of the statistics, against scipy, closed forms and published figures."""

import itertools
import math

import numpy as np
import pytest
from scipy import special
from scipy import stats as scipy_stats

from runcompare import stats
from runcompare.errors import UsageError
from runcompare.stats.law import Law
from runcompare.stats.prior import fit_prior, lone_prior

RNG = np.random.default_rng(0)
PAST = [np.exp(0.05 * RNG.normal(size=4)) for _ in range(20)]


# --- prior ---


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


# --- law ---


def test_law_agrees_with_scipy():
    law = Law(np.asarray(2.0), np.asarray(5.0))
    assert law.p_two_sided(3.0) == pytest.approx(2 * scipy_stats.t.sf(1.5, 5))
    assert law.half_width(0.05) == pytest.approx(2 * scipy_stats.t.ppf(0.975, 5))
    assert law.p_equivalent(0.5, 3.0) == pytest.approx(scipy_stats.t.sf(1.25, 5))
    normal = Law(np.asarray(1.0), np.asarray(np.inf))
    assert normal.half_width(0.05) == pytest.approx(scipy_stats.norm.ppf(0.975))


# --- verdict and worth ---


@pytest.mark.parametrize(
    ("known", "word"),
    [
        ({"comparable": False, "p_value": 0.001, "p_equivalent": 0.9, "improvement": 1.0}, "not comparable"),
        ({"p_value": None, "p_equivalent": None, "improvement": None}, "can't tell"),
        ({"p_value": 0.001, "p_equivalent": 0.9, "improvement": 1.0, "hinges": True}, "inconclusive"),
        ({"p_value": 0.001, "p_equivalent": 0.9, "improvement": -1.0}, "worse"),
        ({"p_value": 0.5, "p_equivalent": 0.01, "improvement": -1.0}, "equivalent"),
        ({"p_value": 0.001, "p_equivalent": 0.01, "improvement": -1.0}, "equivalent"),
        ({"p_value": 0.001, "p_equivalent": 0.9, "improvement": 1.0}, "better"),
        ({"p_value": 0.2, "p_equivalent": 0.9, "improvement": 1.0}, "inconclusive"),
        ({"p_value": 0.05, "p_equivalent": 0.05, "improvement": 1.0}, "inconclusive"),
    ],
)
def test_verdict_rules(known, word):
    assert stats.verdict(**known) == word


@pytest.mark.parametrize(
    ("verdict", "cost", "worth"),
    [
        ("better", 15, "trade-off"),
        ("better", 1.02, "adopt"),
        ("better", 0.5, "adopt"),
        ("worse", 15, "drop"),
        ("worse", 1, "drop"),
        ("worse", 0.2, "trade-off"),
        ("equivalent", 15, "drop"),
        ("equivalent", 1, "drop"),
        ("equivalent", 0.5, "adopt"),
        ("inconclusive", 15, "find out"),
        ("can't tell", 15, "find out"),
        ("not comparable", 15, "find out"),
    ],
)
def test_worth_it(verdict, cost, worth):
    assert stats.worth_it(verdict, (None, None), cost) == worth
    if verdict != "inconclusive":
        assert stats.worth_it(verdict, (-0.9, 0.9), cost, higher_is_better=True) == worth


def test_an_interval_without_room_decides_what_it_is_worth():
    worth = stats.worth_it
    assert worth("inconclusive", (-0.01, 0.3), 15, higher_is_better=False) == "drop"
    assert worth("inconclusive", (-0.01, 0.3), 15, higher_is_better=True) == "find out"
    assert worth("inconclusive", (-0.3, 0.01), 0.5, higher_is_better=False) == "adopt"
    assert worth("inconclusive", (-0.3, 0.3), 0.5, higher_is_better=False) == "find out"


def test_a_guardrail_vetoes():
    assert stats.worth_it("better", (-0.2, -0.1), 0.5, vetoed=True) == "drop"


# --- multiplicity ---


def test_corrections_agree_with_worked_examples():
    p = [0.01, 0.04, 0.03, 0.005]
    assert stats.holm(p) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert stats.benjamini_hochberg(p) == pytest.approx(scipy_stats.false_discovery_control(p))
    assert len(stats.holm([])) == 0


@pytest.mark.parametrize("p", [[1.2], [-0.1], [math.nan], [[0.1]]])
def test_corrections_refuse_what_is_no_p_value(p):
    with pytest.raises(UsageError):
        stats.holm(p)


# --- power ---


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


# --- divergence ---


@pytest.mark.parametrize("table", [(0, 5, 0, 5), (5, 5, 0, 5), (1, 6, 3, 9), (2, 3, 2, 30), (0, 1, 1, 1)])
def test_fisher_agrees_with_scipy(table):
    k1, n1, k2, n2 = table
    theirs = scipy_stats.fisher_exact([[k1, n1 - k1], [k2, n2 - k2]]).pvalue
    assert stats.fisher(*table) == pytest.approx(theirs)


# --- permutation ---


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


def test_permutation_disagreement_is_said():
    found = stats.decide([1, 1, 1, 1, 1.0001], [1, 1, 1, 1.0001, 1.2], min_effect=0)
    assert found.verdict == "inconclusive"


# --- sequential ---


def test_looks_only_at_planned_points():
    new, old = np.array([0.5, 0.51, 0.52, 0.8]), np.array([1.0, 1.01, 1.02, 1.03])
    early = stats.look(new[:2], old[:2])
    assert (early.decided, early.next_look) == (False, 3)
    third = stats.look(new[:3], old[:3])
    assert (third.decided, third.decision.verdict) == (True, "better")
    assert stats.look(new, old).decision.p_value == third.decision.p_value
    assert third.decision.alpha == pytest.approx(0.0133)


def test_the_last_look_ends_it():
    rng = np.random.default_rng(7)
    new, old = np.exp(0.1 * rng.normal(size=(2, 25)))
    last = stats.look(new, old)
    assert (last.decided, last.next_look) == (True, None)
    assert last.decision.verdict == "inconclusive"


def test_e_value_equals_its_integral():
    """Against numerical integration over the effect and the noise, with the mean integrated out."""
    x, y = np.array([0.1, -0.3, 0.2]), np.array([1.0, 0.8])
    size, total, d = 6 / 5, 5, x.mean() - y.mean()
    rest = 2 * x.var(ddof=1) + y.var(ddof=1)
    sigma = np.exp(np.linspace(-6, 8, 4000))
    delta = np.linspace(-8, 8, 1601)

    def marginal(effect):
        inside = -(rest + size * (d - effect * sigma) ** 2) / (2 * sigma**2)
        return np.trapezoid(sigma ** -(total - 1) * np.exp(inside), np.log(sigma))

    mixed = np.trapezoid([marginal(e) * scipy_stats.norm.pdf(e) for e in delta], delta)
    assert stats.e_value(x, y, scale="linear") == pytest.approx(mixed / marginal(0.0), rel=1e-3)


def test_e_value_of_too_few_seeds_says_nothing():
    assert stats.e_value([1.0], [2.0, 3.0]) == 1.0


# --- paired ---


def test_paired_without_history_speaks_of_the_checkpoints():
    rng = np.random.default_rng(8)
    hard = np.exp(rng.normal(size=100))
    found = stats.decide_paired(hard * 0.9, hard * np.exp(0.01 * rng.normal(size=100)))
    assert found.verdict == "better"
    assert found.claim == "checkpoints"
    assert found.noise.source == "test samples"
    assert found.seeds_needed is None
    assert found.effect == pytest.approx(-0.1, abs=0.01)


def test_paired_with_history_speaks_of_the_method_and_is_less_sure():
    rng = np.random.default_rng(9)
    hard = np.exp(rng.normal(size=100))
    new, old = hard * 0.9, hard * np.exp(0.01 * rng.normal(size=100))
    alone, helped = stats.decide_paired(new, old), stats.decide_paired(new, old, history=PAST)
    assert helped.claim == "method"
    assert helped.p_value > alone.p_value
    assert helped.noise.groups == 20


def test_paired_linear_is_the_paired_t_test():
    rng = np.random.default_rng(10)
    new, old = rng.normal(size=(2, 30))
    found = stats.decide_paired(new, old, scale="linear")
    assert found.p_value == pytest.approx(scipy_stats.ttest_rel(new, old).pvalue)


def test_paired_bad_input():
    with pytest.raises(UsageError, match="3 against 2"):
        stats.decide_paired([1, 2, 3], [1, 2])
    assert stats.decide_paired([1.0] * 3, [2.0] * 3).verdict == "can't tell"
    assert stats.decide_paired([1.0] * 30, [1.0] * 30).verdict == "can't tell"
    rng = np.random.default_rng(11)
    new, old = np.exp(rng.normal(size=(2, 30)))
    new[4] = math.nan
    assert "left-out" in {w.code for w in stats.decide_paired(new, old).warnings}


# --- curves ---


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


def test_curves_that_move_or_are_short_are_said():
    falling = np.exp(-np.linspace(0, 5, 100))
    assert "still-moving" in {w.code for w in stats.curve_level(falling, tail=0.5).warnings}
    short = stats.curve_level([1.0, 2.0, math.nan])
    assert (short.low, short.points) == (None, 2)
    assert {w.code for w in short.warnings} == {"left-out", "short-curve"}
    assert stats.curve_level([]).level is None


# --- best of k ---


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


def test_best_of_without_noise_knows_nothing():
    assert stats.best_of_k([0.1], 15).expected is None
    assert stats.best_of_k([0.1], 1).expected == pytest.approx(0.1)
    assert stats.best_of_k([], 3).expected is None
    with pytest.raises(UsageError):
        stats.best_of_k([0.1, 0.2], 0)


def test_importing_runcompare_does_not_load_scipy():
    import subprocess
    import sys

    code = "import sys, runcompare; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_special_functions_in_use_keep_their_limits():
    assert special.stdtr(np.inf, -1.96) == pytest.approx(scipy_stats.norm.cdf(-1.96))
