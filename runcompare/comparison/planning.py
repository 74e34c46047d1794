"""What it would cost to know: seeds, device-hours and money for a range of effects, and what a budget could resolve."""

import math
from dataclasses import dataclass

from runcompare import stats
from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Row
from runcompare.errors import DataError

__all__ = ["PlanLine", "plan_lines", "within_budget"]

EFFECTS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


@dataclass(frozen=True, slots=True)
class PlanLine:
    """To see a true relative `effect`: seeds a side, runs still missing, and their cost, from least to most.

    Costs are None where a run's cost is not known on both sides.
    """

    effect: float
    seeds: tuple[int, int]
    missing: tuple[int, int]
    device_hours: tuple[float, float] | None
    money: tuple[float, float] | None


def plan_lines(c: Comparison, power: float = 0.8) -> list[PlanLine]:
    """Lines for common effects, the smallest effect of interest and the observed one, in rising order.

    Raises DataError if nothing is known of the noise, or if the metric is not on the log scale.
    """
    noise = _noise(c)
    observed = abs(c.quality.ratio - 1) if c.quality.ratio else None
    wanted = sorted({*EFFECTS, c.options.min_effect, *([observed] if observed else [])})
    lines = [_line(c, effect, noise, power) for effect in wanted]
    return [line for line in lines if line is not None]


def _noise(c: Comparison) -> tuple[float, float]:
    test = c.quality.test
    if test is None or test.noise.sd is None:
        raise DataError(
            "Nothing is known of the noise, so the price of knowing isn't either.",
            hint="Run a second seed of one side, name a replicated group with --noise-from, or state --noise-cv.",
        )
    if c.quality.metric.scale != "log":
        raise DataError(f"'{c.quality.metric.key}' is not on the log scale; relative effects can't be planned for it.")
    return test.noise.sd, test.noise.df or math.inf


def _line(c: Comparison, effect: float, noise: tuple[float, float], power: float) -> PlanLine | None:
    have = c.quality.candidate.n, c.quality.baseline.n
    hours, money = (_cost_per_run(c, key) for key in ("cost/device_hours", "cost/money"))
    plans = [
        stats.plan(
            math.log1p(effect), *noise, have=have, cost_per_run=cost or (0.0, 0.0), power=power, alpha=c.options.alpha
        )
        for cost in (hours, money)
    ]
    if plans[0] is None or plans[1] is None:
        return None
    seeds, missing = plans[0].seeds, plans[0].missing
    return PlanLine(
        effect,
        (seeds.low, seeds.high),
        (missing.low, missing.high),
        plans[0].cost if hours else None,
        plans[1].cost if money else None,
    )


def _cost_per_run(c: Comparison, key: str) -> tuple[float, float] | None:
    row: Row | None = next((r for r in c.cost if r.metric.key == key), None)
    if row is None or row.candidate.center is None or row.baseline.center is None:
        return None
    return row.candidate.center, row.baseline.center


def within_budget(lines: list[PlanLine], budget: float) -> tuple[float | None, float | None]:
    """The smallest effect that the money surely resolves, and the smallest that it may; None if it is none of them.

    Below the second, knowing is not to be had for this money.
    """
    surely = [line.effect for line in lines if line.money is not None and line.money[1] <= budget]
    maybe = [line.effect for line in lines if line.money is not None and line.money[0] <= budget]
    return min(surely, default=None), min(maybe, default=None)
