"""Metrics that must not get worse by more than a margin."""

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from runcompare.errors import UsageError
from runcompare.stats import check_guardrail

OLD = [1.0, 1.02, 0.98, 1.01, 0.99]
RNG = np.random.default_rng(0)
PAST = [np.exp(0.02 * RNG.normal(size=4)) for _ in range(12)]


def test_it_is_welch_shifted_by_the_margin():
    new = [1.01, 1.02, 1.0, 0.99, 1.03]
    found = check_guardrail(new, OLD, margin=0.05)
    shifted = scipy_stats.ttest_ind(np.log(new) - math.log(1.05), np.log(OLD), equal_var=False, alternative="less")
    assert (found.verdict, found.p_holds) == ("holds", pytest.approx(shifted.pvalue))


@pytest.mark.parametrize(
    ("factor", "margin", "word"),
    [(1.0, 0.05, "holds"), (1.0, 0.01, "not shown"), (1.1, 0.05, "broken"), (0.7, 0.01, "holds")],
)
def test_verdicts(factor, margin, word):
    new = [factor * x for x in (0.99, 1.01, 1.0, 0.985, 1.015)]
    assert check_guardrail(new, OLD, margin=margin).verdict == word
    upward = check_guardrail([1 / x for x in new], [1 / x for x in OLD], margin=margin, higher_is_better=True)
    assert upward.verdict == word


def test_a_worsening_within_the_margin_is_no_breach():
    found = check_guardrail([1.03 * x for x in OLD], OLD, margin=0.2)
    assert found.p_broken < 0.05
    assert found.verdict == "holds"


def test_it_tells_what_these_seeds_could_have_seen():
    few, more = check_guardrail(OLD[:2], OLD[2:4], margin=0.02), check_guardrail(OLD * 3, OLD * 3, margin=0.02)
    assert few.detectable > more.detectable > 0
    assert few.seeds_needed.high > few.seeds_needed.low > 2


def test_history_makes_three_seeds_enough():
    new, old = [1.0, 1.02, 0.985], [1.01, 0.98, 1.0]
    assert check_guardrail(new, old, margin=0.032).verdict == "not shown"
    assert check_guardrail(new, old, margin=0.032, history=PAST).verdict == "holds"


def test_a_candidate_that_diverges_more_often_does_not_hold():
    found = check_guardrail([*OLD, math.nan], OLD, margin=0.1)
    assert found.verdict == "not shown"
    assert check_guardrail([math.nan] * 6, OLD, margin=0.1).verdict == "broken"
    assert check_guardrail(OLD, [*OLD, math.nan], margin=0.1).verdict == "holds"


def test_without_noise_or_values_it_cannot_tell():
    assert check_guardrail([1.0], [1.0], margin=0.1).verdict == "can't tell"
    assert check_guardrail([], OLD, margin=0.1).verdict == "can't tell"
    assert check_guardrail([-1.0, 1.0], OLD, margin=0.1).verdict == "can't tell"


@pytest.mark.parametrize("margin", [0.0, -0.1, math.nan])
def test_a_guardrail_needs_a_margin(margin):
    with pytest.raises(UsageError):
        check_guardrail(OLD, OLD, margin=margin)


def test_without_a_margin_it_only_asks_whether_it_got_worse():
    worse = [1.1 * x for x in OLD]
    found = check_guardrail(worse, OLD, margin=None)
    with_margin = check_guardrail(worse, OLD, margin=0.01)
    assert (found.verdict, found.p_holds, found.seeds_needed, found.margin) == ("broken", None, None, None)
    assert (found.p_broken, found.detectable) == (with_margin.p_broken, with_margin.detectable)
    assert check_guardrail(OLD, OLD, margin=None).verdict == "not shown"


def test_a_breach_by_divergence_has_a_p_value():
    assert check_guardrail([math.nan] * 6, OLD, margin=None).p_broken < 0.05
