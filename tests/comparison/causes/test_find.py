import math
from dataclasses import replace
from pathlib import Path

import pytest
from ablations import record as made_record

import runcompare
from runcompare.comparison.build import Request, build
from runcompare.comparison.causes.find import FoundAblation

NEW = {"lr": 0.1, "a": {"rollout": 3}, "b": {"rollout": 1}}
OLD = {"lr": 0.3, "a": {"rollout": 1}, "b": {"rollout": 0}}


def record():
    return replace(made_record(), metric="eval/nrmse")


@pytest.fixture
def sides(group):
    def made(label, level, config):
        return group(label, [level, level * 1.01, level * 0.99], config=config)

    return made


def test_without_other_groups_nothing_tells_the_changes_apart(sides):
    causes = build(sides("new", 0.4, NEW), sides("old", 1.0, OLD), Request()).causes
    assert [g.category for g in causes.groups] == ["optimiser", "rollout"]
    assert causes.inseparable == (("lr", "a.rollout", "b.rollout"),)
    (both,) = causes.effects
    assert both.whole
    assert both.quality.effect.value == pytest.approx(-0.6, abs=0.01)


def test_a_group_that_differs_in_one_change_gives_its_effect_with_an_interval(sides):
    other = sides("lr alone", 0.5, {**OLD, "lr": 0.1})
    causes = build(sides("new", 0.4, NEW), sides("old", 1.0, OLD), Request(history=[other])).causes
    effects = {effect.keys: effect for effect in causes.effects}
    lr = effects["lr",]
    assert lr.source == "pair of groups"
    assert lr.groups == ("lr alone", "old")
    assert lr.quality.effect.value == pytest.approx(-0.5, abs=0.01)
    assert lr.quality.effect.low < -0.5 < lr.quality.effect.high
    assert lr.word == "better"
    assert effects["a.rollout", "b.rollout"].quality.effect.value == pytest.approx(-0.2, abs=0.01)
    assert causes.inseparable == (("a.rollout", "b.rollout"),)
    assert causes.next_run is None
    assert causes.effect_of("b.rollout").groups == ("new", "lr alone")


def test_an_ablation_of_these_sides_says_what_each_change_does(sides):
    new, old = sides("new", 0.4, NEW), sides("old", 1.0, OLD)
    found = build(new, old, Request(ablations=[FoundAblation(record(), "ab/ablation.json")])).causes
    assert found.experiment.path == "ab/ablation.json"
    assert [e.source for e in found.effects[:2]] == ["ablation"] * 2
    assert found.inseparable == ()
    assert found.next_run is None
    other = replace(record(), metric="test/mae")
    assert build(new, old, Request(ablations=[FoundAblation(other, "x")])).causes.experiment is None


def test_of_several_ablations_the_one_with_most_runs_counts(sides):
    fewer = replace(record(), arms=tuple(replace(arm, runs=arm.runs[:2]) for arm in record().arms))
    request = Request(ablations=[FoundAblation(fewer, "fewer"), FoundAblation(record(), "more")])
    causes = build(sides("new", 0.4, NEW), sides("old", 1.0, OLD), request).causes
    assert causes.experiment.path == "more"


def test_what_is_ignored_is_no_cause(sides):
    causes = build(sides("new", 0.4, NEW), sides("old", 1.0, OLD), Request(ignore=("rollout",))).causes
    assert causes.ignored == ("a.rollout", "b.rollout")
    assert [effect.keys for effect in causes.effects] == [("lr",)]


def test_sides_with_the_same_settings_have_no_causes(sides):
    assert build(sides("new", 0.4, NEW), sides("old", 1.0, NEW), Request()).causes is None


SHIPPED = Path(__file__).parents[3] / "examples" / "runs"


def test_the_shipped_runs_name_the_run_that_would_tell_most():
    new, old, other = (runcompare.load(name, runs=SHIPPED) for name in ("hjnqclgk", "baseline32", "v3"))
    causes = build(new, old, Request(history=[other])).causes
    (epochs,) = causes.effects
    assert (epochs.keys, epochs.whole, epochs.groups) == (("stages.operator.epochs",), False, ("v3", "baseline32"))
    run = causes.next_run
    assert set(run.settings) == set(run.keys)
    assert run.saving.value > 0
    assert run.money.mid > 0


def test_the_shipped_ablation_is_found_and_its_shares_add_up():
    causes = runcompare.compare("hjnqclgk", "baseline32", runs=SHIPPED).causes
    assert causes.experiment is not None
    effects = [effect for effect in causes.effects if effect.source == "ablation"]
    assert {effect.name for effect in effects} == {"epochs", "tokens", "rollout", "search"}
    assert sum(effect.quality.share.value for effect in effects) == pytest.approx(1)
    assert math.prod(1 + effect.quality.effect.value for effect in effects) == pytest.approx(
        1 + causes.experiment.quality.value
    )
    assert causes.experiment.quality.value == pytest.approx(-0.69, abs=0.02)
    costs = [effect.money for effect in effects if effect.money is not None]
    assert not costs or sum(money.effect.value for money in costs) == pytest.approx(causes.experiment.money.value)
