"""What it would cost to know, as text."""

from runcompare.comparison.model import Interval
from runcompare.comparison.planning import Budget, PairedPlan, Plan
from runcompare.reporting import numbers
from runcompare.reporting.escape import clean
from runcompare.reporting.tables import text_table
from runcompare.reporting.words import size

__all__ = ["plan_text"]

COLUMNS = ("effect", "seeds a side", "runs missing", "device-hours", "money")
PAIRS, APART = "pairs of seeds", "if seeds differ"  # the columns of a plan in pairs
SAME = "if seeds are the same"  # on both sides, of a plan without pairs


def plan_text(plan: Plan) -> str:
    """The plan's lines as a table, headed by whose noise they go by and followed by what the budget resolves."""
    relative = plan.metric.scale == "log" and plan.noise.cv is not None
    noise = numbers.share(plan.noise.cv) if relative else size(plan.noise.shown, plan.metric)
    have = " and ".join(map(str, plan.runs))
    head = f"Seeds to know, at {plan.power:.0%} power; noise {noise} from {_source(plan)}, {have} runs now"
    paired = plan.pairing is not None and plan.pairing.decides
    seeds = (PAIRS if paired else COLUMNS[1], *([APART if paired else SAME] if plan.pairing else []))
    rows = [
        (
            _effect(line.effect, plan),
            _range(line.seeds),
            *([_range(line.other_seeds)] if plan.pairing else []),
            _range(line.missing),
            _range(line.device_hours, "{:.3g} h"),
            _range(line.money, "${:,.2f}"),
        )
        for line in plan.lines
    ]
    budget = ["", _resolved(plan.budget, plan)] if plan.budget else []
    columns = (COLUMNS[0], *seeds, *COLUMNS[2:])
    shared = _shared(plan.pairing) if plan.pairing else []
    return "\n".join([head, "", text_table(columns, rows, justify="right").rstrip("\n"), *budget, *shared, ""])


def _shared(pairing: PairedPlan) -> list[str]:
    """What the columns of seeds rest on: how much pairs share, and how well that is known."""
    told = [f"in these runs by {_rho(pairing.shared)}"] if pairing.shared else []
    told += [f"in {pairing.groups} earlier comparisons by {_rho(pairing.earlier)}"] if pairing.earlier else []
    known = f"Pairs by {clean(pairing.by)} correlate {', '.join(told)}. " if told else ""
    return ["", f"{known}Ranges of seeds: four times in five the noise lies in what they allow for."]


def _rho(found: Interval) -> str:
    return f"{numbers.number(found.value, 2)} (95 %: {numbers.number(found.low, 2)} to {numbers.number(found.high, 2)})"


def _source(plan: Plan) -> str:
    return "other people's runs (assumed)" if plan.noise.source == "library" else clean(plan.noise.source)


def _effect(effect: float, plan: Plan) -> str:
    marks = ["smallest of interest"] if effect == plan.min_effect else []
    marks += ["observed"] if effect == plan.observed else []
    return size(effect, plan.metric) + (f" ({', '.join(marks)})" if marks else "")


def _range(pair: tuple[float, float] | None, form: str = "{:,}") -> str:
    if pair is None:
        return "—"
    low, high = (form.format(x) for x in pair)
    return low if low == high else f"{low} to {high}"


def _resolved(budget: Budget, plan: Plan) -> str:
    if budget.at_best is None:
        return f"${budget.amount:,.2f} resolves none of these effects."
    sure = (
        f"an effect of {size(budget.surely, plan.metric)} or more surely"
        if budget.surely is not None
        else "no effect surely"
    )
    return (
        f"${budget.amount:,.2f} resolves {sure}, {size(budget.at_best, plan.metric)} at best; "
        "below that, knowing costs more than the budget."
    )
