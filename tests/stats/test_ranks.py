"""Ranks that are right together: what is claimed, and what never is."""

import numpy as np
import pytest

from runcompare import stats
from runcompare.errors import UsageError
from runcompare.stats import rank_groups
from runcompare.stats.intervals import mean_interval

FAR = [[1.0, 1.01, 0.99, 1.0], [2.0, 2.02, 1.98, 2.01], [4.0, 4.04, 3.96, 4.02]]


def ranges(ranking) -> dict[int, tuple[int, int]]:
    return {one.place: (one.low, one.high) for one in ranking.groups}


def test_groups_far_apart_have_one_rank_each():
    ranking = rank_groups(FAR, higher_is_better=False)
    assert [one.place for one in ranking.groups] == [0, 1, 2]
    assert ranges(ranking) == {0: (1, 1), 1: (2, 2), 2: (3, 3)}
    assert [one.tier for one in ranking.groups] == [1, 2, 3]
    assert [one.better_than for one in ranking.groups] == [(1, 2), (2,), ()]
    assert [one.may_be_best for one in ranking.groups] == [True, False, False]
    assert ranking.claims == 6


def test_the_direction_turns_the_ranking_round():
    lower, higher = (rank_groups(FAR, higher_is_better=up) for up in (False, True))
    assert [one.place for one in higher.groups] == [one.place for one in lower.groups][::-1]
    assert ranges(higher) == {0: (3, 3), 1: (2, 2), 2: (1, 1)}


def test_groups_of_one_law_may_have_any_rank():
    rng = np.random.default_rng(0)
    ranking = rank_groups([np.exp(0.1 * rng.normal(size=3)) for _ in range(6)], higher_is_better=False)
    assert set(ranges(ranking).values()) == {(1, 6)}
    assert {one.tier for one in ranking.groups} == {1}


def test_a_tie_below_a_clear_best_shares_its_ranks():
    values = [FAR[0], [2.0, 2.1, 1.9, 2.05], [2.02, 1.95, 2.1, 2.0]]
    ranking = rank_groups(values, higher_is_better=False)
    assert ranges(ranking) == {0: (1, 1), 1: (2, 3), 2: (2, 3)}
    assert [one.tier for one in ranking.groups] == [1, 2, 2]


def test_two_groups_are_told_apart_as_decide_tells_them_one_sided():
    """With two groups Holm's first step is a two-sided test at alpha."""
    rng = np.random.default_rng(3)
    for _ in range(50):
        new, old = (np.exp(0.1 * (rng.normal(size=4) + shift)) for shift in (0.0, 1.5))
        ranking = rank_groups([new, old], higher_is_better=False)
        decided = stats.decide(new, old, min_effect=0.0).verdict in ("better", "worse")
        assert (ranges(ranking) != {0: (1, 2), 1: (1, 2)}) == decided


def test_more_groups_make_each_claim_harder():
    near = [[1.0, 1.02, 0.98], [1.08, 1.1, 1.06]]
    assert rank_groups(near, higher_is_better=False).groups[0].high == 1
    many = rank_groups([*near, *([[5.0, 5.5, 4.6]] * 12)], higher_is_better=False)
    assert many.groups[0].high > 1


def test_single_runs_without_any_noise_claim_nothing():
    ranking = rank_groups([[1.0], [100.0]], higher_is_better=False)
    assert ranges(ranking) == {0: (1, 2), 1: (1, 2)}
    assert ranking.groups[0].mean_low is None
    assert "not known" in ranking.warnings[0].text


def test_single_runs_are_held_to_the_noise_of_the_others_and_of_the_history():
    quiet = [[1.0, 1.001, 0.999, 1.0005]] * 6
    ranking = rank_groups([[1.0], [100.0]], history=quiet, higher_is_better=False)
    assert ranges(ranking) == {0: (1, 1), 1: (2, 2)}
    beside = rank_groups([[1.0], [100.0], *quiet], higher_is_better=False)
    assert ranges(beside)[1] == (8, 8)


def test_a_group_that_diverges_more_is_never_called_better():
    values = [[*FAR[0], np.nan], FAR[1]]
    assert ranges(rank_groups(values, higher_is_better=False)) == {0: (1, 2), 1: (1, 2)}
    worse = rank_groups([FAR[0], [*FAR[1], np.inf]], higher_is_better=False)
    assert ranges(worse) == {0: (1, 1), 1: (2, 2)}
    assert worse.groups[1].diverged == 1
    assert worse.warnings[0].code == "diverged"


def test_copies_of_one_number_count_as_one_run():
    ranking = rank_groups([[1.0] * 9, [1.001] * 9], higher_is_better=False)
    assert ranges(ranking) == {0: (1, 2), 1: (1, 2)}


def test_the_means_are_in_the_metrics_units_with_their_own_intervals():
    one = rank_groups(FAR, higher_is_better=False).groups[0]
    assert one.mean == pytest.approx(np.exp(np.mean(np.log(FAR[0]))))
    assert one.mean_low < one.mean < one.mean_high
    linear = rank_groups(FAR, higher_is_better=False, scale="linear").groups[0]
    low, high = mean_interval(FAR[0])
    assert (linear.mean_low, linear.mean_high) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("values", "more", "says"),
    [
        ([[1.0, 2.0]], {}, "two groups or more"),
        ([[1.0], [np.nan]], {}, r"values\[1\]"),
        ([[1.0], [-1.0]], {}, "log scale"),
        ([[1.0], [[1.0]]], {}, "one dimension"),
        ([[1.0], [2.0]], {"alpha": 0.0}, "alpha"),
    ],
)
def test_what_can_not_be_ranked_is_a_usage_error(values, more, says):
    with pytest.raises(UsageError, match=says):
        rank_groups(values, higher_is_better=False, **more)
