"""What a group of runs cost: one run of it, and all runs together.

"One run" is the geometric mean over runs, in `runcompare cost` and in reports alike: ratios of costs are ratios of
these means. Geometric means of stages need not add up to that of the run.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from runcompare.costs.arithmetic import add, geometric_mean
from runcompare.costs.ledgers import Ledger, figure_of
from runcompare.costs.lines import ADDED, SHARES, LedgerLine
from runcompare.records.conventions import canonical
from runcompare.records.counted import counted
from runcompare.records.figure import Figure, Provenance

__all__ = ["GroupLedger", "group_ledger", "mean_cost"]


@dataclass(frozen=True, slots=True)
class GroupLedger:
    """`total` is the sum over all `runs`, `stages` the sums by stage; `mean` and `mean_...` are those of one run.

    Stages stand under their one name. A stage that a run does not have costs it nothing, and its mean is over the runs
    that have it. `device` and `devices` are the first run's.
    """

    runs: int
    stages: tuple[LedgerLine, ...]
    total: LedgerLine
    mean_stages: tuple[LedgerLine, ...]
    mean: LedgerLine
    mean_train: LedgerLine
    mean_eval: LedgerLine
    notes: tuple[str, ...] = ()


def group_ledger(ledgers: Sequence[Ledger]) -> GroupLedger:
    """The sum, and the geometric mean over runs. Raises ValueError unless there is a ledger."""
    if not ledgers:
        raise ValueError("a group has at least one ledger")
    names = dict.fromkeys(canonical(line.stage) for x in ledgers for line in x.lines)
    stages = [[x.stage(name) for x in ledgers] for name in names]
    totals = [x.total for x in ledgers]
    return GroupLedger(
        runs=len(ledgers),
        stages=tuple(_sum([line for line in lines if not line.wall.is_missing] or lines) for lines in stages),
        total=_sum(totals),
        mean_stages=tuple(map(_mean, stages)),
        mean=_mean(totals),
        mean_train=_mean([x.train for x in ledgers]),
        mean_eval=_mean([x.eval for x in ledgers]),
        notes=_notes(ledgers),
    )


def mean_cost(ledgers: Sequence[Ledger], field: str, stage: str | None = None) -> Figure:
    """One figure of `group_ledger`'s mean run; `field` and `stage` are those of `figure_of`.

    Runs that lack the figure are left out and counted in the source; missing if all lack it, or if there are no runs.
    """
    figures = [figure_of(x, field, stage) for x in ledgers]
    return geometric_mean(figures, _sources(figures)) if figures else Figure.missing("no run")


def _notes(ledgers: Sequence[Ledger]) -> tuple[str, ...]:
    notes = [f"{x.run_id}: {note}" for x in ledgers for note in x.notes]
    kinds = sorted({x.total.device for x in ledgers})
    return (*notes, *([f"the runs ran on different devices: {', '.join(kinds)}"] if len(kinds) > 1 else []))


def _sum(lines: Sequence[LedgerLine]) -> LedgerLine:
    """The sum of the same line over runs."""
    if len(lines) == 1:
        return lines[0]
    figures = {name: [getattr(line, name) for line in lines] for name in ADDED}
    sums: dict[str, Any] = {
        name: add(parts, parts[0].unit, f"sum over {len(lines)} runs: {_sources(parts)}")
        for name, parts in figures.items()
    }
    return replace(lines[0], **sums, **_mean_shares(lines))


def _mean(lines: Sequence[LedgerLine]) -> LedgerLine:
    """The geometric mean of the same line over runs."""
    if len(lines) == 1:
        return lines[0]
    figures = {name: [getattr(line, name) for line in lines] for name in ADDED}
    means: dict[str, Any] = {name: geometric_mean(parts, _sources(parts)) for name, parts in figures.items()}
    return replace(lines[0], **means, **_mean_shares(lines))


def _mean_shares(lines: Sequence[LedgerLine]) -> dict[str, Any]:
    return {name: _mean_share([getattr(line, name) for line in lines]) for name in SHARES}


def _mean_share(shares: Sequence[Figure]) -> Figure:
    """The mean over the runs that have the share."""
    known = [f.value for f in shares if f.value is not None]
    if not known:
        return shares[0]
    return Figure(
        sum(known) / len(known), provenance=Provenance.DERIVED, source=f"mean of {counted(len(known), 'run')}"
    )


def _sources(figures: Sequence[Figure]) -> str:
    """Where the known figures come from."""
    sources = list(dict.fromkeys(f.source for f in figures if not f.is_missing))
    return " and ".join([*sources[:1], *([f"{len(sources) - 1} more"] if len(sources) > 1 else [])])
