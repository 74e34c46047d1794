"""What it would cost to know: lines, and what a budget resolves."""

import json
from dataclasses import replace

import pytest
from comparisons import make_comparison, make_single

from runcompare.comparison.model import Interval, Noise, Pairing
from runcompare.comparison.planning import make_plan
from runcompare.errors import DataError
from runcompare.records.as_json import plain


def noisy(**more):
    """The made comparison, with 5 % of noise from replicates."""
    c = make_comparison(**more)
    noise = Noise("replicates", cv=0.05, sd=0.05, df=6.0, runs=8)
    return replace(c, quality=replace(c.quality, test=replace(c.quality.test, noise=noise)))


def test_lines_rise_by_effect_and_hold_the_observed_and_the_smallest_of_interest():
    plan = make_plan(noisy())
    effects = [line.effect for line in plan.lines]
    assert effects == sorted(effects)
    assert plan.observed in effects
    assert plan.min_effect in effects
    assert plan.min_effect == pytest.approx(0.02)


def test_the_cost_of_a_line_is_that_of_the_missing_runs():
    c = noisy()
    money = next(row for row in c.cost if row.metric.key == "cost/money")
    for line in make_plan(c).lines:
        lacking = [max(0, line.seeds[0] - n) for n in (c.quality.candidate.n, c.quality.baseline.n)]
        assert line.missing[0] == sum(lacking)
        assert line.money[0] == pytest.approx(lacking[0] * money.candidate.center + lacking[1] * money.baseline.center)


def test_a_budget_resolves_the_effects_that_it_pays_for():
    free = make_plan(noisy())
    amount = free.lines[1].money[1]  # all that the second smallest effect may take
    budget = make_plan(noisy(), budget=amount).budget
    assert budget.surely == free.lines[1].effect
    assert budget.at_best <= budget.surely


def test_a_budget_says_nothing_where_no_cost_is_known():
    plan = make_plan(noisy(cost=()), budget=500)
    assert plan.budget is None
    assert any("is not known on both sides" in warning for warning in plan.warnings)
    assert all(line.money is None for line in plan.lines)


def test_without_noise_there_is_no_plan():
    with pytest.raises(DataError, match="noise"):
        make_plan(make_single())


def test_a_plan_is_plain_data():
    assert json.dumps(plain(make_plan(noisy(), budget=5)), allow_nan=False)


def in_pairs(decides):
    """The made comparison, whose pairs share a lot: a fifth of the noise is left."""
    c = noisy()
    left = Noise("replicates", sd=0.01, df=3.0)
    other = replace(c.quality.test, noise=c.quality.test.noise if decides else left)
    pairing = Pairing(
        "seed", declared=False, decides=decides, matched="", other=other, shared=Interval(0.9, 0.2, 1.0), noise=left
    )
    if decides:
        c = replace(c, quality=replace(c.quality, test=replace(c.quality.test, noise=left)))
    return replace(c, pairing=pairing)


def test_a_plan_without_pairs_says_how_many_seeds_pairs_would_take():
    plan = make_plan(in_pairs(decides=False))
    assert [line.seeds for line in plan.lines] == [line.seeds for line in make_plan(noisy()).lines]
    small = plan.lines[0]
    assert small.other_seeds[0] < small.seeds[0]
    assert plan.pairing.shared == Interval(0.9, 0.2, 1.0)


def test_a_plan_in_pairs_is_the_same_the_other_way_round():
    apart, paired = make_plan(in_pairs(decides=False)), make_plan(in_pairs(decides=True))
    assert [line.seeds for line in paired.lines] == [line.other_seeds for line in apart.lines]
    assert [line.other_seeds for line in paired.lines] == [line.seeds for line in apart.lines]


def test_where_nothing_is_known_of_pairs_the_plan_says_nothing_of_them():
    plan = make_plan(noisy())
    assert plan.pairing is None
    assert all(line.other_seeds is None for line in plan.lines)
