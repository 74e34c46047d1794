"""Runs compared in pairs that share a seed."""

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from runcompare.errors import UsageError
from runcompare.stats import (
    Correlation,
    decide,
    decide_paired,
    pair_correlation,
    pairing_decides,
    pooled_correlation,
    power,
)
from runcompare.stats.power import noise_range


def pairs(rng, n, shared=0.1, own=0.02, effect=0.0):
    seed = shared * rng.normal(size=n)
    return tuple(np.exp(seed + shift + own * rng.normal(size=n)) for shift in (effect, 0.0))


RNG = np.random.default_rng(0)
PAST = [pairs(RNG, n) for n in (3, 4, 5) * 5]


def codes(notes):
    return {note.code for note in notes}


@pytest.mark.parametrize("scale", ["log", "linear"])
def test_without_history_it_is_the_paired_t_test(scale):
    new, old = pairs(np.random.default_rng(1), 6, effect=-0.1)
    found = decide_paired(new, old, scale=scale)
    on_scale = np.log if scale == "log" else np.asarray
    assert found.p_value == pytest.approx(scipy_stats.ttest_rel(on_scale(new), on_scale(old)).pvalue)
    assert found.effect == pytest.approx(decide(new, old, scale=scale).effect)
    assert "paired" in codes(found.assumptions)


def test_pairs_that_share_their_seed_show_more():
    new, old = pairs(np.random.default_rng(2), 5, effect=-0.1)
    assert decide(new, old).verdict == "inconclusive"
    assert decide_paired(new, old).verdict == "better"


def test_earlier_pairs_help_few_that_look_like_them():
    old = np.array([1.0, 1.1, 0.92])
    new = old * np.exp([-0.06, -0.08, -0.04])
    alone, helped = decide_paired(new, old), decide_paired(new, old, history=PAST)
    assert "moderated" in helped.method
    assert (helped.noise.source, helped.noise.groups) == ("history", 15)
    assert helped.high - helped.low < alone.high - alone.low


@pytest.mark.parametrize("own", [0.0005, 0.5])
def test_earlier_pairs_are_not_used_for_pairs_unlike_them(own):
    new, old = pairs(np.random.default_rng(4), 3, own=own)
    assert decide_paired(new, old, history=PAST).p_value == decide_paired(new, old).p_value


def test_one_noisy_side_is_unlike_the_history_even_where_the_differences_are_not():
    new, old = np.exp([0.0, 1.0, 2.0]), np.exp([0.01, 0.99, 2.02])
    assert decide_paired(new, old, history=PAST).p_value == decide_paired(new, old).p_value


def test_a_diverged_run_takes_its_pair_along_and_is_reported():
    new, old = pairs(np.random.default_rng(5), 6, effect=-0.1)
    broken = [math.nan, *new[1:]]
    found = decide_paired(broken, old)
    assert found.effect == pytest.approx(decide_paired(new[1:], old[1:]).effect)
    assert "diverged" in codes(found.warnings)
    assert found.verdict == "inconclusive"


@pytest.mark.parametrize(
    ("new", "old"), [([1.0], [2.0]), ([1.0, 2.0], [2.0, 4.0]), ([], []), ([-1.0, 2.0], [1.0, 2.0])]
)
def test_pairs_without_noise_cannot_tell(new, old):
    found = decide_paired(new, old)
    assert (found.verdict, found.p_value) == ("can't tell", None)
    assert found.warnings


def test_sides_of_different_length_are_refused():
    with pytest.raises(UsageError, match="3 and 2"):
        decide_paired([1.0, 2.0, 3.0], [1.0, 2.0])
    with pytest.raises(UsageError, match=r"history\[0\]"):
        decide_paired([1.0, 2.0], [1.0, 2.1], history=[([1.0], [1.0, 2.0])])


def test_swapping_the_sides_keeps_p():
    new, old = pairs(np.random.default_rng(6), 4, effect=-0.1)
    there, back = decide_paired(new, old, history=PAST), decide_paired(old, new, history=PAST)
    assert back.p_value == pytest.approx(there.p_value)
    assert (1 + back.effect) * (1 + there.effect) == pytest.approx(1)


def test_which_test_gives_the_verdict_is_fixed_beforehand():
    def past(value, groups=5):
        return Correlation(value, -1.0, 1.0, 2 * groups, groups)

    assert pairing_decides(2, declared=True)
    assert not pairing_decides(1, declared=True)
    assert [pairing_decides(n) for n in (2, 15, 16)] == [False, False, True]
    assert pairing_decides(2, past(0.5))
    assert not pairing_decides(2, past(0.5, groups=4))
    assert not pairing_decides(30, past(0.0))


def test_earlier_pairs_tell_what_pairs_share():
    found = pair_correlation([pairs(np.random.default_rng(seed), 5) for seed in range(40)])
    assert (found.groups, found.df) == (40, 160)
    assert found.low < 0.1**2 / (0.1**2 + 0.02**2) < found.high
    assert pair_correlation([([1.0], [2.0]), ([1.0, 1.0], [1.0, 1.0])]) is None


def test_the_interval_of_the_correlation_holds_it_95_times_in_100():
    rng, rho, held = np.random.default_rng(7), 0.6, 0
    for _ in range(1000):
        seed = rng.normal(size=(2, 4)) * math.sqrt(rho)
        groups = [
            (s + math.sqrt(1 - rho) * rng.normal(size=4), s + math.sqrt(1 - rho) * rng.normal(size=4)) for s in seed
        ]
        found = pooled_correlation(groups)
        held += found.low <= rho <= found.high
    assert abs(held / 1000 - 0.95) < 4 * math.sqrt(0.05 * 0.95 / 1000)


def test_pairs_needed_are_those_of_the_paired_t_test():
    new, old = pairs(np.random.default_rng(8), 6, effect=-0.1)
    found = decide_paired(new, old, min_effect=0.02)
    sd = found.noise.sd
    n = found.seeds_for_min_effect.low
    least = noise_range(sd, found.noise.df)[0]
    assert power(math.log1p(0.02) / least, n, paired=True) >= 0.8
    assert power(math.log1p(0.02) / least, n - 1, paired=True) < 0.8


@pytest.mark.parametrize("by", [3.0, 0.01])
def test_another_unit_changes_nothing(by):
    new, old = (np.asarray(side) for side in pairs(np.random.default_rng(9), 4, effect=-0.1))
    scaled = [(by * np.asarray(a), by * np.asarray(b)) for a, b in PAST]
    one, other = decide_paired(new, old, history=PAST), decide_paired(by * new, by * old, history=scaled)
    assert other.p_value == pytest.approx(one.p_value)
    assert other.effect == pytest.approx(one.effect)


def test_a_shift_of_both_sides_changes_nothing_on_the_linear_scale():
    new, old = (np.asarray(side) for side in pairs(np.random.default_rng(9), 4, effect=-0.1))
    one = decide_paired(new, old, scale="linear")
    other = decide_paired(new - 7, old - 7, scale="linear")
    assert other.p_value == pytest.approx(one.p_value)
    assert other.effect == pytest.approx(one.effect)


def test_the_best_of_a_search_is_corrected_for_it():
    new, old = pairs(np.random.default_rng(6), 4, effect=-0.05)
    one, best = decide_paired(new, old), decide_paired(new, old, searched=10)
    assert one.p_value < best.p_value <= 1 - (1 - one.p_value) ** 10


def test_without_a_direction_a_difference_is_lower_or_higher():
    new, old = pairs(np.random.default_rng(2), 5, effect=-0.1)
    assert decide_paired(new, old, higher_is_better=None).verdict == "lower"
