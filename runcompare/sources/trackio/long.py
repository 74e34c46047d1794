"""The history of a run of more rows than are kept: read in the order of its steps, some at a time.

SQLite orders them by the index that Trackio keeps; where an older project has none, it goes through the rows for each
piece, and holds no more than that.
"""

import copy
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl

from runcompare.records.budgets import most_points, most_rows
from runcompare.records.export import stack
from runcompare.records.history import STEP, TIME
from runcompare.records.thinning import thinned
from runcompare.sources.kit.attempt_times import Signs
from runcompare.sources.kit.packed import Body, Packed, unpack
from runcompare.sources.kit.rising import rising
from runcompare.sources.kit.sqlite_rows import Owned, Row
from runcompare.sources.trackio.rows import Reading, Rows

__all__ = ["long_history"]

_PIECE = 20_000  # rows
_WORDS_KEPT = 20  # warnings of pieces


def long_history(db: sqlite3.Connection, owned: Owned, began: Signs) -> Rows | None:
    """The rows that are kept; None for fewer than that, and where the table is damaged: then it is read from both ends.

    Args:
        db: the project.
        owned: the run's rows of (timestamp, step, metrics).
        began: signs of life of the run, to which those of the rows are added.
    """
    rows = _LongRows(db, owned, began)
    try:
        if rows.count() <= most_rows():
            return None
        found = thinned(rows.pieces, most_points(), STEP)
        is_short = found.rows <= most_rows()  # many rows of few steps
        frame, whole = (stack(list(rows.pieces())), {}) if is_short else (found.frame, found.whole)
        signs = rows.signs
        if signs.falls:
            signs = began
            for some in rising(map(_times, rows.pieces())):
                signs.add(some)
    except sqlite3.DatabaseError:
        return None
    notes = [*rows.reading.warnings(), *list(rows.odd)[:_WORDS_KEPT]]
    notes += [] if is_short else [found.note(most_points())]
    times = [] if rows.first is None else [rows.first]
    return Rows(frame, rows.reading.summary(), times, rows.reading.lost, notes, whole, signs)


def _times(frame: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return frame[TIME].cast(pl.Float64).drop_nulls().to_numpy() if TIME in frame.columns else np.empty(0)


class _Piece(NamedTuple):
    """Rows of some steps, all of each, and from where on the next ones come; None for the last."""

    rows: list[Row]
    after: tuple[int, ...] | None


@dataclass(slots=True)
class _LongRows:
    """A run's rows, as often as they are asked for; `first` is the first time. What is known of them is from the first
    reading; those that fit are packed then."""

    db: sqlite3.Connection
    owned: Owned
    began: Signs
    reading: Reading = field(default_factory=Reading)
    odd: dict[str, None] = field(default_factory=dict)
    first: float | None = None
    signs: Signs = field(init=False)
    _is_known: bool = False
    _fits: Packed = field(default_factory=Packed)
    _packed: list[Body] = field(default_factory=list)
    _after: tuple[int, ...] | None = ()  # the last step that is packed; None for all

    def __post_init__(self) -> None:
        self.signs = copy.deepcopy(self.began)

    def count(self) -> int:
        sql = f"SELECT count(*) FROM {self.owned.table} WHERE {self.owned.owner} = ?"
        return int(self.db.execute(sql, (self.owned.value,)).fetchone()[0])

    def pieces(self) -> Iterator[pl.DataFrame]:
        if not self._is_known:
            yield from self._noted()
            self.reading.merged(self._rows("typeof(step) <> 'integer'"))  # which are lost
            self._is_known = True
            return
        yield from map(unpack, self._packed)
        again = Reading()
        yield from (again.frame(again.merged(piece.rows)).frame for piece in self._by_steps(self._after))

    def _noted(self) -> Iterator[pl.DataFrame]:
        for piece in self._by_steps(()):
            frame, odd = self.reading.frame(self.reading.merged(piece.rows))
            self.odd.update(dict.fromkeys(odd))
            times = _times(frame)
            if len(times):
                self.first = min(float(times.min()), np.inf if self.first is None else self.first)
            self.signs.add(times)
            if (body := self._fits.packed(frame)) is not None:
                self._packed.append(body)
                self._after = piece.after
            yield frame

    def _by_steps(self, after: tuple[int, ...] | None) -> Iterator[_Piece]:
        while after is not None:
            beyond = "step > ? AND " if after else ""
            rows = self._rows(f"{beyond}typeof(step) = 'integer' ORDER BY step LIMIT {_PIECE}", *after)
            last = rows[-1][1] if len(rows) == _PIECE else None
            if last is None:
                after = None
            elif rows[0][1] == last:
                rows, after = self._rows("step = ?", last), (last,)
            else:
                rows, after = [row for row in rows if row[1] < last], (last - 1,)
            yield _Piece(rows, after)

    def _rows(self, where: str, *values: int) -> list[Row]:
        owned = self.owned
        sql = f"SELECT {owned.columns}, rowid FROM {owned.table} WHERE {owned.owner} = ? AND {where}"
        return self.db.execute(sql, (owned.value, *values)).fetchall()
