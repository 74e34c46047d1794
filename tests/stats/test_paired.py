"""Runs compared in pairs that share a seed."""

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from runcompare.errors import UsageError
from runcompare.stats import decide, decide_paired, pairing_decides


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
    assert pairing_decides(10, 0)
    assert not pairing_decides(9, 4)
    assert pairing_decides(2, 5)
    assert not pairing_decides(1, 5)
