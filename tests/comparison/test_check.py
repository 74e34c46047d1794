"""What is found of a run without a baseline: exact faults, fixed thresholds, and like runs of the project."""

from dataclasses import replace

import pytest
from tiny_training import FAULTS, HEALTHY, replicates

from runcompare.comparison.check import Checked, check_group
from runcompare.comparison.request import Request
from runcompare.comparison.rules import RULES
from runcompare.records.run import Group

ALONE = {
    "nan loss": ("nonfinite", "strong"),
    "infinite gradients": ("nonfinite", "strong"),
    "lr zero": ("lr_zero", "strong"),
    "diverged": ("diverged", "strong"),
    "overfitting": ("nothing_carried_over", "suggestive"),  # from its first epoch on, which looks alike
    "lr never decayed": ("overfitting", "suggestive"),
    "clipped": ("mostly_clipped", "suggestive"),
    "vanished gradients": ("gradients_vanished", "suggestive"),
    "gradients grow": ("gradients_grew", "suggestive"),
    "lr lost as text": ("number_as_text", "suggestive"),
}
NOT_FAULTS = {rule.name for rule in RULES if not rule.fault}


def checked(fault: str | None, others=(), seeds=range(1)) -> Checked:
    group = replicates(FAULTS[fault] if fault else HEALTHY, seeds, "new")
    return check_group(group, others, Request())


def faults(found) -> dict[str, str]:
    return {f.rule: f.strength for f in found if f.rule not in NOT_FAULTS}


@pytest.mark.parametrize("fault", ALONE)
def test_a_fault_that_shows_alone_is_named(fault):
    name, strength = ALONE[fault]
    assert faults(checked(fault).findings).get(name) == strength


def test_healthy_runs_show_nothing():
    for seed in range(5):
        assert not faults(checked(None, seeds=range(seed, seed + 1)).findings)


def test_without_a_baseline_only_what_is_exact_is_strong():
    exact = {"nonfinite", "lr_zero", "diverged", "seed_without_effect", "gate_closed", "best_worse_than_final"}
    for fault in FAULTS:
        strong = {f.rule for f in checked(fault, seeds=range(3)).findings if f.strength == "strong"}
        assert strong <= exact | NOT_FAULTS


def test_a_seed_without_effect_shows_in_a_group():
    assert "seed_without_effect" in faults(checked("seed without effect", seeds=range(3)).findings)


def test_like_runs_of_the_project_show_what_a_run_alone_does_not():
    others = replicates(seeds=range(10, 14), name="old").runs
    alone, beside = checked("lr too low"), checked("lr too low", others)
    assert "did_not_learn" not in faults(alone.findings)
    assert alone.like == ()
    assert faults(beside.against_history) == {"did_not_learn": "suggestive"}
    assert set(beside.like) == {run.id for run in others}


def test_runs_that_are_unlike_or_faulty_are_no_history():
    sound = replicates(seeds=range(10, 12), name="old").runs
    bad = replicates(FAULTS["nan loss"], range(3), "bad").runs
    failed = tuple(replace(run, info=replace(run.info, id=f"f{i}", state="failed")) for i, run in enumerate(sound))
    assert checked("lr too low", (*sound, *bad, *failed)).like == ()


def test_the_group_itself_is_no_history():
    group = replicates(seeds=range(4), name="old")
    assert check_group(Group("x", "x", group.runs[:1]), group.runs[:3], Request()).like == ()
