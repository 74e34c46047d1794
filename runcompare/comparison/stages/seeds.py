"""The single runs of a curve, and what its places are on other axes: steps, epochs, seconds and money."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from runcompare.comparison.measured import MeasuredRun
from runcompare.comparison.model import Axis, Curve, Place, Role, SeedCurve
from runcompare.comparison.stages.axis import epochs_at
from runcompare.comparison.stages.curves import band
from runcompare.records.history import RUNTIME, TIME, Series

__all__ = ["Logged", "with_seeds"]

PLACES: tuple[Place, ...] = ("epoch", "step", "time", "money")
Floats = NDArray[np.float64]


class Logged(NamedTuple):
    """A run, and what it logged of a quantity."""

    run: MeasuredRun
    series: Series


def with_seeds(logged: Sequence[Logged], quantity: str, role: Role, axis: Axis, *, epochs: Sequence[str] = ()) -> Curve:
    """A side's curve with its single runs; `epochs` are the keys under which they log the epoch.

    Places follow a run's own rows; between two of them they are taken to go on evenly.
    """
    curve, values = band([one.series for one in logged], quantity, role, axis)
    at = np.array(curve.at)
    found = [_places(one.run, one.series.key, axis, epochs, at=at) for one in logged]
    runs = tuple(
        SeedCurve(one.run.id, tuple(row.tolist()), {name: tuple(x.tolist()) for name, x in places.items()})
        for one, row, places in zip(logged, values, found, strict=True)
    )
    return replace(curve, runs=runs, places=_means(found))


def _means(found: Sequence[Mapping[Place, Floats]]) -> dict[Place, tuple[float, ...]]:
    """The mean place over runs, of the axes that all of them know."""
    shared = [name for name in PLACES if all(name in places for places in found)]
    means: dict[Place, tuple[float, ...]] = {}
    for name in shared:
        stacked = np.stack([places[name] for places in found])
        known = np.isfinite(stacked)
        sums, counts = np.where(known, stacked, 0.0).sum(axis=0), known.sum(axis=0)
        mean = np.divide(sums, counts, where=counts > 0, out=np.full(len(sums), np.nan))
        means[name] = tuple(mean.tolist())
    return means


def _places(run: MeasuredRun, key: str, axis: Axis, epochs: Sequence[str], *, at: Floats) -> dict[Place, Floats]:
    """What the places `at`, shape (n,), are on the axes that a run knows; NaN beyond its rows."""
    rows = run.run.history.series(key)
    epoch = epochs_at(run.run, key, epochs)
    own = epoch if axis == "epoch" else rows.step
    if own is None or not len(own):
        return {}
    known: dict[Place, Floats] = {axis: at}
    others = {"epoch": epoch, "step": rows.step, "time": _seconds(run, key)}
    for name, values in others.items():
        if name != axis and values is not None and np.isfinite(values).any():
            known[name] = _along(own, values, at)  # type: ignore[index]
    rate = _money_a_second(run)
    if "time" in known and rate is not None:
        known["money"] = known["time"] * rate
    return {name: known[name] for name in PLACES if name in known and name != axis}


def _along(own: Floats, other: Floats, at: Floats) -> Floats:
    """`other` at the places `at` of `own`, the last of equal ones."""
    usable = np.isfinite(own) & np.isfinite(other)
    own, other = own[usable], other[usable]
    order = np.argsort(own, kind="stable")
    own, other = own[order], other[order]
    last = np.append(own[1:] != own[:-1], True)
    found: Floats = np.interp(at, own[last], other[last], left=np.nan, right=np.nan)
    return found


def _seconds(run: MeasuredRun, key: str) -> Floats | None:
    """The seconds from the run's first row to each row of `key`; None if no time was logged."""
    columns = run.run.history.frame.columns
    if RUNTIME in columns:
        return run.run.history.series(key, RUNTIME).step
    if TIME not in columns:
        return None
    began = run.run.history.frame.get_column(TIME).min()
    return None if began is None else run.run.history.series(key).time - float(began)  # type: ignore[arg-type]


def _money_a_second(run: MeasuredRun) -> float | None:
    """What a second of the run costs, where both its time and its money are known."""
    seconds, money = run.ledger.total.wall.mid, run.ledger.total.money.mid
    return money / seconds if seconds and money is not None else None
