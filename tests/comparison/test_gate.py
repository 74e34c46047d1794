"""What a gate makes of each verdict, guardrail and cost."""

from dataclasses import replace

import pytest
from comparisons import make_comparison, make_row, make_test, sample

from runcompare.comparison.gate import Condition, judge, parse_conditions
from runcompare.comparison.model import Guard
from runcompare.errors import UsageError
from runcompare.records.figure import Provenance


def states(comparison, *conditions: str) -> list[str]:
    return [one.state for one in judge(comparison, parse_conditions(conditions)).judged]


def with_verdict(verdict: str, effect: float = 0.03, direction: str | None = "min"):
    full = make_comparison(verdict=verdict, findings=())
    metric = replace(full.quality.metric, direction=direction)
    quality = replace(full.quality, metric=metric, test=make_test(verdict, effect=effect), assessment=verdict)
    return replace(full, quality=quality)


def with_cost(low=None, high=None, *, ratio=2.0, provenance=Provenance.MEASURED, key="cost/time"):
    new, old = (sample([x], "s", provenance) for x in (10.0 * ratio, 10.0))
    row = make_row(key, new, old, label="Time", unit="s", role="cost", ratio_low=low, ratio_high=high)
    return make_comparison(cost=(row,), findings=())


def test_conditions_are_read_in_their_order_and_once():
    assert parse_conditions("worse, cost>1.5x,worse") == (Condition("worse"), Condition("cost", 1.5))
    assert parse_conditions(("worse,guardrail", "time > 2x")) == (
        Condition("worse"),
        Condition("guardrail"),
        Condition("time", 2.0),
    )
    assert [str(c) for c in parse_conditions("device-hours>10x,cant-tell")] == ["device-hours>10x", "cant-tell"]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("wrose", "Did you mean 'worse'?"),
        ("cant tell", "Did you mean 'cant-tell'?"),
        ("cost>150%", "cost>1.5x"),
        ("cost>1.5", "cost>1.5x"),
        ("cost>0x", "cost>1.5x"),
        ("cost>-2x", "cost>1.5x"),
        ("cost>1e400x", "cost>1.5x"),
        ("cots>2x", "Did you mean 'cost'?"),
        ("worse>2x", "Conditions are"),
        ("", "Conditions are"),
        (" , ", "Conditions are"),
        ("WORSE", "Conditions are"),
    ],
)
def test_what_is_no_condition_is_refused_with_what_is(typed, says):
    with pytest.raises(UsageError) as error:
        parse_conditions(typed)
    assert says in error.value.hint


@pytest.mark.parametrize(
    ("verdict", "effect", "worse", "likely", "inconclusive", "cant_tell"),
    [
        ("worse", 0.03, "fail", "fail", "pass", "pass"),
        ("better", -0.03, "pass", "pass", "pass", "pass"),
        ("equivalent", 0.001, "pass", "pass", "pass", "pass"),
        ("inconclusive", 0.03, "not shown", "not shown", "fail", "pass"),
        ("likely worse", 0.03, "unknown", "fail", "fail", "pass"),
        ("likely better", -0.03, "pass", "pass", "fail", "pass"),
        ("beyond the baseline's seeds", 0.3, "unknown", "fail", "fail", "pass"),
        ("beyond the baseline's seeds", -0.3, "pass", "pass", "fail", "pass"),
        ("can't tell", 0.03, "unknown", "unknown", "unknown", "fail"),
        ("not comparable", 0.03, "unknown", "unknown", "unknown", "fail"),
    ],
)
def test_each_verdict(verdict, effect, worse, likely, inconclusive, cant_tell):
    found = states(with_verdict(verdict, effect), "worse,likely-worse,inconclusive,cant-tell")
    assert found == [worse, likely, inconclusive, cant_tell]


def test_where_more_is_better_a_run_beyond_below_may_be_worse():
    assert states(with_verdict("beyond the baseline's seeds", -0.3, "max"), "worse") == ["unknown"]
    assert states(with_verdict("beyond the baseline's seeds", 0.3, "max"), "worse") == ["pass"]


def test_nothing_is_worse_where_no_direction_is_known():
    gate = judge(with_verdict("higher", direction=None), parse_conditions("worse,dominated"))
    assert [(one.state, one.rule) for one in gate.judged] == [("unknown", "direction")] * 2
    assert (gate.outcome, gate.exit_code) == ("unknown", 3)


@pytest.mark.parametrize(
    ("low", "high", "state", "rule"),
    [
        (1.6, 2.5, "fail", "interval"),
        (1.5, 2.5, "not shown", "interval"),
        (0.2, 9.0, "not shown", "interval"),
        (1.1, 1.5, "pass", "interval"),
        (None, None, "fail", "measured"),
    ],
)
def test_a_limit_of_cost_fails_by_its_whole_interval_or_as_measured(low, high, state, rule):
    (one,) = judge(with_cost(low, high), parse_conditions("cost>1.5x")).judged
    assert (one.state, one.rule) == (state, rule)


def test_a_measured_cost_below_the_limit_passes_and_an_estimated_one_is_not_judged():
    assert states(with_cost(ratio=1.5), "time>1.5x") == ["pass"]
    (one,) = judge(with_cost(provenance=Provenance.ESTIMATED), parse_conditions("time>1.5x")).judged
    assert (one.state, one.rule) == ("unknown", "estimated")


def test_a_cost_that_nobody_knows_is_not_judged():
    (one,) = judge(make_comparison(cost=(), findings=()), parse_conditions("cost>2x")).judged
    assert (one.state, one.rule, one.row) == ("unknown", "no cost", None)


def test_money_by_assumed_prices_gives_way_to_what_was_measured():
    money = with_cost(provenance=Provenance.ASSUMED, key="cost/money").cost
    both = replace(with_cost(ratio=3.0), cost=(*money, *with_cost(ratio=3.0).cost))
    (one,) = judge(both, parse_conditions("cost>2.5x")).judged
    assert (one.state, one.rule, one.row.metric.key) == ("fail", "measured", "cost/time")
    (money_alone,) = judge(both, parse_conditions("money>1.5x")).judged
    assert money_alone.rule == "estimated"


@pytest.mark.parametrize(
    ("word", "state"),
    [("held", "pass"), ("violated", "fail"), ("not shown", "not shown"), ("can't tell", "unknown")],
)
def test_each_guardrail_has_a_line(word, state):
    row = make_row("latency", sample([1.0] * 3), sample([1.0] * 3), role="guardrail", guard=Guard(word, "2%"))
    other = replace(row, guard=Guard("held", "2%"))
    assert states(make_comparison(metrics=(row, other)), "guardrail") == [state, "pass"]


def test_a_guardrail_that_can_not_be_tested_is_not_judged_and_none_named_is_none_broken():
    row = make_row("latency", sample([None]), sample([1.0] * 3), role="guardrail", assessment="missing")
    assert states(make_comparison(metrics=(row,)), "guardrail") == ["unknown"]
    (none,) = judge(make_comparison(), parse_conditions("guardrail")).judged
    assert (none.state, none.rule) == ("pass", "no guardrail")


def test_dominated_is_more_expensive_and_not_shown_to_be_better():
    full = make_comparison()
    assert states(full, "dominated") == ["fail"]
    assert states(replace(full, findings=()), "dominated") == ["not shown"]
    assert states(replace(with_verdict("better"), cost=full.cost), "dominated") == ["pass"]
    assert states(with_verdict("can't tell"), "dominated") == ["unknown"]
    assert states(replace(with_verdict("worse"), cost=()), "dominated") == ["unknown"]


def test_a_failed_condition_counts_more_than_one_that_could_not_be_judged():
    gate = judge(with_verdict("likely worse"), parse_conditions("worse,inconclusive"))
    assert ([one.state for one in gate.judged], gate.exit_code) == (["unknown", "fail"], 1)
    passed = judge(with_verdict("better"), parse_conditions("worse"))
    assert (passed.outcome, passed.exit_code) == ("pass", 0)
