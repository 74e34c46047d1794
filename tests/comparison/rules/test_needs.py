"""A check that lacks what it needs says so, in one line, and each check runs where it has it."""

import pytest
from tiny_training import replicates

from runcompare.comparison.build import Request, build
from runcompare.comparison.model import NotRun
from runcompare.comparison.rules import RULES
from runcompare.comparison.rules.needs import NEEDS
from runcompare.records.history import History
from runcompare.records.run import Group, Run, RunInfo
from runcompare.reporting.markdown import to_markdown
from runcompare.reporting.not_run_text import not_run_text


def group(name, columns, n=3, config=None):
    runs = []
    for seed in range(n):
        rows = [{"_step": i, **{key: value(i) + seed / 1000 for key, value in columns.items()}} for i in range(12)]
        info = RunInfo(f"{name}{seed}", f"{name}{seed}", "test", f"{name}{seed}/", group=name, seed=seed)
        runs.append(Run(info, config=config or {}, history=History.from_rows(rows)))
    return Group(name, name, tuple(runs))


def falling(i):
    return 2.0 / (1 + i)


def lacking(new, old):
    return {code: n.lacks for n in build(new, old, Request(metric="loss")).not_run for code in n.codes}


def test_every_need_is_known():
    assert {need for rule in RULES for need in (*rule.needs, *(rule.needs_alone or ()))} <= {*NEEDS}


def test_what_is_not_logged_keeps_checks_from_running_and_each_is_named_once():
    found = lacking(group("a", {"loss": falling}), group("b", {"loss": falling}))
    assert found["RC402"] == found["RC403"] == "fewer than 6 values of a gradient norm"
    assert found["RC301"] == "fewer than 6 values of a validation loss"
    assert found["RC201"] == "no learning rate logged or stated"
    assert "RC102" not in found
    assert "RC101" not in found


def test_with_everything_logged_they_run():
    c = build(replicates(seeds=range(3)), replicates(seeds=range(10, 13)), Request())
    assert not {"RC402", "RC301", "RC201", "RC202", "RC405"} & {code for n in c.not_run for code in n.codes}


def test_the_side_that_lacks_it_is_named():
    full = {"loss": falling, "val_loss": falling}
    found = lacking(group("a", {"loss": falling}), group("b", full))
    assert found["RC301"] == "fewer than 6 values of a validation loss by the candidate"


def test_the_line_tells_reasons_with_codes():
    line = not_run_text([NotRun("no gradient norm logged", ("RC402", "RC403")), NotRun("nothing claimed", ("RC708",))])
    assert line == "3 checks didn't run: no gradient norm logged (RC402, RC403), nothing claimed (RC708)."
    assert not_run_text([]) == ""
    many = [NotRun(f"reason {i}", (f"RC10{i}",)) for i in range(9)]
    assert not_run_text(many).endswith("and 3 for other reasons.")


def test_the_report_holds_the_line():
    c = build(group("a", {"loss": falling}), group("b", {"loss": falling}), Request(metric="loss"))
    assert not_run_text(c.not_run) in to_markdown(c)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_teaches(rule):
    assert rule.__doc__
    assert rule.test
    assert rule.limits
    assert rule.confirm
