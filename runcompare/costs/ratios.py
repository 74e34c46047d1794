"""How many times as expensive: the ratio of two groups' costs, with a confidence interval over runs.

A cost is positive, so a group's cost is the geometric mean over its runs, the ratio is that of these means, and its
interval is Welch's on the logarithms (Welch 1947; `stats.intervals`). What a device-hour is charged at, what it draws,
and the number of devices are constants that cancel where both sides share them: the ratio of money is then that of
time, to the last digit.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from runcompare.costs.arithmetic import geometric_mean
from runcompare.costs.ledgers import FIELDS, Ledger, figure_of
from runcompare.records.figure import Figure, Provenance
from runcompare.stats.intervals import ALPHA, welch_interval

__all__ = ["FIELDS", "ratio"]


def ratio(
    candidate: Sequence[Ledger],
    baseline: Sequence[Ledger],
    field: str,
    *,
    stage: str | None = None,
    alpha: float = ALPHA,
) -> Figure:
    """Candidate over baseline of one cost, over the runs of each side that have it.

    Args:
        candidate: ledgers of the first side's runs.
        baseline: ledgers of the second side's runs.
        field: `wall`, `device_hours`, `energy`, `money` or `co2`; of the whole run, unless `train.` or `eval.` stands
            before it.
        stage: the one name of a stage, for the cost of that stage.
        alpha: 1 - the level of confidence.

    Returns:
        The ratio. `low` and `high` bound it where a cost is only known as a range; else they are the interval over
        runs, which needs two different values a side, and None without. Missing where no run of a side has the cost,
        or where a cost is 0.

    Raises:
        UsageError: for an unknown field.
    """
    new, old = ([x for x in side if not figure_of(x, field, stage).is_missing] for side in (candidate, baseline))
    for known, side in ((new, candidate), (old, baseline)):
        if not known:
            return Figure.missing(figure_of(side[0], field, stage).source if side else "no run on one side")
    shared = _cancelling([*new, *old], field)
    sides = [[figure_of(x, shared.field, stage) for x in side] for side in (new, old)]
    if not all((mid := f.mid) and 0 < mid < math.inf for side in sides for f in side):
        return Figure.missing("a run's figure is not a finite number above 0")
    means = [geometric_mean(side, "") for side in sides]
    bounds = _bounds(sides, means, alpha)
    strong = [figure_of(x, shared.strength, stage).provenance for x in (*new, *old)]
    source = "; ".join(filter(None, (_over((new, candidate), (old, baseline)), bounds.how, shared.how)))
    value = (means[0].mid or 0.0) / (means[1].mid or 1.0)
    return Figure(value, "x", bounds.low, bounds.high, Provenance.weakest(*strong), source)


def _over(*sides: tuple[Sequence[Ledger], Sequence[Ledger]]) -> str:
    """What the ratio is made of: for each side the runs that have the cost, of all runs."""
    if all(len(known) == len(runs) == 1 for known, runs in sides):
        return "one run a side"
    counts = [f"{len(known)} of {len(runs)}" if len(known) < len(runs) else str(len(runs)) for known, runs in sides]
    return f"geometric means over {' and '.join(counts)} runs"


class _Shared(NamedTuple):
    """The field that the ratio is computed from, and the one whose provenance it has: less what cancels."""

    field: str
    strength: str
    how: str = ""


def _cancelling(ledgers: Sequence[Ledger], field: str) -> _Shared:
    part, _, name = field.rpartition(".")
    strength, cancelled = name, []
    for product, basis, constant, rate in _PRODUCTS:
        if name == product and len({rate(x) for x in ledgers}) == 1:
            name = strength = basis
            cancelled.append(constant)
    how = f"the same {' and '.join(cancelled)} on both sides cancels" if cancelled else ""
    if name == "device_hours" and len({x.total.devices.mid for x in ledgers}) == 1:
        name = "wall"  # the count may be assumed, each on its own: the provenance stays that of device-hours
    before = f"{part}." if part else ""
    return _Shared(before + name, before + strength, how)


def _grid(ledger: Ledger) -> object:
    return ledger.total.co2.source


def _price(ledger: Ledger) -> object:
    """What a device-hour was charged at; a ledger of its own where the cost was stated."""
    return ledger.price if ledger.total.money.provenance is Provenance.ASSUMED else ledger.run_id


def _power(ledger: Ledger) -> object:
    """The range of power of a device; a ledger of its own where energy was measured or stated."""
    energy = ledger.total.energy
    return (ledger.total.device, energy.source) if energy.value is None else ledger.run_id


class _Product(NamedTuple):
    """A cost that is another one times a constant, and what that constant is for a run."""

    field: str
    basis: str
    constant: str
    of: Callable[[Ledger], object]


_PRODUCTS = (
    _Product("co2", "energy", "grid", _grid),
    _Product("energy", "device_hours", "power range", _power),
    _Product("money", "device_hours", "price", _price),
)


class _Bounds(NamedTuple):
    low: float | None
    high: float | None
    how: str = ""


def _bounds(sides: Sequence[Sequence[Figure]], means: Sequence[Figure], alpha: float) -> _Bounds:
    new, old = means
    if new.value is None or old.value is None:
        (new_low, new_high), (old_low, old_high) = (
            (m.value, m.value) if m.value is not None else (m.low, m.high) for m in means
        )
        if new_low is None or new_high is None or not old_low or not old_high:
            return _Bounds(None, None, "no bounds")
        return _Bounds(new_low / old_high, new_high / old_low, "bounds of the estimated range")
    values = [[f.value for f in side if f.value is not None] for side in sides]
    if any(len(side) < 2 for side in values):
        return _Bounds(None, None, "no interval without a second run on both")
    if any(len(set(side)) < 2 for side in values):
        return _Bounds(None, None, "no interval, since all values of a side are the same")
    logs = [[math.log(v) for v in side] for side in values]
    low, high = welch_interval(logs[0], logs[1], alpha)
    return _Bounds(math.exp(low), math.exp(high))
