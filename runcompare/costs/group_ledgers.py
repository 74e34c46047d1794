"""What a group of runs cost: a mean run, and all runs together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from runcompare.costs.arithmetic import add, scale
from runcompare.costs.ledgers import Ledger, LedgerLine
from runcompare.records.figure import Figure, Provenance

__all__ = ["GroupLedger", "group_ledger"]

_ADDED = ("wall", "device_hours", "energy", "energy_at_rest", "energy_of_work", "money", "co2")
_SHARES = ("utilisation", "idle")


@dataclass(frozen=True, slots=True)
class GroupLedger:
    """`total` is the sum over all `runs`, `stages` the sums by stage; `mean` and `mean_stages` are those of one run.

    A stage that a run does not have costs it nothing. `device` and `devices` are the first run's.
    """

    runs: int
    stages: tuple[LedgerLine, ...]
    total: LedgerLine
    mean_stages: tuple[LedgerLine, ...]
    mean: LedgerLine
    notes: tuple[str, ...] = ()


def group_ledger(ledgers: Sequence[Ledger]) -> GroupLedger:
    """The sum and the mean of at least one run's ledger. Raises ValueError for none."""
    if not ledgers:
        raise ValueError("a group has at least one ledger")
    names = list(dict.fromkeys(line.stage for x in ledgers for line in x.lines))
    by_stage = {name: [line for x in ledgers for line in x.lines if line.stage == name] for name in names}
    stages = tuple(_over(name, lines) for name, lines in by_stage.items())
    total = _over("total", [x.total for x in ledgers])
    n = len(ledgers)
    notes = [f"{x.run_id}: {note}" for x in ledgers for note in x.notes]
    kinds = {x.total.device for x in ledgers}
    if len(kinds) > 1:
        notes.append(f"the runs ran on different devices: {', '.join(sorted(kinds))}")
    return GroupLedger(n, stages, total, tuple(_mean(s, n) for s in stages), _mean(total, n), tuple(notes))


def _over(stage: str, lines: Sequence[LedgerLine]) -> LedgerLine:
    """The sum of the same line over runs; shares are means over the runs that have them."""
    sums: dict[str, Any] = {
        name: add([getattr(x, name) for x in lines], getattr(lines[0], name).unit, _source(lines, name))
        for name in _ADDED
    }
    shares: dict[str, Any] = {name: _mean_share([getattr(x, name) for x in lines]) for name in _SHARES}
    return replace(lines[0], stage=stage, **sums, **shares)


def _source(lines: Sequence[LedgerLine], name: str) -> str:
    sources = list(dict.fromkeys(getattr(x, name).source for x in lines))
    how = sources[0] if len(sources) == 1 else f"{sources[0]} and {len(sources) - 1} more"
    return how if len(lines) == 1 else f"sum over {len(lines)} runs: {how}"


def _mean(line: LedgerLine, n: int) -> LedgerLine:
    if n == 1:
        return line
    means: dict[str, Any] = {
        name: scale(getattr(line, name), 1 / n, getattr(line, name).source.replace("sum over", "mean of", 1))
        for name in _ADDED
    }
    return replace(line, **means)


def _mean_share(shares: Sequence[Figure]) -> Figure:
    known = [f.value for f in shares if f.value is not None]
    if not known:
        return shares[0]
    return Figure(sum(known) / len(known), provenance=Provenance.DERIVED, source=f"mean of {len(known)} run(s)")
