"""A plan as text."""

from dataclasses import replace

import pytest

from runcompare.comparison.model import Interval, Noise
from runcompare.comparison.planning import Budget, PairedPlan, Plan, PlanLine
from runcompare.metrics.metric import Metric
from runcompare.reporting.plan import plan_text

PLAN = Plan(
    candidate="new",
    baseline="old",
    metric=Metric("loss", "loss", direction="min"),
    runs=(3, 5),
    noise=Noise("replicates", cv=0.052, sd=0.05),
    power=0.8,
    alpha=0.05,
    min_effect=0.02,
    observed=0.1,
    lines=(
        PlanLine(0.02, (51, 673), (94, 1338), (11.6, 163.0), (0.56, 7.83)),
        PlanLine(0.1, (4, 4), (1, 1), None, None),
    ),
)


def test_lines_name_the_effects_that_matter():
    head, _, _, first, second = plan_text(PLAN).splitlines()
    assert head == "Seeds to know, at 80% power; noise 5.2 % from replicates, 3 and 5 runs now"
    assert first.split("  ")[0] == "2 % (smallest of interest)"
    assert "94 to 1,338" in first
    assert "11.6 h to 163 h" in first
    assert "$0.56 to $7.83" in first
    assert second.split() == ["10", "%", "(observed)", "4", "1", "—", "—"]


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        (Budget(1.0, 0.1, 0.02), "$1.00 resolves an effect of 10 % or more surely, 2 % at best"),
        (Budget(1.0, None, 0.02), "resolves no effect surely, 2 % at best"),
        (Budget(1.0, None, None), "resolves none of these effects"),
    ],
)
def test_the_last_line_is_what_the_budget_resolves(budget, words):
    assert words in plan_text(replace(PLAN, budget=budget)).splitlines()[-1]


@pytest.mark.parametrize(
    ("decides", "columns"),
    [(False, ("seeds a side", "if seeds are the same")), (True, ("pairs of seeds", "if seeds differ"))],
)
def test_both_numbers_of_seeds_are_told_with_what_they_rest_on(decides, columns):
    pairing = PairedPlan("seed", decides, Interval(0.5, -0.2, 0.9), Interval(0.6, 0.3, 0.8), 7, Noise("history"))
    lines = tuple(replace(line, other_seeds=(9, 31)) for line in PLAN.lines)
    text = plan_text(replace(PLAN, lines=lines, pairing=pairing))
    head, first = text.splitlines()[2], text.splitlines()[3:5]
    assert [word for word in columns if word in head] == list(columns)
    assert all("9 to 31" in line for line in first[1:])
    assert (
        "correlate in these runs by 0.5 (95 %: -0.2 to 0.9), in 7 earlier comparisons by 0.6 (95 %: 0.3 to 0.8)" in text
    )
