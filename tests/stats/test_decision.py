"""A decision as data."""

import dataclasses

import pytest

from runcompare.stats import Decision, Noise, SeedRange, Verdict

NONE = Decision(Verdict.CANT_TELL, None, None, None, None, "none", Noise("unknown"))


def test_seeds_needed_resolve_both_effects():
    both = dataclasses.replace(NONE, seeds_for_effect=SeedRange(3, 9), seeds_for_min_effect=SeedRange(5, 7))
    assert both.seeds_needed == (5, 9)
    assert dataclasses.replace(both, seeds_for_effect=None).seeds_needed == (5, 7)
    assert NONE.seeds_needed is None


def test_a_decision_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        NONE.verdict = Verdict.BETTER
