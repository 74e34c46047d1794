"""Points of a run that are too many to be held: what decides is noted as they pass by, then they are read again, those
of some steps (or of some time, where metrics have no steps) at once. As many as fit are packed for that, the others
are read from the store.

Telemetry is held.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

import numpy as np
import polars as pl

from runcompare.records.budgets import most_points, most_rows
from runcompare.records.export import stack
from runcompare.records.history import STEP, TIME
from runcompare.records.thinning import thinned
from runcompare.sources.kit.attempt_times import Signs
from runcompare.sources.kit.by_steps import PLACE, Chunk, Spans, in_order, spans_of
from runcompare.sources.kit.packed import Body, Packed, unpack
from runcompare.sources.kit.rising import rising
from runcompare.sources.mlflow.history import Frames, HistoryRows, columns_in_order, last_of_each
from runcompare.sources.mlflow.points import Ints, Points, is_system, system_rows, together

__all__ = ["LongPoints"]


_SHARE = 4  # of the rows that are kept, as many points as one in so many are held at once
_COLUMNS = ("code", "value", "time", "step")


class _Stretch(NamedTuple):
    """Some points as they are stored: what reads them again, and their keys' steps and times."""

    read: Callable[[], Points]
    codes: Ints
    steps: Spans
    times: Spans


@dataclass(slots=True)
class LongPoints:
    """The points of a run in stretches; `keys` grows as they are read.

    Attributes:
        count: how many there are.
        last: the time of the last one, Unix milliseconds.
    """

    keys: list[str]
    count: int = 0
    last: int | None = None
    _stretches: list[_Stretch] = field(default_factory=list)
    _counts: dict[int, int] = field(default_factory=dict)
    _stepped: set[int] = field(default_factory=set)
    _packed: Packed = field(default_factory=Packed)
    _at_zero: dict[int, int] = field(default_factory=dict)  # the time of the last value at step 0

    def __len__(self) -> int:
        return self.count

    def add(self, points: Points, read: Callable[[], Points]) -> None:
        """Take note of some points, and of what reads them again."""
        if not len(points):
            return
        codes = np.unique(points.code)
        if (body := self._packed.packed(pl.DataFrame({n: getattr(points, n) for n in _COLUMNS}))) is not None:
            read = partial(self._unpacked, body)
        self._stretches.append(
            _Stretch(read, codes, spans_of(points.code, points.step), spans_of(points.code, points.time))
        )
        for code, count in zip(codes.tolist(), np.bincount(points.code)[codes].tolist(), strict=True):
            self._counts[code] = self._counts.get(code, 0) + count
        self._stepped |= set(np.unique(points.code[points.step != 0]).tolist())
        zero = points.where(points.step == 0)
        for code, (_, time) in zip(np.unique(zero.code).tolist(), spans_of(zero.code, zero.time).tolist(), strict=True):
            self._at_zero[code] = max(time, self._at_zero.get(code, time))
        latest = int(points.time.max())
        self.last = latest if self.last is None else max(self.last, latest)
        self.count += len(points)

    def _unpacked(self, body: Body) -> Points:
        return Points(self.keys, *(column.to_numpy() for column in unpack(body).iter_columns()))

    def most(self) -> int:
        """How many values the metric has that was logged most often, telemetry aside."""
        telemetry = is_system(self.keys)
        return max((n for code, n in self._counts.items() if not telemetry[code]), default=0)

    def frames(self, signs: Signs) -> Frames:
        """The rows that are kept; `signs` has what is known of the run's times."""
        system = set(np.flatnonzero(is_system(self.keys)).tolist())
        telemetry, odd = system_rows(self._held(system))
        if TIME in telemetry.columns:
            signs = replace(signs, beside=telemetry[TIME].to_numpy())
        rows = _Rows(self, self._stepped - system, set(self._counts) - self._stepped - system, signs)
        found = thinned(rows.pieces, most_points(), STEP)
        is_short = found.rows <= most_rows()  # many values of few steps
        history = columns_in_order(stack(list(rows.pieces())) if is_short else found.frame, self.keys)
        notes = [*rows.made.warnings(), *([] if is_short else [found.note(most_points())]), *odd]
        if rows.signs.falls:
            for times in rising(piece[TIME].to_numpy() for piece in rows.pieces()):
                signs.add(times)
        signs = signs if rows.signs.falls else rows.signs
        return Frames(history, telemetry, notes, {} if is_short else found.whole, signs)

    def at_zero(self, codes: set[int]) -> Ints:
        """The times of the last values of these keys at step 0."""
        return np.array([time for code, time in self._at_zero.items() if code in codes], np.int64)

    def in_order(self, codes: set[int], by: str, fewer: Callable[[Points], Points]) -> Iterator[Points]:
        """The points of these keys in the order of `by`, step or time, as they are held; `fewer` are all that count of
        those of one step or time."""
        chosen = np.array(sorted(codes), np.int64)

        def chunk(stretch: _Stretch) -> Chunk:
            spans = stretch.steps if by == "step" else stretch.times
            return Chunk(spans[np.isin(stretch.codes, chosen)], lambda: _frame(stretch.read(), chosen, by))

        def reduced(frame: pl.DataFrame) -> pl.DataFrame:
            return _frame(fewer(_points(frame, self.keys)), chosen, by)

        most = max(1, most_rows() // _SHARE)
        for frame in in_order([chunk(s) for s in self._stretches], len(chosen), most, reduced):
            points = _points(frame, self.keys)
            yield points.where(np.argsort(getattr(points, by), kind="stable"))

    def _held(self, codes: set[int]) -> Points:
        wanted = np.array(sorted(codes), np.int64)
        some = [s.read() for s in self._stretches if np.isin(s.codes, wanted).any()]
        return together([Points(self.keys), *(p.where(np.isin(p.code, wanted)) for p in some)])


@dataclass(slots=True)
class _Rows:
    """The rows of some keys, as often as they are asked for."""

    points: LongPoints
    stepped: set[int]
    unstepped: set[int]
    began: Signs
    made: HistoryRows = field(init=False)
    signs: Signs = field(init=False)

    def pieces(self) -> Iterator[pl.DataFrame]:
        stepped = self.points.in_order(self.stepped, "step", self._last)
        unstepped = self.points.in_order(self.unstepped, "time", lambda points: points)
        self.made = HistoryRows(stepped, unstepped, self.points.at_zero(self.stepped))
        self.signs = copy.deepcopy(self.began)
        for frame in self.made.pieces():
            self.signs.add(frame[TIME].to_numpy())
            yield frame

    def _last(self, points: Points) -> Points:
        last, dropped = last_of_each(points)
        self.made.dropped += dropped
        return last


def _frame(points: Points, codes: Ints, by: str) -> pl.DataFrame:
    """The points of these keys as `by_steps` orders them."""
    some = points.where(np.isin(points.code, codes))
    return pl.DataFrame({PLACE: getattr(some, by), "at": some.step, **{n: getattr(some, n) for n in _COLUMNS[:-1]}})


def _points(frame: pl.DataFrame, keys: list[str]) -> Points:
    code, value, time, step = (frame[name].to_numpy() for name in (*_COLUMNS[:-1], "at"))
    return Points(keys, code, value, time, step)
