"""MLflow's metric points as history rows.

A metric that was ever logged with a step other than 0 has one row a step, shared with the other metrics of that step;
of several values at one step the last by time counts (the last in the store's order where times are the same). A
metric that was only logged at step 0, MLflow's default, has no steps: each of its values is kept, in the order of time,
and what was logged within a second of one another shares a row. A row's time is that of its last value.

Points come in pieces, so that those of a long run need not be held.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

import numpy as np
import polars as pl

from runcompare.records.export import stack
from runcompare.records.history import STEP, TIME, Whole
from runcompare.sources.kit.attempt_times import Signs
from runcompare.sources.kit.keys import column_name
from runcompare.sources.mlflow.points import Ints, Points, frame_of, is_system, system_rows, together

__all__ = ["Frames", "HistoryRows", "columns_in_order", "frames_of", "last_of_each"]

_BURST_MS = 1_000
_NEVER = int(np.iinfo(np.int64).min)


class Frames(NamedTuple):
    """A run's history rows and its telemetry rows; what is known of keys that lost some values."""

    history: pl.DataFrame
    system: pl.DataFrame
    warnings: list[str]
    whole: Mapping[str, Whole] = {}
    signs: Signs | None = None  # the run's times, where the rows don't have all


def frames_of(points: Points) -> Frames:
    """The rows of a run."""
    telemetry = is_system(points.keys)[points.code]
    logged = points.where(~telemetry)
    stepped = np.bincount(logged.code, weights=logged.step != 0, minlength=len(logged.keys)) > 0
    by_step, by_time = logged.where(stepped[logged.code]), logged.where(~stepped[logged.code])
    at_zero = last_of_each(by_step.where(by_step.step == 0)).points.time
    rows = HistoryRows([by_step], [by_time.where(np.argsort(by_time.time, kind="stable"))], at_zero)
    pieces = list(rows.pieces())
    history = pieces[0] if len(pieces) == 1 else columns_in_order(stack(pieces), points.keys)
    system, odd = system_rows(points.where(telemetry))
    return Frames(history, system, [*rows.warnings(), *odd])


def columns_in_order(frame: pl.DataFrame, keys: Iterable[str]) -> pl.DataFrame:
    """The columns of rows in the order of the keys."""
    names = dict.fromkeys((STEP, TIME, *map(column_name, keys)))
    known = set(frame.columns)
    return frame.select(name for name in names if name in known)


class Last(NamedTuple):
    points: Points
    dropped: int  # earlier values of the same key and step


def last_of_each(points: Points) -> Last:
    """The last value by time of each key and step."""
    order = np.lexsort((points.time, points.step, points.code))
    p = points.where(order)
    last = np.ones(len(p), dtype=bool)
    last[:-1] = (p.code[1:] != p.code[:-1]) | (p.step[1:] != p.step[:-1])
    return Last(p.where(last), int((~last).sum()))


@dataclass(frozen=True, slots=True)
class _Rows:
    """Points and the row of each; of each row when it was last written, and its place in time, which rises."""

    points: Points
    row: Ints
    ends: Ints
    clock: Ints

    def __len__(self) -> int:
        return len(self.ends)

    def split(self, rows: int) -> "tuple[_Rows, _Rows]":
        """So many rows, and the others."""
        first = self.row < rows
        head = _Rows(self.points.where(first), self.row[first], self.ends[:rows], self.clock[:rows])
        rest = _Rows(self.points.where(~first), self.row[~first] - rows, self.ends[rows:], self.clock[rows:])
        return head, rest

    def merged(self, other: "_Rows") -> "_Rows":
        """With the other's rows between these, behind those of the same place in time."""
        row = np.concatenate([self.row, other.row + len(self)])
        ends, clock = np.concatenate([self.ends, other.ends]), np.concatenate([self.clock, other.clock])
        order = np.argsort(clock, kind="stable")
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        return _Rows(together([self.points, other.points]), rank[row], ends[order], clock[order])

    def frame(self) -> pl.DataFrame:
        step = np.zeros(len(self), dtype=np.int64)
        step[self.row] = self.points.step
        axes = pl.DataFrame([pl.Series(STEP, step), pl.Series(TIME, self.ends / 1000.0)])
        return axes.hstack(frame_of(self.points, self.row, len(self)).frame)


def _rows(points: Points, row: Ints, before: int = _NEVER) -> _Rows:
    ends = np.full(int(row.max(initial=-1)) + 1, _NEVER)
    np.maximum.at(ends, row, points.time)
    return _Rows(points, row, ends, np.maximum(np.maximum.accumulate(ends), before))


@dataclass(slots=True)
class HistoryRows:
    """The rows of the metrics that are no telemetry, as their points come.

    Attributes:
        stepped: points of the metrics that have steps, each step's together, steps rising from piece to piece.
        unstepped: those of the others, in the order of time.
        at_zero: the times of the values that count at step 0.
        dropped: how many values gave way to later ones of the same step.
    """

    stepped: Iterable[Points]
    unstepped: Iterable[Points]
    at_zero: Ints
    dropped: int = 0
    _by_time: int = 0
    _keys: set[int] = field(default_factory=set)  # of those without steps
    _beside_zero: Points | None = None

    def warnings(self) -> list[str]:
        """What there is to tell, once all pieces were made."""
        found = []
        if self._by_time > len(self._keys):
            found.append("Metrics that were logged without a step are in the order of time, all at step 0.")
        if self.dropped:
            found.append(f"{self.dropped} values were logged again at the same step: the last by time is kept.")
        return found

    def pieces(self) -> Iterator[pl.DataFrame]:
        """The rows: those of steps in their order, the others between them by time."""
        bursts = filter(len, self._by_bursts())
        burst = next(bursts, None)
        steps = filter(len, self._by_steps())
        step = next(steps, None)
        while step is not None and burst is not None:
            if step.clock[-1] <= burst.clock[-1]:
                before, burst = burst.split(int(np.searchsorted(burst.clock, step.clock[-1], side="left")))
                yield step.merged(before).frame()
                step, burst = next(steps, None), burst if len(burst) else next(bursts, None)
            else:
                before, step = step.split(int(np.searchsorted(step.clock, burst.clock[-1], side="right")))
                yield before.merged(burst).frame()
                burst = next(bursts, None)
        for rest, others in ((step, steps), (burst, bursts)):
            yield from () if rest is None else (rows.frame() for rows in chain([rest], others))

    def _by_steps(self) -> Iterator[_Rows]:
        clock = _NEVER
        for points in self.stepped:
            by_step, dropped = last_of_each(points)
            self.dropped += dropped
            if self._beside_zero is not None and (by_step.step == 0).any():
                by_step, self._beside_zero = together([by_step, self._beside_zero]), None
            rows = _rows(by_step, np.unique(by_step.step, return_inverse=True)[1], clock)
            clock = int(rows.clock[-1]) if len(rows) else clock
            yield rows

    def _by_bursts(self) -> Iterator[_Rows]:
        """What was logged together with step 0 is in its row."""
        begun: Points | None = None  # points of a burst that may go on
        is_first = True
        for points in self.unstepped:
            self._by_time += len(points)
            self._keys |= set(np.unique(points.code).tolist())
            points = points if begun is None else together([begun, points])
            if not len(points):
                continue
            row = _bursts(points)
            whole = row < row[-1]
            begun = points.where(~whole)
            if whole.any():
                yield self._but_for_zero(_rows(points.where(whole), row[whole]), is_first)
                is_first = False
        if begun is not None:
            yield self._but_for_zero(_rows(begun, _bursts(begun)), is_first)

    def _but_for_zero(self, rows: _Rows, is_first: bool) -> _Rows:
        burst = rows.points.time[rows.row == 0]
        if not is_first or not len(self.at_zero):
            return rows
        after, before = int(burst.min()) - int(self.at_zero.max()), int(self.at_zero.min()) - int(burst.max())
        if max(after, before) > _BURST_MS:
            return rows
        first, rest = rows.split(1)
        self._beside_zero = first.points
        return rest


def _bursts(points: Points) -> Ints:
    """The row of each point, points in the order of time: a pause or a key that comes again begins a new one."""
    rows = np.empty(len(points), dtype=np.int64)
    row, last, seen = -1, 0, set[int]()
    for i, (code, time) in enumerate(zip(points.code.tolist(), points.time.tolist(), strict=True)):
        if row < 0 or code in seen or time - last > _BURST_MS:
            row += 1
            seen.clear()
        seen.add(code)
        rows[i], last = row, time
    return rows
