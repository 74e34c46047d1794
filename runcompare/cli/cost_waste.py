"""What `runcompare cost` shows of money that brought nothing."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from runcompare.errors import UsageError
from runcompare.records.figure import Figure, Provenance
from runcompare.reporting import numbers
from runcompare.reporting.costs import table

if TYPE_CHECKING:
    from runcompare.costs import Ledger, PriceBook, Waste
    from runcompare.records.run import Group

__all__ = ["all_waste", "waste_text"]


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
    from runcompare.comparison.samples import find_metric
    from runcompare.costs import seed_waste
    from runcompare.costs.wasted.seeds import seeds_to_decide

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


def waste_text(found: "Mapping[str, Sequence[Waste]]") -> str:
    """Per group, what its runs paid for that brought nothing: sums over runs."""
    rows = []
    for label, parts in found.items():
        for what, stage in dict.fromkeys((w.what, w.stage) for w in parts):
            same = [w for w in parts if (w.what, w.stage) == (what, stage)]
            seconds, dollars = ([getattr(w, n) for w in same] for n in ("wall", "money"))
            sample = f"{len(same)} run(s); {same[0].evidence}"
            rows.append([label, what, stage, _sum(seconds), _sum(dollars), sample])
    head = "spent without gain, at most; lines may overlap"
    return "\n".join([head, "", table(["", "on", "stage", "time", "money", "seen"], rows), ""])


def _sum(figures: Sequence[Figure]) -> str:
    """With its provenance; missing as soon as one part is."""
    mids = [f.mid for f in figures]
    known = [m for m in mids if m is not None]
    if len(known) < len(mids):
        return f"{numbers.MISSING} ({Provenance.MISSING})"
    weakest = max((f.provenance for f in figures), key=lambda p: p.rank)
    return f"{numbers.quantity(sum(known), figures[0].unit)} ({weakest})"
