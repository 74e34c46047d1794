"""One line of a ledger, and sums of lines of one run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from runcompare.costs.arithmetic import add, scale
from runcompare.records.figure import Figure

__all__ = ["ADDED", "ENERGIES", "SHARES", "LedgerLine", "added", "sum_lines", "weighted"]

ENERGIES = ("energy", "energy_at_rest", "energy_of_work")
ADDED = ("wall", "device_hours", *ENERGIES, "money", "co2")
SHARES = ("utilisation", "idle")


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A stage's cost, or the run's. Units: wall s, device_hours h, energy kWh, money USD, co2 kg.

    `devices` counts accelerators, or CPU threads where there was no accelerator. `utilisation` and `idle` are shares
    of sampled time. `energy_at_rest` is what the devices would have drawn doing nothing, `energy_of_work` the rest.
    """

    stage: str
    wall: Figure
    device: str
    devices: Figure
    device_hours: Figure
    energy: Figure
    money: Figure
    co2: Figure
    utilisation: Figure
    idle: Figure
    energy_at_rest: Figure
    energy_of_work: Figure


def sum_lines(stage: str, lines: Sequence[LedgerLine], like: LedgerLine, *, lacking: str) -> LedgerLine:
    """The sum of lines of one run under a new name.

    Args:
        stage: the name of the new line.
        lines: what is summed; a single line stays as it is.
        like: a line of the same run, for its devices.
        lacking: the reason that the figures are missing where there are no lines.
    """
    if not lines:
        gone: dict[str, Any] = {name: Figure.missing(lacking, getattr(like, name).unit) for name in (*ADDED, *SHARES)}
        return replace(like, stage=stage, **gone)
    if len(lines) == 1:
        return replace(lines[0], stage=stage)
    sums: dict[str, Any] = {name: added(lines, name) for name in ADDED}
    shares: dict[str, Any] = {name: weighted(lines, name) for name in SHARES}
    return replace(like, stage=stage, **sums, **shares)


def added(lines: Sequence[LedgerLine], name: str) -> Figure:
    """The sum of one figure over lines, with the lines' own source where they share one."""
    figures = [getattr(line, name) for line in lines]
    sources = {f.source for f in figures}
    source = sources.pop() if len(sources) == 1 else " + ".join(line.stage for line in lines)
    return add(figures, figures[0].unit, source)


def weighted(lines: Sequence[LedgerLine], name: str) -> Figure:
    """The mean of a share over the lines that have it, by their time."""
    known = [(getattr(line, name), line.wall.value or 0.0) for line in lines if not getattr(line, name).is_missing]
    weight = sum(w for _, w in known)
    if not weight:
        return Figure.missing("no utilisation samples")
    parts = [scale(figure, w / weight, "") for figure, w in known]
    return add(parts, "", "utilisation samples, by time")
