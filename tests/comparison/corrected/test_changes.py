"""What paid stays, the rest goes: by attributions, by findings, by the verdict, in this order."""

from typing import Any

import pytest

from runcompare.comparison import build as building
from runcompare.comparison.account import account_of
from runcompare.comparison.causes.model import Causes, Effect, Experiment, Part
from runcompare.comparison.corrected.changes import corrected_changes
from runcompare.comparison.corrected.outlook import outlook
from runcompare.comparison.model import Expected, Interval, Recommendation
from runcompare.comparison.recommend_expected import ranked
from runcompare.comparison.request import Request
from runcompare.comparison.rules.rule import Facts
from runcompare.records.figure import Figure

NEW = {"model": {"width": 16, "depth": 4}, "opt": {"lr": 0.1}, "only": {"new": 1}}
OLD = {"model": {"width": 8, "depth": 2}, "opt": {"lr": 0.2}}


@pytest.fixture
def facts(group: Any, monkeypatch: pytest.MonkeyPatch):
    """The facts of a comparison whose candidate's error is `level` times the baseline's."""

    def make(level: float) -> Facts:
        caught: list[Facts] = []
        monkeypatch.setattr(building, "find", lambda facts: caught.append(facts) or ())
        a = group("a", [level * e for e in (0.1, 0.101, 0.102)], config=NEW)
        b = group("b", [0.1, 0.101, 0.102], config=OLD)
        building.build(a, b, Request())
        return caught[0]

    return make


def effect(facts: Facts, *keys: str, word: str, quality: tuple[float, ...], money: tuple[float, ...] = (), **more: Any):
    def part(values: tuple[float, ...]) -> Part:
        return Part(Interval(9.0), last=Interval(*values))

    changes = tuple(c for c in facts.config if c.path in keys)
    paid = part(money) if money else None
    return Effect(keys[0], "model", changes, "ablation", part(quality), None, paid, word=word, **more)


def made(*effects: Effect, noise: bool = True) -> Causes:
    whole = Interval(-0.5, -0.6, -0.4) if noise else Interval(-0.5)
    experiment = Experiment(
        "abl", "eval/nrmse", "factorial", arms=4, runs=12, fewest=3, most=3, exact=True, quality=whole
    )
    return Causes((), effects=effects, experiment=experiment)


def changed(facts: Facts, *effects: Effect) -> dict[str, tuple[Any, str]]:
    causes = made(*effects) if effects else None
    return {c.path: (c.value, c.reason) for c in corrected_changes(facts, (), causes)}


def test_without_any_evidence_a_better_candidate_keeps_all_and_a_worse_one_nothing(facts):
    assert changed(facts(0.5)) == {}
    assert changed(facts(2.0)) == {
        "model.depth": (2, "baseline-value"),
        "model.width": (8, "baseline-value"),
        "only.new": (None, "removed"),
        "opt.lr": (0.2, "baseline-value"),
    }


def test_a_secret_that_one_side_was_told_is_no_setting_to_take_back(group):
    told = {**OLD, "opt": {"lr": 0.1, "api_key": "hunter2hunter2"}}
    a, b = (group(n, [e, e * 1.01, e * 1.02], config=c) for n, e, c in (("a", 0.2, told), ("b", 0.1, OLD)))
    c = building.build(a, b, Request())
    assert [change.path for change in c.corrected.changes] == ["opt.lr"]


def test_what_costs_and_is_not_shown_to_help_goes_and_what_pays_stays(facts):
    known = facts(0.5)
    paying = effect(known, "model.width", word="better", quality=(-0.5, -0.6, -0.4), money=(3.0, 2.0, 4.0))
    dear = effect(known, "model.depth", word="not shown", quality=(0.0, -0.1, 0.1), money=(2.0, 1.0, 3.0))
    free = effect(known, "opt.lr", word="not shown", quality=(0.0, -0.1, 0.1), money=(0.0, -1.0, 1.0))
    harmful = effect(known, "only.new", word="worse", quality=(0.2, 0.1, 0.3))
    assert changed(known, paying, dear, free, harmful) == {
        "model.depth": (2, "cost-without-gain"),
        "only.new": (None, "made-it-worse"),
    }


def test_what_pays_stays_in_a_candidate_that_is_not_better(facts):
    known = facts(2.0)
    paying = effect(known, "model.width", word="better", quality=(-0.5, -0.6, -0.4))
    assert "model.width" not in changed(known, paying)
    assert len(changed(known, paying)) == 3


def test_effects_of_another_step_or_beside_other_settings_undo_nothing(facts):
    known = facts(0.5)
    worse = {"word": "worse", "quality": (0.2, 0.1, 0.3)}
    assert changed(known, effect(known, "model.width", whole=False, **worse)) == {}
    assert changed(known, Effect("x", "model", (), "ablation", None, None, None, word="worse")) == {}


def test_an_ablation_without_seed_noise_decides_nothing(facts):
    known = facts(0.5)
    dear = effect(known, "model.depth", word="worse", quality=(0.2, 0.1, 0.3), money=(2.0, 1.0, 3.0))
    assert changed(known, dear)
    assert corrected_changes(known, (), made(dear, noise=False)) == ()


def test_an_effect_of_all_that_differs_is_the_verdict_again(facts):
    known = facts(2.0)
    all_of_it = effect(known, *(c.path for c in known.config), word="better", quality=(-0.5, -0.6, -0.4))
    assert len(changed(known, all_of_it)) == 4
    assert account_of(made(all_of_it), known.config, (), ()).helped == ()


def test_the_outlook_undoes_each_effect_and_is_unknown_without_one(facts):
    known = facts(0.5)
    dear = effect(known, "model.depth", word="not shown", quality=(-0.1, -0.2, 0.25), money=(2.0, 1.0, 3.0))
    harmful = effect(known, "only.new", word="worse", quality=(0.25, 0.1, 0.6))
    causes = made(dear, harmful)
    seen = outlook(known, corrected_changes(known, (), causes), causes, is_baseline=False)
    assert seen is not None
    assert seen.source == "attribution"
    assert seen.effect.value == pytest.approx(1 / 0.9 / 1.25 - 1)
    assert (seen.effect.low, seen.effect.high) == pytest.approx((1 / 1.25 / 1.6 - 1, 1 / 0.8 / 1.1 - 1))
    assert seen.value.value == pytest.approx(known.quality.candidate.center * (1 + seen.effect.value))
    alone = corrected_changes(facts(2.0))
    assert outlook(facts(2.0), alone, None, is_baseline=False) is None
    back = outlook(facts(2.0), alone, None, is_baseline=True)
    assert back is not None
    assert back.value.value == pytest.approx(0.101, rel=1e-3)


def test_the_account_sorts_effects_and_names_what_nothing_tells_apart(facts):
    known = facts(0.5)
    paying = effect(known, "model.width", word="better", quality=(-0.5, -0.6, -0.4), money=(3.0, 2.0, 4.0))
    free = effect(known, "opt.lr", word="not shown", quality=(0.0, -0.1, 0.1))
    account = account_of(made(paying, free), known.config, (), ())
    assert ([e.name for e in account.helped], [e.name for e in account.unmoved]) == (["model.width"], ["opt.lr"])
    assert [e.name for e in account.dear] == ["model.width"]
    assert account.untold == (("model.depth", "only.new"),)
    assert account_of(None, known.config, (), ()).untold == (("model.depth", "model.width", "only.new", "opt.lr"),)


def advice(action: str, rank: int, gain: float = 0.0, saving: float | None = None, price: float | None = None):
    quality = Interval(-gain, -gain - 0.01, -gain + 0.01) if gain else Interval(-0.3, -0.7, 0.1)
    money = None if saving is None else Figure(saving, "USD")
    return Recommendation(action, {}, (), rank=rank, expected=Expected(quality, money, price and Figure(price, "USD")))


def test_the_most_benefit_per_dollar_comes_first_after_choices_that_cost_nothing(facts):
    known = facts(0.5)
    money = known.cost_row("cost/money")
    listed = [
        advice("unknown", 25),
        advice("dear", 30, gain=0.5, price=100.0),
        advice("cheap", 40, gain=0.1, price=1.0),
        advice("free", 45, gain=0.1),
        advice("choice", 10),
        Recommendation("no figure", {}, (), rank=22),
    ]
    order = [one.action for one in ranked(listed, known)]
    assert order == ["choice", "free", "cheap", "dear", "no figure", "unknown"]
    assert [one.rank for one in ranked(listed, known)] == [1, 2, 3, 4, 5, 6]
    if money is not None and money.candidate.center:
        saved = advice("saves", 50, saving=money.candidate.center / 2, price=0.1)
        assert [one.action for one in ranked([*listed, saved], known)][2] == "saves"
