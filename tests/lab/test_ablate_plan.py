from dataclasses import replace
from pathlib import Path

import pytest

from runcompare.costs import PriceBook
from runcompare.errors import UsageError
from runcompare.lab.ablate import side_of_config
from runcompare.lab.ablate_plan import AblationPlan, Ask, Side, plan_ablation, within_budget
from runcompare.lab.ablate_trainers import CommandTrainer, EngineTrainer, Settings
from runcompare.records.figure import Figure

EXAMPLES = Path(__file__).parents[2] / "examples"
NEW, OLD = {"lr": 0.1, "width": 64, "epochs": 5}, {"lr": 0.3, "width": 32, "epochs": 2}


class Any:
    identity = "any"

    def __init__(self, refuses=lambda settings: ""):
        self.problem = lambda settings: refuses(settings.all)

    def template(self, settings, label, folder):
        return lambda seed, out: (label, str(seed))


def plan(tmp_path, trainer=None, **ask) -> AblationPlan:
    sides = Side("new", NEW), Side("old", OLD)
    return plan_ablation(*sides, trainer or Any(), tmp_path, ask=Ask(**ask), book=PriceBook.load())


def priced(made: AblationPlan, money: float) -> AblationPlan:
    return replace(made, arms=tuple(replace(arm, money=Figure(money, "USD")) for arm in made.arms))


def test_arms_are_named_by_what_is_made_or_undone(tmp_path):
    names = [arm.name for arm in plan(tmp_path).arms]
    assert names[0] == "old"
    assert names[-1] == "new"
    assert {"old + lr", "new without lr"} <= set(names)
    assert len(names) == len(set(names)) == 8


@pytest.mark.parametrize(("design", "arms"), [("one-out", 5), ("one-in", 5), ("out-and-in", 8), ("factorial", 8)])
def test_designs(tmp_path, design, arms):
    made = plan(tmp_path, design=design)
    assert len(made.arms) == arms
    assert made.design == ("factorial" if arms == 8 else design)
    assert made.arms[0].settings.all == OLD
    assert made.arms[-1].settings.all == NEW


def test_folders_go_by_settings_whatever_the_factors_are(tmp_path):
    one = {str(arm.settings.all): arm.folder for arm in plan(tmp_path).arms}
    two = {str(arm.settings.all): arm.folder for arm in plan(tmp_path, factors="lr+width").arms}
    assert len({*one.values()}) == 8
    assert {two[str(OLD)], two[str(NEW)]} == {one[str(OLD)], one[str(NEW)]}
    other = Any()
    other.identity = "another program"
    assert plan(tmp_path, other).arms[0].folder != plan(tmp_path).arms[0].folder


def test_a_factor_that_can_not_change_alone_is_told(tmp_path):
    trainer = Any(lambda config: "width needs lr 0.1." if config["width"] == 64 and config["lr"] != 0.1 else "")
    with pytest.raises(UsageError, match=r"'width' can't be on alone: width needs lr 0.1") as error:
        plan(tmp_path, trainer)
    assert '--factors "width+OTHER,..."' in error.value.hint
    assert len(plan(tmp_path, trainer, factors="lr+width,epochs").factors) == 2


def test_our_engine_says_what_it_refuses(tmp_path):
    new, old = (side_of_config(EXAMPLES / name, command=None) for name in ("hjnqclgk.yaml", "baseline32.yaml"))
    assert EngineTrainer().problem(Settings(new.config, {})) == ""
    wrong = Settings({**old.config, "latent.tokens": 17}, {})
    assert "17" in EngineTrainer().problem(wrong) or "tokens" in EngineTrainer().problem(wrong)


def test_the_first_design_that_the_budget_pays_for(tmp_path):
    plans = [priced(plan(tmp_path, design=design), 1.0) for design in ("factorial", "one-out")]
    assert within_budget(plans, 24).design == "factorial"
    chosen = within_budget(plans, 15)
    assert chosen.design == "one-out"
    assert "one-out is what $15 pays for" in chosen.notes[-1]


def test_a_budget_too_small_says_what_it_would_buy(tmp_path):
    plans = [priced(plan(tmp_path, design="one-out"), 1.0)]
    with pytest.raises(UsageError, match=r"one-out with 3 seeds \(15 runs\), costs \$15") as error:
        within_budget(plans, 11)
    assert error.value.hint == "It would buy 2 seeds of it: --design one-out --seeds 2."
    with pytest.raises(UsageError) as error:
        within_budget(plans, 2)
    assert "about 2 of 5 arms at one seed" in error.value.hint


def test_a_setting_that_is_null_is_given_and_one_that_is_absent_is_not(tmp_path):
    trainer = CommandTrainer("true {overrides} --c={config} {flags} {seed}")
    sides = [Side("new", {"a": None, "b": 1, "same": None}), Side("old", {"a": 2, "c": 3, "same": None})]
    made = plan_ablation(*sides, trainer, tmp_path, ask=Ask(factors="a,b,c", seeds=1), book=PriceBook.load())
    words = {}
    for arm in made.arms:
        words[arm.on] = trainer.template(arm.settings, "x", tmp_path / arm.folder)(0, Path("/o"))[1:-1]
    assert [w for w in words[("a", "b", "c")] if "config" not in w] == ["a=null", "b=1", "--a=null", "--b=1"]
    assert [w for w in words[()] if "config" not in w] == ["a=2", "c=3", "--a=2", "--c=3"]
    top = next(arm for arm in made.arms if arm.on == ("a", "b", "c"))
    assert (tmp_path / top.folder / "config.yaml").read_text() == "{a: null, b: 1, same: null}\n"


def test_a_command_gets_settings_in_every_form(tmp_path):
    trainer = CommandTrainer("true {overrides} --c={config} --o {out} {flags} {seed}")
    settings = Settings({"a.b": [1, 2], "c": "x y", "d": None}, {"a.b": [1, 2], "c": "x y", "d": None})
    words = trainer.template(settings, "arm", tmp_path)(3, Path("/o"))
    assert words[1:3] == ("a.b=[1, 2]", "c=x y")
    assert words[3:6] == (f"--c={tmp_path / 'config.yaml'}", "--o", "/o")
    assert words[6:] == ("--a.b=[1, 2]", "--c=x y", "3")
    assert "x y" in (tmp_path / "config.yaml").read_text()
