"""Whatever rules find together, no side is told two opposite things."""

from graphlib import TopologicalSorter
from itertools import combinations
from types import SimpleNamespace

from comparisons import EXAMPLES
from hypothesis import given
from hypothesis import strategies as st

from runcompare.comparison.rules import RULES
from runcompare.comparison.rules.settle import OPPOSITES, settled

SIDES = SimpleNamespace(sides=(SimpleNamespace(role="candidate"), SimpleNamespace(role="baseline")))
ADVISING = [rule for rule in RULES if rule.advises]


@st.composite
def findings(draw, rules=tuple(RULES)):
    """Findings of any rules for any side and stage, in any strength."""
    found = []
    for rule in draw(st.lists(st.sampled_from(rules), max_size=12)):
        facts = {**EXAMPLES[rule.name], "role": draw(st.sampled_from(["candidate", "baseline"]))}
        strength = draw(st.sampled_from(["strong", "suggestive", "note"]))
        found.append(rule.finding(strength, facts, stage=draw(st.sampled_from([None, "one", "two"]))))
    return found


def test_no_rules_explain_each_other_in_a_circle():
    """Else all of them would go, and nothing be said."""
    list(TopologicalSorter({rule.name: rule.follows for rule in RULES}).static_order())


def test_some_rules_advise_each_way():
    assert {rule.advises for rule in RULES if rule.advises} == {*OPPOSITES}


@given(findings())
def test_no_two_findings_of_a_side_advise_opposite_ways(found):
    kept = settled(found, RULES)
    for one, other in combinations([f for f in kept if f.advises], 2):
        if one.facts["role"] == other.facts["role"]:
            assert OPPOSITES[one.advises] != other.advises


@given(findings(tuple(ADVISING)))
def test_no_two_recommendations_of_a_side_contradict(found):
    """Through the rules' own recommendations: longer and shorter are never both told to one side."""
    kept = settled(found, RULES)
    advice = set()
    for rule in RULES:
        own = [f for f in kept if f.rule == rule.name]
        if own and rule.name in ("overfitting", "under_trained"):
            advice |= {(r.action, r.facts["role"]) for r in rule.recommend(own, SIDES)}
    for role in ("candidate", "baseline"):
        assert not {("train_longer", role), ("stop_earlier", role)} <= advice


@given(findings())
def test_nothing_that_another_finding_explains_is_said(found):
    kept = settled(found, RULES)
    follows = {rule.name: set(rule.follows) for rule in RULES}
    for finding in kept:
        same_side = {f.rule for f in kept if f.facts.get("role") == finding.facts.get("role")}
        assert not follows[finding.rule] & same_side


@given(findings())
def test_settling_twice_changes_nothing_and_the_strongest_stays(found):
    kept = settled(found, RULES)
    assert settled(kept, RULES) == kept
    assert bool(kept) == bool(found) or not found


def test_a_stronger_finding_wins_and_the_other_stage_keeps_its_finding_without_advice():
    over, under = (next(r for r in RULES if r.name == name) for name in ("overfitting", "lr_too_high"))
    low = next(r for r in RULES if r.name == "lr_zero")
    high = under.finding("suggestive", {**EXAMPLES["lr_too_high"], "role": "candidate"}, stage="two")
    zero = low.finding("strong", {"role": "candidate"})
    kept = settled([high, zero], RULES)
    assert [f.advises for f in kept] == ["", "raise the learning rate"]
    same = under.finding("suggestive", {**EXAMPLES["lr_too_high"], "role": "candidate"})
    assert [f.rule for f in settled([same, zero], RULES)] == ["lr_zero"]
    assert over.advises == "stop earlier"
