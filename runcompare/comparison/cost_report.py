"""Cost against quality for `runcompare cost`: at equal quality, to a target, and who is worth it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runcompare.errors import DataError, UsageError, did_you_mean
from runcompare.reporting import numbers
from runcompare.reporting.costs import median, table
from runcompare.reporting.escape import clean

if TYPE_CHECKING:
    from runcompare.costs import Arrival, Choice, IsoQuality, Ledger, PriceBook, TargetCost
    from runcompare.records.run import Group

__all__ = [
    "COST_AXIS",
    "at_equal_quality",
    "by_metric",
    "draw",
    "frontier_text",
    "iso_text",
    "target_text",
]

COST_AXIS = "device-hours a run"


def at_equal_quality(groups: "Mapping[str, Group]", metric: str | None, book: "PriceBook") -> "list[IsoQuality]":
    """All but the last group with the last, by `metric` or what both sides are judged by; pairs that share no metric
    are left out."""
    from runcompare.comparison.samples import find_metric
    from runcompare.costs import iso_quality

    *others, last = groups
    found = []
    for name in others:
        try:
            judged = find_metric(groups[name], groups[last], metric)
        except UsageError:
            continue
        sides = {name: groups[name].runs, last: groups[last].runs}
        equal = iso_quality(sides, judged.key, book, higher_is_better=judged.higher_is_better)
        found += [equal] if equal is not None else []
    return found


def by_metric(
    groups: "Mapping[str, Group]",
    ledgers: "Mapping[str, Sequence[Ledger]]",
    metric: str,
    target: float | None,
    book: "PriceBook",
) -> "tuple[dict[str, TargetCost], Sequence[Choice]]":
    """Cost to the target by group, and the groups by cost and quality."""
    from runcompare.comparison.samples import describe
    from runcompare.costs import Choice, cost_to_target, final_value, frontier

    higher = describe(metric).higher_is_better
    last = list(groups)[-1]
    finals = {name: final_value(group.runs, metric) for name, group in groups.items()}
    aim = target if target is not None else finals[last]
    if aim is None:
        known = sorted({k for group in groups.values() for run in group.runs for k in (*run.summary, *run.figures)})
        raise UsageError(f"No run of {last} has '{metric}'.", hint=did_you_mean(metric, known) or "Give --target.")
    reached = {
        name: cost_to_target(group.runs, metric, aim, book, higher_is_better=higher) for name, group in groups.items()
    }
    hours = {name: [m for x in side if (m := x.total.device_hours.mid) is not None] for name, side in ledgers.items()}
    points = [
        Choice(name, sum(hours[name]) / len(hours[name]), final)
        for name, final in finals.items()
        if final is not None and hours[name]
    ]
    choices = frontier(points, higher_is_better=higher)
    return reached, choices


def draw(
    choices: "Sequence[Choice]",
    groups: "Mapping[str, Group]",
    ledgers: "Mapping[str, Sequence[Ledger]]",
    metric: str,
    path: Path,
) -> None:
    """Write the picture. Raises DataError if it can't be written."""
    from runcompare.costs import draw_frontier, final_value

    seeds: dict[str, list[tuple[float, float]]] = {}
    for name, group in groups.items():
        for run, costs in zip(group.runs, ledgers[name], strict=True):
            hours, final = costs.total.device_hours.mid, final_value([run], metric)
            if hours is not None and final is not None:
                seeds.setdefault(name, []).append((hours, final))
    try:
        draw_frontier(choices, seeds, path, cost=COST_AXIS, metric=metric)
    except OSError as error:
        raise DataError(f"Can't write {path}: {error.strerror}.", hint="Choose another --plot.") from None


def iso_text(equal: "IsoQuality") -> str:
    """What each side took to reach what the worse side ended with."""
    head = (
        f"at equal quality: to reach {clean(equal.key)} {numbers.number(equal.target)}, where {clean(equal.worse)} "
        "ended on average; median over seeds (95 % interval)"
    )
    first, second = equal.sides
    by = f"  {clean(first)} over {clean(second)}: "
    by += f"{numbers.times(equal.times.value)}, {equal.times.provenance}: {clean(equal.times.source)}"
    return _arrivals_text(head, equal.sides, [] if equal.times.is_missing else [by])


def target_text(found: Mapping[str, "TargetCost"]) -> str:
    """What it took each group to first reach the target."""
    first = next(iter(found.values()))
    head = f"to reach {clean(first.key)} {numbers.number(first.target)}, median over seeds (95 % interval)"
    return _arrivals_text(head, found, [])


def _arrivals_text(head: str, found: Mapping[str, "TargetCost"], more: Sequence[str]) -> str:
    rows = [
        [label, _count(t), *(median(f) for f in (t.time, t.device_hours, t.money)), str(t.time.provenance)]
        for label, t in found.items()
    ]
    short = [f"  {clean(label)} censored: {_censored(t.arrivals)}" for label, t in found.items() if _short(t.arrivals)]
    unknown = [f"  {clean(label)}: {clean(t.time.source)}" for label, t in found.items() if t.time.is_missing]
    notes = [f"  note: {clean(label)}: {clean(note)}" for label, t in found.items() for note in t.notes]
    body = table(["", "reached it", "time", "device-hours", "money", ""], rows)
    return "\n".join([head, "", body, *more, *short, *unknown, *notes, ""])


def _count(found: "TargetCost") -> str:
    return f"{found.reached} of {len(found.arrivals)}"


def _short(arrivals: "Sequence[Arrival]") -> "list[Arrival]":
    return [a for a in arrivals if not a.reached]


def _censored(arrivals: "Sequence[Arrival]") -> str:
    """The runs that ended short, each with what it had taken by then."""
    return ", ".join(f"{clean(a.run_id)} after {numbers.duration(a.seconds)}" for a in _short(arrivals))


def frontier_text(choices: Sequence["Choice"], cost: str, metric: str) -> str:
    """Groups by cost, with who beats whom."""
    rows = [
        [
            c.label,
            numbers.number(c.cost),
            numbers.number(c.quality),
            "" if c.on_frontier else f"beaten by {c.beaten_by}",
        ]
        for c in choices
    ]
    return "\n".join(["cost and quality, cheapest first", "", table(["", cost, metric, ""], rows), ""])
