"""Of a history of millions of rows some are kept, read in pieces, so that memory does not grow with its length.

The rows that are kept are rows that were logged. A key that was logged no more often than `points` times keeps all of
its values; of the others as many stay, spread evenly, and those that decide: the first and the last, the lowest and the
highest, the first that is not finite, the neighbours of places where a counter falls back, and the last of each key up
to where another was lowest or highest. What is taken of all values, means of the last part and areas, is counted while
reading (`history.Whole`). The rows are read twice: what decides is known only at the end.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from runcompare.records.budgets import ROWS_VARIABLE
from runcompare.records.export import stack
from runcompare.records.history import Whole

__all__ = ["MOST_FALLS", "Thinned", "thinned"]

PARTS = 1000  # of a curve: the means of the last 0.1 %, 0.2 % ... of it are known
MOST_FALLS = 64  # places of one key; what falls back more often is no counter
MOST_RELATED = 100_000  # rows that are kept for what other keys had logged by then
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Pieces = Callable[[], Iterable[pl.DataFrame]]


class Thinned(NamedTuple):
    """The rows that were kept, what is known of all values of each key that lost some, and how many rows there were."""

    frame: pl.DataFrame
    at: Ints  # the numbers of its rows among all
    whole: Mapping[str, Whole]
    rows: int
    falls: Mapping[str, int]  # how often each numeric column falls back

    def note(self, points: int) -> str:
        return (
            f"The history of {self.rows:,} rows is kept at {points:,} points a key ({self.frame.height:,} rows): "
            "first, last, lowest and highest values, means of the last part and areas are those of all rows, the curve "
            f"between is thinned. {ROWS_VARIABLE}={self.rows} keeps all."
        )


@dataclass(slots=True)
class _Facts:
    """What is known of a numeric column so far; row numbers count from the first row of all."""

    logged: int = 0
    used: int = 0  # not NaN
    ends: list[int] = field(default_factory=list)  # first and last row, and those of the values that are not NaN
    odd: list[int] = field(default_factory=lambda: [-1, -1])  # the first rows that are NaN and infinite
    finite: int = 0
    low: float = np.inf
    high: float = -np.inf
    extremes: list[int] = field(default_factory=lambda: [-1, -1])  # rows of the lowest and the highest value
    steps: list[float] = field(default_factory=lambda: [np.nan, np.nan])  # and their steps
    falls: int = 0
    at_falls: list[int] = field(default_factory=list)
    value: float = np.nan  # the last that is not NaN, and its row
    row: int = -1
    place: int = -1  # among the values
    gap: int = 0

    def add(self, rows: Ints, values: Floats, steps: Floats) -> None:
        if not len(rows):
            return
        real = np.flatnonzero(~np.isnan(values))
        self._ends(rows, real)
        for which, is_odd in enumerate((np.isnan(values), np.isinf(values))):
            if self.odd[which] < 0 and is_odd.any():
                self.odd[which] = int(rows[is_odd.argmax()])
        self._extremes(rows, values, steps)
        if len(real):
            self._falls(rows[real], values[real])
            places = np.concatenate(([self.place], self.logged + real)) if self.place >= 0 else self.logged + real
            self.gap = max(self.gap, int(np.diff(places).max(initial=0)))
            self.place, self.value, self.row = int(self.logged + real[-1]), float(values[real[-1]]), int(rows[real[-1]])
        self.logged += len(rows)
        self.used += len(real)

    def _ends(self, rows: Ints, real: NDArray[np.intp]) -> None:
        first, _, begin, end = self.ends or (int(rows[0]), 0, -1, -1)
        if len(real):
            begin, end = int(rows[real[0]]) if begin < 0 else begin, int(rows[real[-1]])
        self.ends = [first, int(rows[-1]), begin, end]

    def _extremes(self, rows: Ints, values: Floats, steps: Floats) -> None:
        finite = np.flatnonzero(np.isfinite(values))
        self.finite += len(finite)
        if not len(finite):
            return
        some = values[finite]
        for which, at in enumerate((int(some.argmin()), int(some.argmax()))):
            if some[at] > self.high if which else some[at] < self.low:
                self.low, self.high = (self.low, float(some[at])) if which else (float(some[at]), self.high)
                self.extremes[which], self.steps[which] = int(rows[finite[at]]), float(steps[finite[at]])

    def _falls(self, rows: Ints, values: Floats) -> None:
        before = np.concatenate(([self.value], values[:-1]))
        fallen = np.flatnonzero(values < before)
        self.falls += len(fallen)
        if self.falls <= MOST_FALLS:
            at = np.concatenate(([self.row], rows[:-1]))
            self.at_falls += [int(row) for place in fallen for row in (at[place], rows[place])]

    @property
    def is_gappy(self) -> bool:
        """Whether NaN means that there was no evaluation: see `metrics.value.without_gaps`."""
        return 0 < self.used < self.logged and self.gap > 1 and self.logged - self.place <= self.gap

    def rows(self) -> list[int]:
        falls = self.at_falls if self.falls <= MOST_FALLS else self.at_falls[: 2 * MOST_FALLS]
        return [row for row in (*self.ends, *self.extremes, *falls, *self.odd) if row >= 0]


@dataclass(slots=True)
class _Texts:
    """The same of a column of something else: its ends, and where it first differs from its first value."""

    logged: int = 0
    first: object = None
    kept: list[int] = field(default_factory=list)
    last: int = -1

    def add(self, rows: Ints, column: pl.Series) -> None:
        if not len(rows):
            return
        if not self.logged:
            self.first, self.kept = column[0], [int(rows[0])]
        if len(self.kept) == 1 and len(others := (column != self.first).arg_true()):
            self.kept.append(int(rows[others[0]]))
        self.last = int(rows[-1])
        self.logged += len(rows)

    def rows(self) -> list[int]:
        return [*self.kept, self.last]


def thinned(pieces: Pieces, points: int, step: str | None = None) -> Thinned:
    """The rows that are kept of a history that comes in pieces.

    Args:
        pieces: gives the rows, in order, from the first one on each time that it is called.
        points: how many values of each key are kept, besides those that decide.
        step: the column that holds the step; None where rows count.
    """
    first = _First(step)
    for frame in pieces():
        first.add(frame)
    second = _Second(first, points)
    kept = [second.add(frame) for frame in pieces()]
    falls = {name: facts.falls for name, facts in first.numbers.items()}
    frame, at = stack([k.frame for k in kept if k.frame.width]), [k.at for k in kept]
    return Thinned(frame, np.concatenate(at) if at else np.empty(0, np.int64), second.whole(), first.height, falls)


def _steps(frame: pl.DataFrame, step: str | None, begin: int, before: float) -> Floats:
    """The step of each row, that of the row before where it has none; shape (rows,)."""
    if step is None:
        return np.arange(begin, begin + frame.height, dtype=np.float64)
    if step not in frame.columns or not frame.schema[step].is_numeric():
        return np.full(frame.height, before)
    found = frame[step].cast(pl.Float64).fill_nan(None).fill_null(strategy="forward")
    return (found.fill_null(strategy="backward") if before != before else found.fill_null(before)).to_numpy()


class _Logged(NamedTuple):
    """Where a piece logs a numeric column (rows in the piece), and what; shape (n,) both."""

    at: NDArray[np.intp]
    values: Floats


def _logged(column: pl.Series) -> _Logged:
    values = column.cast(pl.Float64, strict=False).to_numpy()
    if not column.null_count():
        return _Logged(np.arange(len(values)), values)
    at = np.flatnonzero(column.is_not_null().to_numpy())
    return _Logged(at, values[at])


class _First:
    """The first reading: how often each column was logged, and which rows decide."""

    def __init__(self, step: str | None) -> None:
        self.step = step
        self.numbers: dict[str, _Facts] = {}
        self.texts: dict[str, _Texts] = {}
        self.height = 0
        self._before = np.nan

    def add(self, frame: pl.DataFrame) -> None:
        steps = _steps(frame, self.step, self.height, self._before)
        for column in frame.iter_columns():
            if column.dtype.is_numeric():
                at, values = _logged(column)
                self.numbers.setdefault(column.name, _Facts()).add(at + self.height, values, steps[at])
            elif column.dtype != pl.Null:
                at = np.flatnonzero(column.is_not_null().to_numpy())
                self.texts.setdefault(column.name, _Texts()).add(at + self.height, column.gather(at))
        self.height += frame.height
        self._before = float(steps[-1]) if len(steps) else self._before


@dataclass(slots=True)
class _Sums:
    """The means of the last parts of a key's evaluations and the area under them, added up piece by piece."""

    facts: _Facts
    ends: Ints  # places among the evaluations at which a part begins, and the end of all
    parts: Floats
    done: int = 0
    area: float = 0.0
    total: float = 0.0
    step: float = np.nan
    value: float = np.nan
    first: tuple[float, float] = (np.nan, np.nan)  # step and value

    def add(self, values: Floats, steps: Floats) -> None:
        with np.errstate(all="ignore"):  # infinities of both signs: their sum is none
            self._add(values, steps)

    def _add(self, values: Floats, steps: Floats) -> None:
        self.total += float(values[np.isfinite(values) & (values > 0)].sum())
        if self.facts.is_gappy:
            real = ~np.isnan(values)
            values, steps = values[real], steps[real]
        if not len(values):
            return
        inside = self.ends[(self.ends > self.done) & (self.ends < self.done + len(values))] - self.done
        begins = np.concatenate(([0], inside))
        part = np.searchsorted(self.ends, self.done + begins, side="right") - 1
        np.add.at(self.parts, part, np.add.reduceat(values, begins))
        if self.done:
            values, steps = np.concatenate(([self.value], values)), np.concatenate(([self.step], steps))
            self.done -= 1
        else:
            self.first = float(steps[0]), float(values[0])
        self.area += float(np.diff(steps) @ ((values[1:] + values[:-1]) / 2))
        self.done += len(values)
        self.value, self.step = float(values[-1]), float(steps[-1])

    def found(self) -> Whole:
        used = self.done
        with np.errstate(all="ignore"):
            sums = np.cumsum(self.parts[::-1])[::-1]
        starts = used - _counts(used)
        means = sums[np.searchsorted(self.ends, starts)] / _counts(used)
        begin, value = self.first
        area = self.area / (self.step - begin) if self.step > begin else value
        facts, tails = self.facts, tuple(means.tolist())
        return Whole(facts.logged, facts.finite, used, facts.is_gappy, tails, area, self.total)


def _counts(used: int) -> Ints:
    """How many values the last part of each share has."""
    return np.array([max(1, round(part / PARTS * used)) for part in range(1, PARTS + 1)], dtype=np.int64)


class _Kept(NamedTuple):
    """Rows of a piece, and their numbers among all."""

    frame: pl.DataFrame
    at: Ints


class _Second:
    """The second reading: the rows that are kept, and what is added up over all."""

    def __init__(self, first: _First, points: int) -> None:
        self.first, self.points = first, points
        self.height, self._before = 0, np.nan
        facts: list[_Facts | _Texts] = [*first.texts.values(), *first.numbers.values()]
        self.decisive = np.unique([row for some in facts for row in some.rows()]).astype(np.int64)
        self.sums = {name: _sums(f) for name, f in first.numbers.items() if f.logged > points}
        self.chosen = {count: _spread(count, points) for f in facts if (count := f.logged) > points}
        self.seen: Counter[str] = Counter()
        steps = {s for f in first.numbers.values() for s in f.steps if s == s}
        self.related = np.array(sorted(steps)) if len(steps) * len(self.sums) <= MOST_RELATED else np.empty(0)

    def add(self, frame: pl.DataFrame) -> _Kept:
        """The rows of a piece that are kept."""
        steps = _steps(frame, self.first.step, self.height, self._before)
        few, many = np.zeros(frame.height, dtype=bool), np.zeros(frame.height, dtype=bool)
        for column in frame.iter_columns():
            if column.name in self.first.numbers and column.dtype.is_numeric():
                self._add_numbers(column, steps, few, many)
            elif column.name in self.first.texts and column.dtype != pl.Null:
                at, logged = np.flatnonzero(column.is_not_null().to_numpy()), self.first.texts[column.name].logged
                (few if logged <= self.points else many)[self._chosen(f"text {column.name}", logged, at)] = True
        decisive = self.decisive[(self.decisive >= self.height) & (self.decisive < self.height + frame.height)]
        many[decisive - self.height] = True
        many[:-1] |= few[1:]  # a time between two rows is that of the later one
        at = np.flatnonzero(few | many)
        kept = _Kept(frame[at], at + self.height)
        self.height += frame.height
        self._before = float(steps[-1]) if len(steps) else self._before
        return kept

    def _add_numbers(self, column: pl.Series, steps: Floats, few: NDArray[np.bool_], many: NDArray[np.bool_]) -> None:
        at, values = _logged(column)
        facts = self.first.numbers[column.name]
        kept = self._chosen(f"number {column.name}", facts.logged, at)
        if column.name not in self.sums:
            few[kept] = True
            return
        many[kept] = True
        self.sums[column.name].add(values, steps[at])
        real = ~np.isnan(values)
        if facts.used <= self.points:
            many[at[real]] = True
        known = at[real] if facts.is_gappy else at
        from_here = np.fmin.accumulate(steps[known][::-1])[::-1]  # the lowest step from each row on: steps may fall
        last = np.searchsorted(from_here, self.related, side="right") - 1
        many[known[last[last >= 0]]] = True

    def _chosen(self, name: str, logged: int, at: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those of the rows `at` that are kept for a key which was logged so many times."""
        begin = self.seen[name]
        self.seen[name] += len(at)
        if logged <= self.points:
            return at
        chosen = self.chosen[logged]
        low, high = np.searchsorted(chosen, (begin, begin + len(at)))
        return at[chosen[low:high] - begin]

    def whole(self) -> dict[str, Whole]:
        return {name: sums.found() for name, sums in self.sums.items()}


def _sums(facts: _Facts) -> _Sums:
    used = facts.used if facts.is_gappy else facts.logged
    ends = np.unique(np.concatenate(([0], used - _counts(used))))
    return _Sums(facts, ends, np.zeros(len(ends)))


def _spread(count: int, points: int) -> Ints:
    """`points` of `count` places, one somewhere in each of as many equal stretches, always the same: an even stride
    would fall in with what comes again, such as epochs."""
    edges = np.linspace(0, count, points + 1)
    width = np.random.default_rng(0).random(points)
    return np.minimum((edges[:-1] + width * np.diff(edges)).astype(np.int64), count - 1)
