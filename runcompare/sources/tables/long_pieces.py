"""A long table, one value a line, of more lines than are kept: made wide some steps at a time.

Its lines may stand in any order, each metric's for itself or all of a step together: the lowest steps are taken from
the whole table, then the next ones (`kit/by_steps.py`). What has no whole numbers for steps, several runs or columns
that change their type is read whole.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from runcompare.errors import UnreadableRun
from runcompare.records.budgets import most_rows
from runcompare.records.column_names import as_column
from runcompare.sources.kit.by_steps import PLACE, Chunk, in_order, spans_of
from runcompare.sources.kit.packed import Packed, unpack
from runcompare.sources.tables.axes import RUN_NAMES, Axes, Table, find_axes, is_axis_name, is_step_name
from runcompare.sources.tables.long import keys_of, long_columns, made_wide

__all__ = ["LongPieces"]

_SHARE = 10  # as many lines are made wide at once, as one in so many of those that are kept
Frames = Callable[[], Iterable[pl.DataFrame]]


@dataclass(slots=True)
class LongPieces:
    """A long table's rows, as often as they are asked for, in the order of steps. Raises UnreadableRun for what has to
    be read whole.

    Attributes:
        lines: gives the table's pieces, each time anew.
        head: the first of them.
        step: the column of the steps.
        names: the columns of all rows, in the order in which the table has them; known once it was read.
        warnings: what there is to tell, then.
    """

    lines: Frames
    head: pl.DataFrame
    step: str = field(init=False)
    names: dict[str, None] = field(default_factory=dict)
    warnings: dict[str, None] = field(default_factory=dict)
    _codes: dict[str, int] = field(default_factory=dict)
    _chunks: list[Chunk] = field(default_factory=list)
    _floats: set[str] = field(default_factory=set)  # columns that hold fractions
    _runs: set[tuple[str, object]] = field(default_factory=set)
    _falls: int = 0
    _last: int = 0
    _count: int = 0
    _again: "_Again" = field(init=False)

    def __post_init__(self) -> None:
        found, step = long_columns(self.head.columns), find_axes(self.head).step
        is_one = [name for name in self.head.columns if is_step_name(name)] == [step]
        if found is None or step is None or not is_one or self.head.schema[found.name] != pl.String:
            raise UnreadableRun("Its steps have to be found in the whole.")
        self.step = step
        self.names |= dict.fromkeys(filter(is_axis_name, self.head.columns))
        self._again = _Again(self._typed)
        fits = Packed()
        for number, frame in enumerate(self._typed()):
            self._add(number, frame.filter(pl.col(found.name).is_not_null()), found.name, fits)
        if 2 * self._falls >= self._count:
            raise UnreadableRun("Its steps fall as often as they rise.")

    def _add(self, number: int, frame: pl.DataFrame, name: str, fits: Packed) -> None:
        steps = frame[PLACE].to_numpy()
        self._falls += int((np.diff(steps, prepend=self._last if self._count else steps[:1]) < 0).sum())
        self._last, self._count = (int(steps[-1]) if len(steps) else self._last), self._count + len(steps)
        keys = keys_of(frame, name)
        for key in keys:
            self._codes.setdefault(key, len(self._codes))
        codes = np.fromiter(map(self._codes.__getitem__, keys), np.int64, len(keys))
        for column in (c for c in frame.columns if c.strip().lower() in RUN_NAMES):
            self._runs |= {(column, value) for value in frame[column].unique()}
        if len({column for column, _ in self._runs}) < len(self._runs):
            raise UnreadableRun("It holds several runs.")
        body = fits.packed(frame)
        read = (lambda: self._again.read(number, name)) if body is None else (lambda: unpack(body))
        self._chunks.append(Chunk(spans_of(codes, steps), read))

    def _typed(self) -> Iterator[pl.DataFrame]:
        """The pieces, all with the columns of the first, numbers as floats but for values, and each step as a whole
        number."""
        schema = pl.Schema({name: self._kind(name, kind) for name, kind in self.head.schema.items()})
        for frame in self.lines():
            kinds = frame.schema
            self._floats |= {name for name, kind in kinds.items() if kind.is_float()}
            odd = [n for n, kind in kinds.items() if self._kind(n, kind) != schema.get(n) and kind != pl.Null]
            if odd or not {self.step} <= kinds.keys() <= schema.keys():
                raise UnreadableRun("Its columns change.")
            if not kinds[self.step].is_integer() or frame[self.step].null_count():
                raise UnreadableRun("Its steps are no whole numbers.")
            whole = [pl.col(n) if n in kinds else pl.lit(None).alias(n) for n in schema]
            yield frame.select(whole).cast(schema).with_columns(pl.col(self.step).alias(PLACE))

    def _kind(self, name: str, kind: pl.DataType) -> pl.DataType:
        if name == self.step:
            return pl.Int64()
        return pl.Float64() if is_axis_name(name) and kind.is_numeric() else kind

    def pieces(self) -> Iterator[pl.DataFrame]:
        """Wide rows."""
        most = max(1, most_rows() // _SHARE)
        for lines in in_order(self._chunks, len(self._codes), most, lambda frame: frame):
            plain = lines if self.step == PLACE else lines.drop(PLACE)
            table = made_wide(Table(plain), Axes(step=self.step))
            self.warnings |= dict.fromkeys(table.warnings)
            yield table.frame

    def in_order(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The columns in the order in which the whole table has them."""
        names = [*self.names, *map(as_column, self._codes)]
        known = [name for name in dict.fromkeys(names) if name in frame.columns]
        frame = frame.select(*known, *(name for name in frame.columns if name not in known))
        whole = [
            n for n in self.names if n in frame.columns and frame.schema[n] == pl.Float64 and n not in self._floats
        ]
        return frame.with_columns(pl.col(whole).cast(pl.Int64)) if whole else frame


@dataclass(slots=True)
class _Again:
    """The pieces of a table that are not packed: read again from its beginning, unless the next one is wanted."""

    frames: Frames
    _next: int = 0
    _left: Iterator[pl.DataFrame] | None = None

    def read(self, number: int, name: str) -> pl.DataFrame:
        if self._left is None or number < self._next:
            self._left, self._next = iter(self.frames()), 0
        for frame in self._left:
            self._next += 1
            if self._next > number:
                return frame.filter(pl.col(name).is_not_null())
        raise UnreadableRun("It changes while it is read.")
