"""What it would cost to know, as text."""

from runcompare.comparison.planning import Budget, Plan
from runcompare.reporting.escape import clean
from runcompare.reporting.tables import text_table

__all__ = ["plan_text"]

COLUMNS = ("effect", "seeds a side", "runs missing", "device-hours", "money")


def plan_text(plan: Plan) -> str:
    """The plan's lines as a table, headed by whose noise they go by and followed by what the budget resolves."""
    cv = f"{plan.noise.cv:.1%}" if plan.noise.cv is not None else "?"
    have = " and ".join(map(str, plan.runs))
    head = f"Seeds to know, at {plan.power:.0%} power; noise {cv} from {clean(plan.noise.source)}, {have} runs now"
    rows = [
        (
            _effect(line.effect, plan),
            _range(line.seeds),
            _range(line.missing),
            _range(line.device_hours, "{:.3g} h"),
            _range(line.money, "${:,.2f}"),
        )
        for line in plan.lines
    ]
    budget = ["", _resolved(plan.budget)] if plan.budget else []
    return "\n".join([head, "", text_table(COLUMNS, rows, justify="right").rstrip("\n"), *budget, ""])


def _effect(effect: float, plan: Plan) -> str:
    marks = ["smallest of interest"] if effect == plan.min_effect else []
    marks += ["observed"] if effect == plan.observed else []
    return f"{effect:.3g}" + (f" ({', '.join(marks)})" if marks else "")


def _range(pair: tuple[float, float] | None, form: str = "{:,}") -> str:
    if pair is None:
        return "—"
    low, high = (form.format(x) for x in pair)
    return low if low == high else f"{low} to {high}"


def _resolved(budget: Budget) -> str:
    if budget.at_best is None:
        return f"${budget.amount:,.2f} resolves none of these effects."
    sure = f"an effect of {budget.surely:.3g} or more surely" if budget.surely is not None else "no effect surely"
    return (
        f"${budget.amount:,.2f} resolves {sure}, {budget.at_best:.3g} at best; "
        "below that, knowing costs more than the budget."
    )
