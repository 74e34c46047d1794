import math
from dataclasses import replace

import msgspec
import pytest

from runcompare.comparison.causes_ablation import Ablation, ArmRecord, ArmRun, Factor, ablation_of, is_of
from runcompare.comparison.causes_experiment import experiment_of
from runcompare.comparison.model import ConfigChange
from runcompare.errors import UnreadableRun
from runcompare.metrics.metric import Meanings
from runcompare.records.as_json import plain

RMSE, ACC = (Meanings().metric(key) for key in ("test/rmse", "test/acc"))
FACTORS = (
    Factor("lr", "optimiser", (ConfigChange("lr", 0.1, 0.3, "changed"),)),
    Factor(
        "rollout", "rollout", (ConfigChange("a.rollout", 3, 1, "changed"), ConfigChange("b.rollout", 1, 0, "changed"))
    ),
)
GAIN, SLOWER, DEARER = {"lr": 0.5, "rollout": 0.8}, {"lr": 0.0, "rollout": 30.0}, {"lr": 0.0, "rollout": 0.5}


def arm(*on: str, bend: float = 1.0, seeds: int = 3) -> ArmRecord:
    level = math.prod(GAIN[name] for name in on) * (bend if len(on) == 2 else 1)
    runs = [
        ArmRun(
            seed=s,
            run_id=f"{'-'.join(on)}{s}",
            value=level * (1 + (s - 1) / 100),
            seconds=60 + sum(SLOWER[name] for name in on) + s,
            money=1 + sum(DEARER[name] for name in on) + s / 100,
        )
        for s in range(seeds)
    ]
    return ArmRecord(" + ".join(on) or "old", on, tuple(runs))


def record(bend: float = 1.0) -> Ablation:
    arms = arm(), arm("lr"), arm("rollout"), arm("lr", "rollout", bend=bend)
    return Ablation("new", "old", "test/rmse", "factorial", 3, FACTORS, arms)


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
