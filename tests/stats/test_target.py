"""One group against a claimed number."""

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from runcompare.errors import UsageError
from runcompare.stats import decide_target

LOSSES = [3.2765, 3.2781, 3.2773, 3.2790, 3.2769]
RNG = np.random.default_rng(0)
PAST = [3.28 + 0.001 * RNG.normal(size=4) for _ in range(12)]


def test_it_is_the_one_sided_t_test():
    found = decide_target(LOSSES, 3.28)
    theirs = scipy_stats.ttest_1samp(LOSSES, 3.28, alternative="less")
    assert (found.verdict, found.p_value) == ("reached", pytest.approx(theirs.pvalue))
    assert found.mean == pytest.approx(np.mean(LOSSES))
    interval = scipy_stats.ttest_1samp(LOSSES, 3.28).confidence_interval(0.9)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


@pytest.mark.parametrize(("target", "word"), [(3.28, "reached"), (3.278, "not shown"), (3.27, "missed")])
def test_the_interval_excludes_the_target_exactly_when_something_is_shown(target, word):
    found = decide_target(LOSSES, target)
    assert found.verdict == word
    assert (found.low <= target <= found.high) == (word == "not shown")


def test_the_direction_turns_the_claim_round():
    assert decide_target(LOSSES, 3.28, higher_is_better=True).verdict == "missed"
    assert decide_target(LOSSES, 3.27, higher_is_better=True).verdict == "reached"


def test_history_helps_few_seeds_and_one_run():
    few = [3.2780, 3.2790, 3.2785]
    alone, helped = decide_target(few, 3.28), decide_target(few, 3.28, history=PAST)
    assert helped.noise.source == "history"
    assert helped.noise.df > alone.noise.df
    one = decide_target([3.27], 3.28, history=PAST)
    assert (one.verdict, one.noise.groups) == ("reached", 12)
    assert decide_target([3.27], 3.28).verdict == "can't tell"


def test_a_diverged_seed_rules_out_that_the_target_is_reached():
    found = decide_target([*LOSSES, math.nan], 3.28)
    assert found.verdict == "not shown"
    assert "diverged" in {note.code for note in found.warnings}


def test_the_log_scale_is_about_the_geometric_mean():
    found = decide_target([0.1, 0.4], 0.3, scale="log")
    assert found.mean == pytest.approx(0.2)
    assert decide_target([0.1, -0.4, 0.2], 0.3, scale="log").verdict == "can't tell"


@pytest.mark.parametrize(("target", "scale"), [(math.nan, "linear"), (0.0, "log"), (math.inf, "linear")])
def test_targets_that_stand_on_no_scale(target, scale):
    with pytest.raises(UsageError):
        decide_target(LOSSES, target, scale=scale)


@pytest.mark.parametrize(("target", "word"), [(3.28, "below"), (3.2778, "not shown"), (3.27, "above")])
def test_without_a_direction_the_test_is_two_sided(target, word):
    found = decide_target(LOSSES, target, higher_is_better=None)
    theirs = scipy_stats.ttest_1samp(LOSSES, target)
    assert (found.verdict, found.p_value) == (word, pytest.approx(theirs.pvalue))
    assert (found.low, found.high) == pytest.approx(tuple(theirs.confidence_interval(0.95)))
    assert (found.low <= target <= found.high) == (word == "not shown")


def test_a_single_run_can_be_judged_by_a_stated_noise_which_several_runs_do_not_need():
    one = decide_target([3.27], 3.28, noise_cv=0.001)
    assert (one.verdict, one.noise.source) == ("reached", "assumed")
    assert decide_target(LOSSES, 3.28, noise_cv=0.5) == decide_target(LOSSES, 3.28)


def test_it_says_how_many_seeds_would_show_what_was_seen():
    near, far = decide_target(LOSSES, 3.2785), decide_target(LOSSES, 3.29)
    assert near.verdict == "not shown"
    assert near.seeds_needed.low > far.seeds_needed.low >= 2
    assert decide_target([3.27], 3.28).seeds_needed is None


def test_the_best_of_a_search_is_held_to_more():
    alone, best = decide_target(LOSSES, 3.2785), decide_target(LOSSES, 3.2785, searched=20)
    assert best.p_value > 5 * alone.p_value
    assert best.high > alone.high
    assert "searched" in {note.code for note in best.assumptions}
    one = decide_target([3.2765], 3.28, history=PAST, searched=20)
    assert (one.verdict, decide_target([3.2765], 3.28, history=PAST).verdict) == ("not shown", "reached")
