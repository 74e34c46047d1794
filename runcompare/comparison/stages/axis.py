"""Against what a curve is drawn: epochs where a run logs them, else the tracker's steps.

Whole epochs are counted from 1. Hugging Face logs how far it came, 0.5, 1.0 ... 6.0: six epochs in twelve rows.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from runcompare.comparison.model import Axis
from runcompare.metrics.value import without_gaps
from runcompare.records.history import Series
from runcompare.records.run import Run

__all__ = ["against", "axis_of", "count_epochs", "epoch_key", "epochs_at"]

NEARLY = 0.05  # of an epoch
FEW_EPOCHS, MANY_ROWS = 10, 10  # so many rows in each of so few epochs are a curve by step


def epoch_key(run: Run, keys: Sequence[str]) -> str | None:
    """The first of `keys` that the run logs numbers under."""
    return next((key for key in keys if run.history.has(key)), None)


def axis_of(runs: Sequence[Run], keys: Sequence[str], epoch_keys: Sequence[str]) -> Axis:
    """The axis that the curves of `keys` have on all runs: epochs if every run that logs one of them knows them.

    A training of few epochs that logs many rows in each is drawn by step.
    """
    found = [(run, key) for run in runs if (key := next((k for k in keys if run.history.has(k)), None)) is not None]
    epochs = [epochs_at(run, key, epoch_keys) for run, key in found]
    if not found or any(e is None or not len(e) for e in epochs):
        return "step"
    crowded = [_is_crowded(e) for e in epochs if e is not None]
    return "step" if all(crowded) else "epoch"


def _is_crowded(epochs: NDArray[np.float64]) -> bool:
    distinct = len(np.unique(epochs))
    return distinct < FEW_EPOCHS and len(epochs) >= MANY_ROWS * distinct


def epochs_at(run: Run, key: str, epoch_keys: Sequence[str]) -> NDArray[np.float64] | None:
    """The epoch of each row that logs `key`, shape (n,): its own, else the last one logged before, else the first.

    Whole epochs that begin at 0 are counted from 1. None if the run logs no epoch.
    """
    name = epoch_key(run, epoch_keys)
    if name is None:
        return None
    epochs = _filled(run.history.frame.get_column(name))
    column = run.history.frame.get_column(key)
    if epochs is None:
        return None
    rows = column.is_not_null().to_numpy() if column.null_count() else slice(None)
    begins = float(epochs.min())
    counted_from_zero = begins < 1 and bool(np.all(epochs == np.round(epochs)))
    shifted: NDArray[np.float64] = epochs[rows] + (1.0 - begins if counted_from_zero else 0.0)
    return shifted


def _filled(column: pl.Series) -> NDArray[np.float64] | None:
    """A column whose gaps hold the value before them, those in front the first one; None if it has no number."""
    values: NDArray[np.float64] = column.cast(pl.Float64).to_numpy()
    known = np.flatnonzero(~np.isnan(values))
    if len(known) in (0, len(values)):
        return values if len(known) else None
    return values[known[np.clip(np.searchsorted(known, np.arange(len(values)), side="right") - 1, 0, None)]]


def count_epochs(epochs: NDArray[np.float64]) -> float:
    """How many epochs rows at these `epochs` (shape (n,), at least one) come from, those between two rows included.

    Where a run logs how far it came, this is a fraction, unless it ended just below a whole number of epochs, as
    where the last batch of each is dropped.
    """
    distinct = np.unique(epochs)
    gap = float(np.median(np.diff(distinct))) if len(distinct) > 1 else min(1.0, float(distinct[0]))
    start = max(float(distinct[0]) - gap, 0.0)
    count = float(distinct[-1]) - start
    whole = float(np.ceil(count - 1e-6))
    return max(1.0, whole) if count == 0 or whole - count < NEARLY else count


def against(run: Run, key: str, axis: Axis, epoch_keys: Sequence[str]) -> Series:
    """The curve of a key of the run with `axis` as its steps, without the rows on which it was not evaluated.

    Rows of one epoch are averaged.
    """
    series = run.history.series(key)
    epochs = epochs_at(run, key, epoch_keys) if axis == "epoch" else None
    if epochs is None:
        return without_gaps(series)
    return _by_epoch(without_gaps(replace(series, step=epochs)))


def _by_epoch(series: Series) -> Series:
    unique, place, counts = np.unique(series.step, return_inverse=True, return_counts=True)
    if len(unique) == len(series):
        order = np.argsort(series.step, kind="stable")
        return Series(series.key, series.step[order], series.time[order], series.value[order])
    last = np.zeros(len(unique), dtype=np.intp)
    np.maximum.at(last, place, np.arange(len(series)))
    mean = np.bincount(place, weights=series.value) / counts
    return Series(series.key, unique, series.time[last], mean)
