"""Long tables of several attempts: where each begins, and what shows that it is one, from rows that come in pieces.

The rule is that of `attempts.py`. Some of what it asks for can be told of a few rows: that an attempt logs again what
was logged before is shown by some of its first rows; that the texts there are the same by where they change. Where
these don't show it, the table has to be read whole (`Untold`).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from runcompare.records.history import AXES, STEP, TIME
from runcompare.sources.kit.attempts import Known, Piece, filled, join_in_pieces
from runcompare.sources.tables.attempts import MOST, fallen, logged_names
from runcompare.sources.tables.axes import Axes, Table, falls
from runcompare.sources.tables.run import metrics_of
from runcompare.sources.tables.times import Kept, Times

__all__ = ["Untold", "kept_attempts"]

_FIRST = 1000  # rows of an attempt that are looked for among earlier ones
_CHANGES = 1000  # of the texts of a column
Parts = Callable[[], Iterable[Table]]


class Untold(Exception):
    """The pieces don't tell what the whole would."""


class Span(NamedTuple):
    """Steps at which a text stood."""

    first: float
    last: float
    text: str


def kept_attempts(parts: Parts, some: pl.DataFrame, axes: Axes, *, by_header: bool) -> Kept:
    """The rows that are kept of a table of several attempts, or of one whose rows don't all have a step.

    Args:
        parts: the table in pieces; each repeats no row.
        some: rows of it, among them those around each fall of the step.
        axes: of the table.
        by_header: whether attempts begin where the header stands again, else where the step falls.

    Raises:
        Untold: it has to be read whole.
    """
    rows = _Rows(parts, axes, by_header=by_header)
    found = _Found(() if by_header else tuple(_first_rows(rows.with_axes(some), str(axes.step))))
    for number, frame in rows.pieces():
        found.add(number, frame)
    if by_header and len(found.attempts) < 2:
        raise Untold  # it stood twice at one place
    if found.starts and all(start.is_copied for start in found.starts):
        raise Untold  # a block that stands twice
    known, times = [one.known for one in found.attempts], tuple(one.times for one in found.attempts)
    if by_header or found.are_attempts():
        joined = join_in_pieces(rows.pieces, own_steps=True, known=known if len(known) > 1 else ())
    else:
        joined = join_in_pieces(lambda: (Piece(0, frame) for _, frame in rows.pieces()), own_steps=True)
        joined, times = joined._replace(warnings=(fallen(len(found.starts)), *joined.warnings)), (found.times,)
    if axes.run is not None:  # of a run among others, only columns that it logged are kept
        logged = {name for one in known for name in one.columns}
        joined = joined._replace(frame=joined.frame.select(c for c in joined.frame.columns if c in logged))
    return Kept(joined, times)


def _first_rows(some: pl.DataFrame, step: str) -> Iterator["_Start"]:
    """The first rows of each attempt but for the first one, of those that are known."""
    for begin, end in pairwise([*falls(some[step]), some.height]):
        rows = some[begin : min(end, begin + _FIRST)]
        yield _Start(rows.row(0, named=True), rows.filter(rows[step].is_not_null()))


@dataclass(slots=True)
class _Rows:
    """The rows with their axes, told apart by attempt, as often as they are read."""

    parts: Parts
    axes: Axes
    by_header: bool

    def pieces(self) -> Iterator[Piece]:
        """All rows. Raises Untold."""
        number, is_empty, before = 0, True, None
        for part in self.parts():
            frame = self.with_axes(part.frame)
            steps = self._steps(part.frame, before)
            cuts = list(part.begins) if self.by_header else _cuts(steps, before)
            before = steps[-1] if len(steps) else before
            if self.axes.step != STEP:
                frame = frame.with_columns(steps.alias(STEP))
            for place, (begin, end) in enumerate(zip([0, *cuts], [*cuts, frame.height], strict=True)):
                if place and not is_empty:
                    number, is_empty = number + 1, True
                if end > begin:
                    is_empty = False
                    yield Piece(number, frame[begin:end])

    def with_axes(self, frame: pl.DataFrame) -> pl.DataFrame:
        """What some rows logged, with their axes. Raises Untold."""
        known = (self.axes.step, self.axes.clock, self.axes.elapsed)
        if any(name in frame.columns and (name not in known or not _is_plain(frame[name])) for name in AXES):
            raise Untold
        made = metrics_of(frame.drop(self.axes.run or (), strict=False), self.axes)
        clock = self.axes.clock
        if TIME not in made.columns and clock in frame.columns and frame[clock].null_count() < frame.height:
            raise Untold
        return made

    def _steps(self, frame: pl.DataFrame, before: Any) -> pl.Series:
        """The step of each row, that of the row before where it has none."""
        name = str(self.axes.step)
        if name not in frame.columns or frame[name].null_count() == frame.height:
            if before is None and frame.height:
                raise Untold
            return pl.Series([before] * frame.height, dtype=pl.Float64 if before is None else None)
        return filled(frame[name], before).fill_null(strategy="backward")


def _is_plain(column: pl.Series) -> bool:
    return column.dtype.is_numeric() or column.dtype == pl.Null


def _cuts(steps: pl.Series, before: Any) -> list[int]:
    """The rows whose step is lower than the one before."""
    is_first = before is not None and len(steps) and steps[0] is not None and steps[0] < before
    return [*([0] if is_first else []), *(steps < steps.shift(1)).fill_null(False).arg_true().to_list()]


@dataclass(slots=True)
class _Start:
    """The first rows of an attempt, which are looked for in earlier ones."""

    row: dict[str, Any]
    rows: pl.DataFrame
    is_copied: bool = False  # its first row stands there in every cell
    is_repeated: bool = False  # a number was logged again

    def look(self, earlier: pl.DataFrame) -> None:
        """Look into some earlier rows."""
        if not self.is_copied:
            same = earlier.filter(pl.col(STEP) == self.row[STEP])
            self.is_copied = any(self._is_same(row) for row in same.iter_rows(named=True))
        if not self.is_repeated:
            numbers = [
                c
                for c in logged_names(self.rows.columns)
                if c in earlier.columns and self.rows.schema[c].is_numeric() and earlier.schema[c].is_numeric()
            ]
            columns = [pl.col(STEP).cast(pl.Float64), *numbers]
            again = earlier.select(columns).join(self.rows.select(columns), on=STEP, suffix="#new")
            both = (again[c].is_not_null() & again[f"{c}#new"].is_not_null() for c in numbers)
            self.is_repeated = any(bool(column.any()) for column in both)

    def _is_same(self, row: dict[str, Any]) -> bool:
        cells = ((row.get(name), cell) for name, cell in self.row.items() if name not in AXES)
        return all(one == other or (one != one and other != other) for one, other in cells)


@dataclass(slots=True)
class _Attempt:
    known: Known = field(default_factory=Known)
    times: Times = field(default_factory=Times)
    texts: dict[str, list[Span]] = field(default_factory=dict)

    def add(self, frame: pl.DataFrame) -> None:
        self.known.add(frame)
        self.times.add(frame)

    def add_texts(self, frame: pl.DataFrame) -> None:
        """Where each text changes, of the last of each step. Raises Untold where they change too often."""
        for name in (c for c in logged_names(frame.columns) if frame.schema[c] == pl.String):
            last = frame.select(STEP, name).drop_nulls().group_by(STEP, maintain_order=True).last()
            if not last.height:
                continue
            spans = self.texts.setdefault(name, [])
            if spans and spans[-1].last == last[STEP][0]:  # what follows at the same step counts
                spans[-1] = spans[-1]._replace(last=float(np.nextafter(spans[-1].last, -np.inf)))
            changes = (last[name] != last[name].shift(1)).fill_null(True).arg_true().to_list()
            for begin, end in zip(changes, [*changes[1:], last.height], strict=True):
                first, until, text = float(last[STEP][begin]), float(last[STEP][end - 1]), last[name][begin]
                if spans and spans[-1].text == text:
                    spans[-1] = spans[-1]._replace(last=until)
                else:
                    spans.append(Span(first, until, text))
            if len(spans) > _CHANGES:
                raise Untold


@dataclass(slots=True)
class _Found:
    """What is known of the attempts; `starts` are the first rows of all but the first one."""

    starts: tuple[_Start, ...]
    attempts: list[_Attempt] = field(default_factory=list)
    times: Times = field(default_factory=Times)

    def add(self, number: int, frame: pl.DataFrame) -> None:
        self.attempts += (_Attempt() for _ in range(len(self.attempts), number + 1))
        self.attempts[number].add(frame)
        self.times.add(frame)
        if self.starts:
            self.attempts[number].add_texts(frame)
        for start in self.starts[number:]:
            start.look(frame)

    def are_attempts(self) -> bool:
        """Whether the step falls back as it does where a program began anew. Raises Untold."""
        least = [one.known.least(STEP) for one in self.attempts]
        lowest = min(low for low in least if low is not None)
        if len(self.starts) > MOST or sum(low == lowest for low in least[1:]) > 1:
            return False
        if len(self.starts) != len(self.attempts) - 1 or not all(start.is_repeated for start in self.starts):
            raise Untold
        pairs = ((old, new) for n, new in enumerate(self.attempts) for old in self.attempts[:n])
        if any(_differ(old.texts.get(c, []), spans) for old, new in pairs for c, spans in new.texts.items()):
            raise Untold
        return True


def _differ(old: list[Span], new: list[Span]) -> bool:
    """Whether texts may differ at a step; both in the order of their steps."""
    i = j = 0
    while i < len(old) and j < len(new):
        if old[i].first <= new[j].last and new[j].first <= old[i].last and old[i].text != new[j].text:
            return True
        i, j = (i + 1, j) if old[i].last < new[j].last else (i, j + 1)
    return False
