import math
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest
from ablations import ACC, FACTORS, RMSE, record

from runcompare.comparison.causes.ablation import Ablation, ArmRecord, ArmRun, ablation_of, is_of
from runcompare.comparison.causes.experiment import experiment_of
from runcompare.comparison.model import ConfigChange
from runcompare.errors import UnreadableRun
from runcompare.records.as_json import plain


def test_shares_of_quality_time_and_money_and_their_words():
    found = experiment_of(record(), RMSE)
    lr, rollout = found.effects
    assert [lr.name, rollout.name] == ["lr", "rollout"]
    assert lr.quality.effect.value == pytest.approx(-0.5)
    assert lr.quality.share.value == pytest.approx(math.log(0.5) / math.log(0.4))
    assert rollout.quality.share.value + lr.quality.share.value == pytest.approx(1)
    assert rollout.quality.last.value == pytest.approx(-0.2)
    assert rollout.keys == ("a.rollout", "b.rollout")
    assert rollout.time.effect.value == pytest.approx(30)
    assert rollout.money.share.value == pytest.approx(1)
    assert lr.money.effect.value == pytest.approx(0, abs=1e-9)
    assert [lr.word, rollout.word] == ["better", "better"]
    assert found.experiment.exact
    assert found.experiment.quality.value == pytest.approx(-0.6)
    assert found.experiment.unfinished == 0
    assert found.experiment.interplay == ()


def test_what_changes_do_together_is_named():
    (pair,) = experiment_of(record(bend=0.7), RMSE).experiment.interplay
    assert (pair.first, pair.second, pair.quantity) == ("lr", "rollout", "quality")
    assert pair.effect.value == pytest.approx(-0.3)


def test_shares_of_a_share_are_in_points_and_add_up():
    arms = [
        replace(one, runs=tuple(replace(run, value=0.5 + 0.2 * len(one.on) + run.seed / 1000) for run in one.runs))
        for one in record().arms
    ]
    found = experiment_of(replace(record(), arms=tuple(arms), metric="test/acc"), ACC)
    assert [e.quality.effect.value for e in found.effects] == pytest.approx([0.2, 0.2])
    assert found.effects[0].word == "better"


def test_runs_that_diverged_and_costs_that_are_not_known():
    arms = list(record().arms)
    arms[0] = replace(arms[0], runs=(replace(arms[0].runs[0], value=math.nan), *arms[0].runs[1:]))
    arms = [replace(one, runs=tuple(replace(run, money=None) for run in one.runs)) for one in arms]
    found = experiment_of(replace(record(), arms=tuple(arms)), RMSE)
    assert [note.code for note in found.notes] == ["ablation-diverged", "ablation-incomplete"]
    assert found.experiment.money is None
    assert all(effect.money is None and effect.quality is not None for effect in found.effects)


def by_machine(
    machine: Callable[[ArmRecord, ArmRun], str], reused: Callable[[ArmRecord], bool] = lambda arm: False
) -> Ablation:
    """The record with runs on several machines; those of the second one are twice as slow."""
    arms = []
    for arm in record().arms:
        runs = [replace(run, machine=machine(arm, run), reused=reused(arm)) for run in arm.runs]
        slow = [replace(run, seconds=2 * run.seconds) if run.machine == "slow" else run for run in runs]
        arms.append(replace(arm, runs=tuple(slow)))
    return replace(record(), arms=tuple(arms))


def test_costs_are_those_of_the_machine_with_most_runs_and_quality_is_that_of_all():
    found = experiment_of(by_machine(lambda arm, run: "slow" if run.seed == 2 else "fast"), RMSE)
    assert (found.experiment.machine, found.experiment.cost_runs, found.experiment.runs) == ("fast", 8, 12)
    assert found.experiment.machines == ("fast", "slow")
    assert found.experiment.time.value == pytest.approx(30)


def test_a_machine_that_lacks_an_end_says_nothing_of_costs():
    found = experiment_of(by_machine(lambda arm, run: "slow" if arm.on and run.seed < 2 else "fast"), RMSE)
    assert (found.experiment.machine, found.experiment.cost_runs) == ("fast", 6)


def test_runs_that_were_there_before_tell_of_costs_only_if_there_are_no_others():
    every = experiment_of(by_machine(lambda arm, run: "fast", reused=lambda arm: True), RMSE)
    assert (every.experiment.reused, every.experiment.cost_runs) == (12, 12)
    found = experiment_of(by_machine(lambda arm, run: "fast", reused=lambda arm: not arm.on), RMSE)
    assert (found.experiment.reused, found.experiment.cost_runs) == (3, 0)
    assert "time and money are due to" in found.notes[0].text
    some = by_machine(lambda arm, run: "fast")
    arms = [replace(arm, runs=(*arm.runs[:2], replace(arm.runs[2], reused=True))) for arm in some.arms]
    assert experiment_of(replace(some, arms=tuple(arms)), RMSE).experiment.cost_runs == 8


def test_without_a_corner_nothing_is_told_of_quality():
    found = experiment_of(replace(record(), arms=record().arms[:-1]), RMSE)
    assert found.experiment.quality is None
    assert found.effects[0].word == "unknown"
    assert all(note.code == "ablation-incomplete" for note in found.notes)


def test_a_record_is_read_back_as_it_was_written():
    written = msgspec.json.decode(msgspec.json.encode(plain(record())))
    assert ablation_of(written, "x") == record()
    with pytest.raises(UnreadableRun, match="no record of an ablation"):
        ablation_of({"arms": 3}, "x")
    with pytest.raises(UnreadableRun, match="format 2"):
        ablation_of({**written, "format": 2}, "x")


CHANGES = tuple(change for factor in FACTORS for change in factor.changes)


@pytest.mark.parametrize(
    ("changes", "ignored", "does"),
    [
        (CHANGES, (), True),
        ((*CHANGES, ConfigChange("logging", 1, 2, "changed")), ("logging",), True),
        ((*CHANGES, ConfigChange("width", 1, 2, "changed")), (), False),
        (CHANGES[1:], (), False),
        ((ConfigChange("lr", 0.1, 0.2, "changed"), *CHANGES[1:]), (), False),
        ((ConfigChange("lr", "0.1", "0.3", "changed"), *CHANGES[1:]), (), True),
    ],
)
def test_an_ablation_is_of_sides_that_differ_in_its_settings_alone(changes, ignored, does):
    assert is_of(record(), changes, ignored) is does
