"""What it would cost to know, as a table."""

from rich.table import Table

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.planning import PlanLine, plan_lines, within_budget

__all__ = ["plan_table"]


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
