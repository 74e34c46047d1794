"""Verdicts that hinge on one seed."""

import numpy as np

from runcompare.stats import decide


def codes(decision):
    return {note.code for note in decision.warnings}


def test_an_answer_that_hinges_on_one_seed_names_it():
    rng = np.random.default_rng(4)
    new, old = np.exp(0.001 * rng.normal(size=(2, 8)))
    spoiled = [*(new * 0.9), 30.0]
    found = decide(spoiled, old)
    assert found.verdict == "inconclusive"
    assert "the candidate's seed at 8" in " ".join(note.text for note in found.warnings)


def test_a_seed_that_alone_spoils_the_verdict_is_named():
    rng = np.random.default_rng(0)
    new, old = np.exp(0.01 * rng.normal(size=(2, 6)))
    spoiled = [*(new * 0.9), 1.4]
    found = decide(spoiled, old)
    assert found.verdict == "inconclusive"
    assert "spoiled-by-one-seed" in codes(found)
    assert "seed at 6" in " ".join(note.text for note in found.warnings)


def test_losing_significance_with_a_seed_is_no_flip():
    """Each arm has two seeds left, which can hardly show anything; the verdict stands."""
    found = decide([0.9, 0.91, 0.92], [1.0, 1.01, 1.02], min_effect=0)
    assert found.verdict == "better"
    assert "hinges" not in codes(found)
