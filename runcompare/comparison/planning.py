"""What it would cost to know: seeds, device-hours and money for a range of effects, and what a budget could resolve."""

import math
from dataclasses import dataclass

from rich.table import Table

from runcompare import stats
from runcompare.comparison.model import Comparison, Row
from runcompare.errors import DataError

__all__ = ["PlanLine", "plan_lines", "plan_table", "within_budget"]

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


def plan_table(c: Comparison, power: float, budget: float | None) -> Table:
    """The lines as a table; the title says whose noise it is, the caption what a budget buys."""
    lines = plan_lines(c, power)
    noise = c.quality.test.noise if c.quality.test else None
    assert noise is not None
    cv = f"{noise.cv:.1%}" if noise.cv is not None else "?"
    have = f"{c.quality.candidate.n} and {c.quality.baseline.n} runs now"
    title = f"Seeds to know, at {power:.0%} power; noise {cv} from {noise.source}, {have}"
    table = Table(title=title, caption=_caption(lines, budget))
    for column in ("effect", "seeds a side", "runs missing", "device-hours", "money"):
        table.add_column(column, justify="right")
    for line in lines:
        marks = [m for m, e in (("smallest of interest", c.options.min_effect),) if e == line.effect]
        marks += ["observed"] if c.quality.ratio and line.effect == abs(c.quality.ratio - 1) else []
        note = f" ({', '.join(marks)})" if marks else ""
        hours = _range(line.device_hours, "{:.3g} h")
        table.add_row(
            f"{line.effect:.3g}{note}", _range(line.seeds), _range(line.missing), hours, _range(line.money, "${:,.2f}")
        )
    return table


def _range(pair: tuple[float, float] | None, form: str = "{:,}") -> str:
    if pair is None:
        return "—"
    low, high = (form.format(x) for x in pair)
    return low if low == high else f"{low} to {high}"


def _caption(lines: list[PlanLine], budget: float | None) -> str | None:
    if budget is None:
        return None
    surely, maybe = within_budget(lines, budget)
    if maybe is None:
        return f"${budget:,.2f} resolves none of these effects."
    sure = f"an effect of {surely:.3g} or more surely" if surely is not None else "no effect surely"
    return f"${budget:,.2f} resolves {sure}, {maybe:.3g} at best; below that, knowing costs more than the budget."
