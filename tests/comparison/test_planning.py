"""What it would cost to know: lines, and what a budget resolves."""

import json
from dataclasses import replace

import pytest
from comparisons import make_comparison, make_single

from runcompare.comparison.planning import make_plan
from runcompare.errors import DataError
from runcompare.records.as_json import plain


def test_lines_rise_by_effect_and_hold_the_observed_and_the_smallest_of_interest():
    plan = make_plan(make_comparison())
    effects = [line.effect for line in plan.lines]
    assert effects == sorted(effects)
    assert plan.observed in effects
    assert plan.min_effect in effects


def test_the_cost_of_a_line_is_that_of_the_missing_runs():
    c = make_comparison()
    money = next(row for row in c.cost if row.metric.key == "cost/money")
    for line in make_plan(c).lines:
        lacking = [max(0, line.seeds[0] - n) for n in (c.quality.candidate.n, c.quality.baseline.n)]
        assert line.missing[0] == sum(lacking)
        assert line.money[0] == pytest.approx(lacking[0] * money.candidate.center + lacking[1] * money.baseline.center)


def test_a_budget_resolves_the_effects_that_it_pays_for():
    plan = make_plan(make_comparison(), budget=500)
    paid = [line.effect for line in plan.lines if line.money[1] <= 500]
    assert plan.budget.surely == min(paid)
    assert plan.budget.at_best <= plan.budget.surely
    assert make_plan(make_comparison(), budget=1e-9).budget.surely in (None, max(paid))


def test_a_budget_says_nothing_where_no_cost_is_known():
    plan = make_plan(replace(make_comparison(), cost=()), budget=500)
    assert plan.budget is None
    assert any("cost is not known" in warning or "costs is not known" in warning for warning in plan.warnings)
    assert all(line.money is None for line in plan.lines)


def test_without_noise_there_is_no_plan():
    with pytest.raises(DataError, match="noise"):
        make_plan(make_single())


def test_a_plan_is_plain_data():
    assert json.dumps(plain(make_plan(make_comparison(), budget=5)), allow_nan=False)
