"""Cost against quality for `runcompare cost`: at equal quality, to a target, and who is worth it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from runcompare.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from runcompare.costs import Ledger, PriceBook, Waste
    from runcompare.records.run import Group

if TYPE_CHECKING:
    from runcompare.costs import Choice, IsoQuality, Ledger, PriceBook, TargetCost
    from runcompare.records.run import Group

__all__ = ["all_waste", "at_equal_quality", "by_metric"]


def at_equal_quality(groups: "Mapping[str, Group]", metric: str | None, book: "PriceBook") -> "list[IsoQuality]":
    """All but the last group with the last, by `metric` or what both sides are judged by; pairs that share no metric
    are left out."""
    from runcompare.costs import iso_quality
    from runcompare.metrics.primary import find_metric

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
    from runcompare.costs import Choice, cost_to_target, final_value, frontier
    from runcompare.metrics.metric import describe

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


def all_waste(
    groups: "Mapping[str, Group]", ledgers: "Mapping[str, Sequence[Ledger]]", metric: str | None, book: "PriceBook"
) -> "dict[str, list[Waste]]":
    """By group: epochs after the best, idle devices, search without gain, and seeds beyond the decision."""
    from runcompare.costs import search_waste, waste

    searched = search_waste({name: group.runs for name, group in groups.items()}, ledgers)
    seeds = _seeds(groups, ledgers, metric)
    return {
        name: [*(w for run in group.runs for w in waste(run, book)), *searched[name], *seeds.get(name, ())]
        for name, group in groups.items()
    }


def _seeds(
    groups: "Mapping[str, Group]", ledgers: "Mapping[str, Sequence[Ledger]]", metric: str | None
) -> "dict[str, list[Waste]]":
    """Seeds after the look that decided between each group and the last, which needed as many as its closest case."""
    from runcompare.costs import seed_waste
    from runcompare.costs.wasted.seeds import seeds_to_decide
    from runcompare.metrics.primary import find_metric

    *others, last = groups
    needed: dict[str, int] = {}
    for name in others:
        try:
            judged = find_metric(groups[name], groups[last], metric)
        except UsageError:
            return {}
        enough = seeds_to_decide(groups[name].runs, groups[last].runs, judged)
        needed[name], base = enough or (len(groups[name]), len(groups[last]))
        needed[last] = max(base, needed.get(last, 0))
    return {name: seed_waste(groups[name].runs, ledgers[name], enough) for name, enough in needed.items()}
