"""Seeds that the verdict depends on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcompare.stats import decide


def codes(decision):
    return {note.code for note in decision.warnings}


def texts(decision):
    return " ".join(note.text for note in decision.warnings)


@pytest.mark.parametrize("n", [3, 5, 8])
def test_a_seed_ten_times_off_is_named_with_the_verdict_without_it(n):
    rng = np.random.default_rng(4)
    new, old = np.exp(0.02 * rng.normal(size=(2, n)))
    found = decide([*(new[1:] * 0.7), 7.0], old)
    assert found.verdict == "inconclusive"
    assert "far-seed" in codes(found)
    assert f"The candidate's seed at {n - 1} lies far from the others" in texts(found)
    assert "without it 'better'" in texts(found)


def test_seeds_that_are_alike_are_not_named():
    rng = np.random.default_rng(5)
    named = sum("far-seed" in codes(decide(*np.exp(0.1 * rng.normal(size=(2, 3))))) for _ in range(300))
    assert named <= 0.05 * 300 + 4 * np.sqrt(300 * 0.05)


def test_a_seed_that_alone_spoils_the_verdict_is_named():
    old = [1.0, 1.01, 0.99, 1.005, 0.995, 1.0]
    found = decide([0.98, 0.99, 0.97, 0.985, 0.975, 1.02], old, min_effect=0)
    assert found.verdict == "inconclusive"
    assert "spoiled-by-one-seed" in codes(found)
    assert "the candidate's seed at 5" in texts(found)


def test_losing_significance_with_a_seed_changes_nothing():
    """Each arm has two seeds left, which can hardly show anything; the verdict stands."""
    found = decide([0.9, 0.91, 0.92], [1.0, 1.01, 1.02], min_effect=0)
    assert found.verdict == "better"
    assert codes(found) == set()


def test_a_large_gain_with_one_closer_seed_stays_better():
    """Without the seed at 2 Welch's test would call what is left equivalent or nothing: no reason to withdraw it."""
    assert decide([0.5, 0.52, 0.58], [1.0, 1.03, 0.97]).verdict == "better"


@given(st.integers(2, 8), st.floats(1.01, 100), st.lists(st.floats(-1, 1), min_size=2, max_size=9), st.integers(0, 9))
def test_a_difference_that_one_seed_turns_round_is_never_significant(n, distance, old, seed):
    """Why no verdict is withdrawn: `n` seeds over the baseline, and one so far under it that their mean is as well."""
    over = np.mean(old) + np.random.default_rng(seed).uniform(0.1, 1, n)
    under = np.mean(old) - distance * np.sum(over - np.mean(old))
    found = decide([*over, under], old, scale="linear", min_effect=0)
    assert found.effect < 0
    assert found.verdict in ("inconclusive", "can't tell")
