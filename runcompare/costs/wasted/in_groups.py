"""What groups of runs paid for beyond need: test-time search past the point where the error stopped moving, and seeds
past the one that decided.

- A search that gained nothing beyond noise, or made it worse, was not needed at all.
- Of groups that differ in search only, the one with the fewest evaluations within noise of the best is the plateau;
  what the others searched longer than it was not needed.
- Seeds count in the order that they started in.

Noise: the 95 % interval over runs, paired by seed where both groups ran the same ones; a group of fewer than three runs
is within noise of the best only if it is the best.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from runcompare.costs.arithmetic import multiply
from runcompare.costs.durations.stages import is_eval
from runcompare.costs.ledgers import Ledger
from runcompare.costs.wasted.in_run import Waste
from runcompare.costs.wasted.search import FEWEST, Search, gain_of, read_search, same_but_for_search
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Run
from runcompare.stats.intervals import mean_interval, welch_interval

__all__ = ["by_start", "search_waste", "seed_waste"]

Sides = Mapping[str, Sequence[Search]]


def by_start(runs: Sequence[Run]) -> list[Run]:
    """The runs in the order that they started in; those whose start is not known last, as they came."""
    return sorted(runs, key=lambda r: start if (start := _start(r)) is not None else math.inf)


def _start(run: Run) -> float | None:
    return min((a.started_at for a in run.attempts), default=run.info.started_at)


def search_waste(runs: Mapping[str, Sequence[Run]], ledgers: Mapping[str, Sequence[Ledger]]) -> dict[str, list[Waste]]:
    """What each run searched without need.

    Args:
        runs: the runs by group's label.
        ledgers: those of the runs, in their order, by the same labels.

    Returns:
        By label: the whole search where it gained nothing, else what it took beyond the plateau.
    """
    sides = {
        label: [s for run, x in zip(side, ledgers[label], strict=True) if (s := read_search(run, x)) is not None]
        for label, side in runs.items()
    }
    found = {label: _for_nothing(side) for label, side in sides.items()}
    for label, parts in _beyond_plateau(sides).items():
        found[label] = found[label] or parts
    return found


def _for_nothing(side: Sequence[Search]) -> list[Waste]:
    searched = [s for s in side if s.seconds.value != 0]
    if not searched:
        return []
    gain = gain_of(searched)
    if gain.shown is not False:
        return []
    return [_search_waste("search that gained nothing", s, s.seconds, gain.evidence) for s in searched]


def _beyond_plateau(sides: Sides) -> dict[str, list[Waste]]:
    families: dict[object, list[str]] = {}
    for label, side in sides.items():
        kinds = {same_but_for_search(s.run) for s in side}
        if len(kinds) == 1 and (kind := kinds.pop()):
            families.setdefault(kind, []).append(label)
    found: dict[str, list[Waste]] = {}
    for labels in families.values():
        ordered = sorted(labels, key=lambda name: _evaluations(sides[name]))
        best = min(labels, key=lambda name: fmean(s.searched for s in sides[name]))
        plateau = next(name for name in ordered if name == best or _within_noise(sides[name], sides[best]))
        for label in ordered[ordered.index(plateau) + 1 :]:
            if _evaluations(sides[label]) > _evaluations(sides[plateau]):
                found[label] = [_longer_than(s, sides[plateau], plateau) for s in sides[label]]
    return found


def _evaluations(side: Sequence[Search]) -> float:
    return fmean(s.evaluations for s in side)


def _within_noise(side: Sequence[Search], best: Sequence[Search]) -> bool:
    """Whether nothing shows that the side is worse than the best one."""
    if min(len(side), len(best)) < FEWEST:
        return False
    logs = [[math.log(s.searched) for s in group] for group in (side, best)]
    seeds = [[s.run.seed for s in group] for group in (side, best)]
    if None not in seeds[0] and len(set(seeds[0])) == len(seeds[0]) and set(seeds[0]) == set(seeds[1]):
        other = dict(zip(seeds[1], logs[1], strict=True))
        return mean_interval([x - other[seed] for seed, x in zip(seeds[0], logs[0], strict=True)]).low <= 0
    return welch_interval(logs[0], logs[1]).low <= 0


def _longer_than(search: Search, plateau: Sequence[Search], name: str) -> Waste:
    evidence = (
        f"{name} is within noise of the best of these groups with {_evaluations(plateau):.4g} evaluations, "
        f"not {search.evaluations:.4g}"
    )
    enough = [s.seconds.mid for s in plateau if s.seconds.mid is not None]
    if search.seconds.mid is None or len(enough) < len(plateau):
        seconds = Figure.missing("the time of the search is not known", "s")
    else:
        more = max(0.0, search.seconds.mid - fmean(enough))
        known = Provenance.weakest(search.seconds.provenance, *(s.seconds.provenance for s in plateau))
        seconds = Figure(more, "s", provenance=known, source=f"{search.seconds.source} less that of {name}")
    return _search_waste("search beyond the plateau", search, seconds, evidence)


def _search_waste(what: str, search: Search, seconds: Figure, evidence: str) -> Waste:
    ledger = search.ledger
    line = next((x for x in ledger.lines if is_eval(x.stage)), ledger.total)
    whole = line.wall.mid
    if seconds.value is not None and whole is not None:
        seconds = replace(seconds, value=min(seconds.value, whole))
    share = min(1.0, (seconds.mid or 0.0) / whole) if whole else 0.0
    hours = multiply(seconds, ledger.total.devices, "h", f"{seconds.source} x devices", factor=1 / 3600)
    money = multiply(hours, ledger.price, "USD", f"device-hours x {ledger.price.source}")
    return Waste(what, line.stage, share, seconds, hours, money, evidence, search.run.id)


def seed_waste(runs: Sequence[Run], ledgers: Sequence[Ledger], enough: int) -> list[Waste]:
    """The runs that started after the first `enough`, whole: all of them could have been left out.

    Args:
        runs: the runs of one group.
        ledgers: those of the runs, in their order.
        enough: how many runs decided.

    Raises:
        ValueError: for `enough` below 0.
    """
    if enough < 0:
        raise ValueError(f"enough seeds are 0 or more, got {enough}")
    costs = {id(run): ledger for run, ledger in zip(runs, ledgers, strict=True)}
    if len(runs) > enough and any(_start(run) is None for run in runs):
        lost = Figure.missing("a run's start is not known, so neither is which came last")
        evidence = f"decided after {enough} of {len(runs)} seeds; {lost.source}"
        wall, hours, money = (replace(lost, unit=unit) for unit in ("s", "h", "USD"))
        return [Waste("seeds beyond the decision", "total", 1.0, wall, hours, money, evidence)]
    beyond = by_start(runs)[enough:]
    evidence = f"decided after the first {enough} of {len(runs)} seeds by start"
    totals = [(run, costs[id(run)].total) for run in beyond]
    return [
        Waste("seeds beyond the decision", "total", 1.0, x.wall, x.device_hours, x.money, evidence, run.id)
        for run, x in totals
    ]
