"""What a training curve says about its run, and a group's curves with their seed band."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from runcompare.comparison.model import Curve, Role
from runcompare.comparison.stages.detect import Stage, stage_key
from runcompare.records.history import Series
from runcompare.records.run import Run

__all__ = ["CURVES", "Best", "band", "best_epoch", "epochs_of", "fall_at_end", "stage_curve"]

CURVES = ("loss", "val_loss", "grad_norm")


def stage_curve(run: Run, stage: Stage, quantity: str) -> Series | None:
    """A stage's logged quantity against its own epoch where that was logged, else against the row's place.

    Rows of one epoch are averaged. None if the run did not log it.
    """
    key = stage_key(run, stage, quantity)
    if key is None:
        return None
    series = run.history.series(key)
    return _by_epoch(series, epochs_of(run, stage, series)) if len(series) else None


def epochs_of(run: Run, stage: Stage, series: Series) -> NDArray[np.float64]:
    """The epoch of each row of `series`, counted from 1, shape (n,)."""
    key = stage_key(run, stage, "epoch")
    logged = run.history.series(key) if key else None
    if logged is None or len(logged) != len(series) or not np.array_equal(logged.step, series.step, equal_nan=True):
        return np.arange(1.0, len(series) + 1)
    first = np.nanmin(logged.value, initial=1.0)
    return logged.value + (1.0 - first if first < 1 else 0.0)


def _by_epoch(series: Series, epoch: NDArray[np.float64]) -> Series:
    unique, place, counts = np.unique(epoch, return_inverse=True, return_counts=True)
    if len(unique) == len(series):
        order = np.argsort(epoch, kind="stable")
        return Series(series.key, epoch[order], series.time[order], series.value[order])
    last = np.zeros(len(unique), dtype=np.intp)
    np.maximum.at(last, place, np.arange(len(series)))
    mean = np.bincount(place, weights=series.value) / counts
    return Series(series.key, unique, series.time[last], mean)


class Best(NamedTuple):
    """Where a curve was lowest."""

    epoch: float
    value: float


def best_epoch(series: Series) -> Best | None:
    """The epoch and value of the lowest finite loss, the first of equals. None if no value is finite."""
    at = series.lowest
    return None if at is None else Best(float(series.step[at]), float(series.value[at]))


def fall_at_end(series: Series) -> float | None:
    """How far the loss still fell over the last quarter of its epochs, relative to where that quarter began.

    Taken from a straight line through the logs of that quarter, so that one lucky epoch does not decide. None with
    fewer than 8 epochs or values that are not positive; negative when the loss rose.
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


def band(series: Sequence[Series], quantity: str, role: Role) -> Curve:
    """A side's curve over its runs' `series`: at each epoch the center (geometric mean where all values are positive)
    and the lowest and highest run."""
    epochs = np.unique(np.concatenate([s.step for s in series]))
    grid = np.full((len(series), len(epochs)), np.nan)
    for row, s in zip(grid, series, strict=True):
        row[np.searchsorted(epochs, s.step)] = s.value
    finite = np.isfinite(grid)
    n = finite.sum(axis=0)
    positive = bool(np.all(grid[finite] > 0))
    shape = np.log(grid, where=finite & (grid > 0), out=np.zeros_like(grid)) if positive else grid
    total = np.where(finite, shape, 0.0).sum(axis=0)
    mean = np.divide(total, n, where=n > 0, out=np.full(len(epochs), np.nan))
    low = np.where(n > 0, np.where(finite, grid, np.inf).min(axis=0), np.nan)
    high = np.where(n > 0, np.where(finite, grid, -np.inf).max(axis=0), np.nan)
    center = np.exp(mean) if positive else mean
    columns = (epochs, center, low, high)
    epoch_, center_, low_, high_ = (tuple(float(v) for v in c) for c in columns)
    return Curve(role, series[0].key, quantity, epoch_, center_, low_, high_, tuple(int(v) for v in n))
