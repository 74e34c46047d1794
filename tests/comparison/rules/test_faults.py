"""Planted faults are named with their cause, and nothing is said where there is none: real trainings, compared."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from tiny_training import FAULTS, HEALTHY, Settings, replicates

from runcompare.comparison.build import Request, build
from runcompare.comparison.comparison import Comparison
from runcompare.comparison.rules import RULES
from runcompare.records.run import Group

CAUSE = {
    "nan loss": "nonfinite",
    "infinite gradients": "nonfinite",
    "lr zero": "lr_zero",
    "lr too high": "lr_too_high",
    "lr too low": "did_not_learn",
    "lr never decayed": "lr_never_decayed",
    "diverged": "diverged",
    "one seed diverged": "diverged",
    "spikes": "loss_spikes",
    "shuffled labels": "nothing_carried_over",
    "overfitting": "overfitting",
    "stopped early": "shorter_training",
    "validation leaked": "suspicious_validation",
    "clipped": "mostly_clipped",
    "vanished gradients": "gradients_vanished",
    "seed without effect": "seed_without_effect",
    "seeds spread": "seeds_spread",
    "lr lost as text": "number_as_text",
    "gradients grow": "gradients_grew",
    "loss better, metric worse": "loss_against_metric",
}
ALSO = {"lr never decayed": {"overfitting"}}  # at three times the rate it overfits as well
NOT_FAULTS = {rule.name for rule in RULES if not rule.fault}


def faults(c: Comparison) -> set[str]:
    return {f.rule for f in c.findings} - NOT_FAULTS


def compared(settings: Settings, seeds: int = 3) -> Comparison:
    baseline = replicates(seeds=range(10, 10 + seeds))
    return build(replicates(settings, range(seeds), "cand"), baseline, Request())


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_named_and_no_other(fault):
    c = compared(FAULTS[fault], seeds=5 if fault == "seeds spread" else 3)
    named = [f for f in c.findings if f.rule == CAUSE[fault]]
    assert faults(c) - ALSO.get(fault, set()) == {CAUSE[fault]}
    assert {f.facts.get("role") for f in named} <= {"candidate", None}
    assert named[0].strength == "strong"


@pytest.mark.parametrize("fault", ["lr too low", "overfitting", "diverged", "clipped", "validation leaked"])
def test_the_side_is_named_whichever_it_is(fault):
    c = build(replicates(seeds=range(10, 13)), replicates(FAULTS[fault], range(3), "cand"), Request())
    assert {f.facts["role"] for f in c.findings if f.rule == CAUSE[fault]} == {"baseline"}


@pytest.mark.parametrize("fault", ["lr zero", "lr too low", "shuffled labels", "overfitting", "diverged", "nan loss"])
def test_one_run_against_three_names_the_fault_too(fault):
    c = build(replicates(FAULTS[fault], range(1), "cand"), replicates(seeds=range(10, 13)), Request())
    assert CAUSE[fault] in faults(c)


@pytest.mark.parametrize("name", [None, "overfitting", "lr never decayed", "lr too low", "shuffled labels"])
def test_replicates_split_at_random_have_no_faults(name):
    runs = replicates(FAULTS[name] if name else HEALTHY, range(12), "null").runs
    dice = np.random.default_rng(5)
    splits = [(n, dice.permutation(12)) for n, _ in itertools.product((2, 3, 5), range(4))]
    alarms = 0
    for n, order in splits:
        new, old = (
            Group(s, s, tuple(runs[i] for i in part)) for s, part in (("a", order[:n]), ("b", order[n : 2 * n]))
        )
        alarms += bool(faults(build(new, old, Request())))
    assert alarms <= 1  # of 12: each sign cries in 1 % and must be large as well


def test_no_side_is_told_to_train_longer_and_to_stop_earlier():
    for fault in ("overfitting", "lr never decayed", "lr too low", "stopped early"):
        advice = [(r.action, r.facts.get("role")) for r in compared(FAULTS[fault]).recommendations]
        for role in ("candidate", "baseline"):
            assert not {("train_longer", role), ("stop_earlier", role)} <= {*advice}


def test_every_fault_stands_in_the_catalogue():
    page = (Path(__file__).parents[3] / "docs" / "findings.md").read_text(encoding="utf-8")
    for rule in RULES:
        assert f"{rule.code} | `{rule.name}`" in page
        assert {*rule.follows} <= {r.name for r in RULES}
