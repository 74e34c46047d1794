"""Curves that a tracker keeps apart, made the rows of one run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from runcompare.records.columns import Frame, Part, frame_of_parts
from runcompare.records.history import STEP, TIME
from runcompare.sources.kit.keys import column_name

__all__ = [
    "CurveRows",
    "Points",
    "column_points",
    "counted_rows",
    "numbers",
    "points",
    "rows_of_curves",
    "told_of",
]


@dataclass(frozen=True, slots=True)
class Points:
    """One key's points in the order written; arrays of shape (n,). `time` is Unix seconds, NaN where it is unknown."""

    step: NDArray[np.int64]
    time: NDArray[np.float64]
    value: NDArray[Any]


def points(step: Sequence[int] | NDArray[Any], value: Sequence[float] | NDArray[Any], time: Any = None) -> Points:
    """Points of plain sequences of one length; without `time`, it is unknown."""
    steps = np.asarray(step, np.int64)
    times = np.full(len(steps), np.nan) if time is None else np.asarray(time, np.float64)
    return Points(steps, times, np.asarray(value, np.float64))


def column_points(frame: pl.DataFrame, axis: str, column: str, time: pl.Series | None = None) -> Points:
    """A column's points by the whole numbers of another one, with the seconds of `time`, as long as the frame. A cell
    that is no number, as damaged ones may be, is no point and no step."""
    steps, values = numbers(frame[axis]).cast(pl.Int64, strict=False), numbers(frame[column])
    rows = (values.is_not_null() & steps.is_not_null()).arg_true()
    seconds = None if time is None else time.gather(rows).to_numpy()
    return points(steps.gather(rows).to_numpy(), values.gather(rows).to_numpy(), seconds)


def numbers(column: pl.Series) -> pl.Series:
    """The cells of a column that are numbers, and none for the others."""
    return column if column.dtype.is_integer() else column.cast(pl.Float64, strict=False)


class CurveRows(NamedTuple):
    """Rows, and how many points stood twice at their step."""

    frame: pl.DataFrame
    twice: int = 0


def told_of(twice: int) -> list[str]:
    """What a run's warnings say of points that stand twice."""
    return [f"{twice} points stand twice at the same step: the later one counts."] if twice else []


def rows_of_curves(curves: Mapping[str, Points]) -> Frame:
    """One row a step, one column a key. Of points that stand twice at a step the later one counts, with a warning; the
    row's time is the latest of its points."""
    frame, twice = counted_rows(curves)
    return Frame(frame, told_of(twice))


def counted_rows(curves: Mapping[str, Points]) -> CurveRows:
    """The same, for some of a run's steps: points that stand twice are counted."""
    found = {key: some for key, some in curves.items() if len(some.step)}
    if not found:
        return CurveRows(pl.DataFrame())
    steps = np.unique(np.concatenate([p.step for p in found.values()]))
    times = np.full(len(steps), -np.inf)
    parts: dict[str, list[Part]] = {}
    again = 0
    for key, some in found.items():
        rows = np.searchsorted(steps, some.step)
        np.fmax.at(times, rows, some.time)
        # the last point of each row, in the order of the rows
        kept, first_from_end = np.unique(rows[::-1], return_index=True)
        again += len(rows) - len(kept)
        values = some.value[::-1][first_from_end]
        parts[column_name(key)] = [Part(kept, values.astype(np.float64))]
    frame = frame_of_parts(parts, len(steps)).frame  # of floats alone, of which nothing is to be told
    axes = [pl.Series(STEP, steps)]
    if np.isfinite(times).any():
        axes.append(pl.Series(TIME, np.where(np.isfinite(times), times, np.nan)))
    return CurveRows(pl.DataFrame([*axes, *frame.get_columns()]), again)
