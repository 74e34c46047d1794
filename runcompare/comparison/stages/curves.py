"""What a training curve says about its run, and a group's curves with their seed band."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from runcompare.comparison.model import Axis, Curve, Role
from runcompare.comparison.stages.axis import against
from runcompare.comparison.stages.detect import Stage, stage_key
from runcompare.records.history import Series
from runcompare.records.run import Run

__all__ = ["Banded", "Best", "band", "best_of", "fall_at_end", "stage_curve"]

MOST_POINTS = 500  # of a drawn curve


def stage_curve(run: Run, stage: Stage, quantity: str) -> Series | None:
    """A stage's logged quantity against the stage's axis; None if the run did not log it.

    Rows of one epoch are averaged; rows without an evaluation are left out.
    """
    key = stage_key(run, stage, quantity)
    if key is None:
        return None
    series = against(run, key, stage.axis, stage.keys.get("epoch", ()))
    return series if len(series) else None


class Best(NamedTuple):
    """Where a curve was best: its epoch or step, and the value there."""

    at: float
    value: float


def best_of(series: Series, *, highest: bool = False) -> Best | None:
    """The lowest finite value of a curve, or the highest, the first of equals. None if no value is finite."""
    finite = np.flatnonzero(np.isfinite(series.value))
    if not len(finite):
        return None
    values = series.value[finite]
    row = finite[np.argmax(values) if highest else np.argmin(values)]
    return Best(float(series.step[row]), float(series.value[row]))


def fall_at_end(series: Series) -> float | None:
    """How far the loss still fell over the last quarter of its curve, relative to where that quarter began.

    Taken from a straight line through the logs of that quarter, so that one lucky epoch does not decide. None with
    fewer than 8 values or values that are not positive; negative when the loss rose.
    """
    n = len(series)
    tail = slice(n - max(4, n // 4), n)
    y = series.value[tail]
    if n < 8 or not np.all(np.isfinite(y)) or np.any(y <= 0):
        return None
    x = np.linspace(0.0, 1.0, len(y))
    logs = np.log(y)
    slope = float(np.sum((x - x.mean()) * (logs - logs.mean())) / np.sum((x - x.mean()) ** 2))
    return 1.0 - float(np.exp(slope))


class Banded(NamedTuple):
    """A side's curve, and the value of each of its `series` there, shape (series, places), NaN where one has none."""

    curve: Curve
    values: NDArray[np.float64]


def band(series: Sequence[Series], quantity: str, role: Role, axis: Axis = "epoch") -> Banded:
    """A side's curve over its runs' `series`: at each place the center (geometric mean where all values are positive)
    and the lowest and highest run.

    Long curves, and those of runs that logged at different steps, are averaged over equal stretches of the axis.
    """
    grid = _grid(series)
    finite = np.isfinite(grid.values)
    n = finite.sum(axis=0)
    positive = bool(np.all(grid.values[finite] > 0))
    shape = np.log(grid.values, where=finite, out=np.zeros_like(grid.values)) if positive else grid.values
    total = np.where(finite, shape, 0.0).sum(axis=0)
    mean = np.divide(total, n, where=n > 0, out=np.full(len(grid.at), np.nan))
    low = np.where(n > 0, np.where(finite, grid.values, np.inf).min(axis=0), np.nan)
    high = np.where(n > 0, np.where(finite, grid.values, -np.inf).max(axis=0), np.nan)
    center = np.exp(mean) if positive else mean
    at, center_, low_, high_ = (tuple(float(v) for v in c) for c in (grid.at, center, low, high))
    curve = Curve(role, series[0].key, quantity, at, center_, low_, high_, tuple(int(v) for v in n), axis)
    return Banded(curve, grid.values)


class _Grid(NamedTuple):
    """Curves on one axis: `at` of shape (places,), `values` of shape (runs, places), NaN where a run has none."""

    at: NDArray[np.float64]
    values: NDArray[np.float64]


def _grid(series: Sequence[Series]) -> _Grid:
    at = np.unique(np.concatenate([s.step for s in series]))
    longest = max(len(s) for s in series)
    # runs that ended early share their places with the others; runs whose places interleave do not
    if len(at) > min(MOST_POINTS, 1.5 * longest):
        edges = np.linspace(at[0], at[-1], min(MOST_POINTS, max(2, longest // 2)) + 1)
        return _filled([_averaged(s, edges) for s in series], edges[1:])
    return _filled(series, at)


def _filled(series: Sequence[Series], at: NDArray[np.float64]) -> _Grid:
    values = np.full((len(series), len(at)), np.nan)
    for row, s in zip(values, series, strict=True):
        row[np.searchsorted(at, s.step)] = s.value
    return _Grid(at, values)


def _averaged(series: Series, edges: NDArray[np.float64]) -> Series:
    """The curve as means over the stretches that end at `edges[1:]`, those without a value left out."""
    place = np.clip(np.searchsorted(edges, series.step, side="left") - 1, 0, len(edges) - 2)
    counts = np.bincount(place, minlength=len(edges) - 1)
    sums = np.bincount(place, weights=series.value, minlength=len(edges) - 1)
    held = np.flatnonzero(counts)
    return Series(series.key, edges[held + 1], np.full(len(held), np.nan), sums[held] / counts[held])
