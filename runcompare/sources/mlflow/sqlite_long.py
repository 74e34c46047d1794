"""The table `metrics` of MLflow's SQLite store, of a run that has more rows there than are held.

It is read some rows at a time, and compared with its primary key's index by sums over each key's rows: the order in
which the two have them differs.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from runcompare.records.budgets import most_rows
from runcompare.sources.kit.sqlite_rows import Row, index_of_key
from runcompare.sources.mlflow.long import LongPoints
from runcompare.sources.mlflow.points import Ints, Points
from runcompare.sources.mlflow.sqlite_table import Table, last_values, points_in, table_of

__all__ = ["long_points_of"]

_ROWS = 50_000  # that are read at once
_FEW = 5_000  # that are held as Python's objects, where that is enough: many take its garbage collector's time
_OWNER = "SELECT name FROM pragma_index_list('metrics') WHERE origin = 'c' AND partial = 0"
_NO_ROWID = -(2**63)
_MIX = np.uint64(0x9E3779B97F4A7C15)


def long_points_of(db: sqlite3.Connection, run_id: str) -> LongPoints | None:
    """A run's points; None for those that can be held, and where the table can't be read whole or its index holds
    something else: then it has to be seen which rows differ."""
    plain = db.text_factory
    db.text_factory = bytes
    try:
        log = _Log(db, run_id)
        return log.points if log.is_long() and log.is_read() and log.is_kept_twice() else None
    except (sqlite3.DatabaseError, TypeError, ValueError):
        return None
    finally:
        db.text_factory = plain


@dataclass(slots=True)
class _Sum:
    """What is known of a key's rows: a sum over them, and their first and last time."""

    rows: int = 0
    first: int = 0
    last: int = 0


@dataclass(slots=True)
class _Log:
    """A run's rows as they are read."""

    db: sqlite3.Connection
    run_id: str
    codes: dict[bytes, int] = field(default_factory=dict)
    sums: dict[int, _Sum] = field(default_factory=dict)
    points: LongPoints = field(default_factory=lambda: LongPoints([]))

    def is_long(self) -> bool:
        """Whether a key has more rows than are held."""
        counted = "SELECT count(*) FROM metrics WHERE run_uuid = ?"
        (count,) = self.db.execute(counted, (self.run_id,)).fetchone()
        if count <= most_rows():
            return False
        counts = self.db.execute(f"{counted} GROUP BY key", (self.run_id,))
        return any(n > most_rows() for (n,) in counts)

    def is_read(self) -> bool:
        """Read all rows, and take note of them. False where some are no points, or telemetry alone is long."""
        after = _NO_ROWID
        how = self._way()
        while rows := self._rows(how, "rowid > ?", after):
            begin, after = rows[0][-1], rows[-1][-1]
            typed = table_of(rows)
            if typed.odd:
                return False
            points = self._coded(typed.table)
            self._sum(points.code, typed.table)
            self.points.add(points, self._reader(how, begin, after))
        return self.points.most() > most_rows()

    def _reader(self, how: str, begin: int, end: int) -> Callable[[], Points]:
        where = f"rowid <= {int(end)} AND rowid >= ?"
        return lambda: self._coded(table_of(self._rows(how, where, begin)).table)

    def _way(self) -> str:
        """The index of the run's rows in their order, else the table itself."""
        for (name,) in self.db.execute(_OWNER).fetchall():
            text = bytes(name).decode()
            columns = [bytes(c) for (c,) in self.db.execute("SELECT name FROM pragma_index_info(?)", (text,))]
            if columns == [b"run_uuid"]:
                return f"INDEXED BY {text}"
        return "NOT INDEXED"

    def _rows(self, how: str, where: str, value: int) -> list[Row]:
        columns = "CAST(key AS BLOB), value, timestamp, step, is_nan, rowid"
        sql = f"SELECT {columns} FROM metrics {how} WHERE run_uuid = ? AND {where} ORDER BY rowid LIMIT {_ROWS}"
        return self.db.execute(sql, (self.run_id, value)).fetchall()

    def _coded(self, table: Table) -> Points:
        """The points by the codes of all keys."""
        some = points_in(table)
        for name, key in zip(some.keys, table.keys, strict=True):
            if key not in self.codes:
                self.codes[key] = len(self.points.keys)
                self.points.keys.append(name)
        codes = np.array([self.codes[key] for key in table.keys], np.int64)
        return Points(self.points.keys, codes[some.code], some.value, some.time, some.step)

    def _sum(self, code: Ints, table: Table) -> None:
        order = np.argsort(code, kind="stable")
        codes, begins = np.unique(code[order], return_index=True)
        time = table.time[order]
        marks = _marks(table.value[order], time, table.step[order], table.is_nan[order])
        parts = (f.reduceat(a, begins).tolist() for f, a in ((np.add, marks), (np.minimum, time), (np.maximum, time)))
        for which, rows, first, last in zip(codes.tolist(), *parts, strict=True):
            known = self.sums.setdefault(which, _Sum(0, first, last))
            known.rows = (known.rows + rows) % 2**64
            known.first, known.last = min(known.first, first), max(known.last, last)

    def is_kept_twice(self) -> bool:
        """Does the primary key's index hold the same, and does MLflow's table of last values know no other keys?"""
        index = index_of_key(self.db, "metrics")
        if index is None or not {row[0] for row in last_values(self.db, self.run_id)} <= self.codes.keys():
            return index is None
        return all(self._in_index(index, key, self.sums[code]) for key, code in self.codes.items())

    def _in_index(self, index: str, key: bytes, known: _Sum) -> bool:
        where = "WHERE key = ? AND timestamp BETWEEN ? AND ? AND run_uuid = ?"
        sql = f"SELECT value, timestamp, step, is_nan FROM metrics INDEXED BY {index} {where}"
        found = self.db.execute(sql, (key.decode("utf-8", "replace"), known.first, known.last, self.run_id))
        total = 0
        while rows := found.fetchmany(_FEW):
            value = np.fromiter(map(itemgetter(0), rows), np.float64, len(rows))
            others = (np.fromiter(map(itemgetter(i), rows), np.int64, len(rows)) for i in (1, 2, 3))
            total += int(np.add.reduce(_marks(value, *others)))
        return total % 2**64 == known.rows


def _marks(value: NDArray[np.float64], *others: Ints) -> NDArray[np.uint64]:
    """A number for each row that depends on all of its bits; shape (n,)."""
    marks = value.view(np.uint64) + _MIX
    for other in others:
        marks = (marks ^ other.view(np.uint64)) * _MIX
        marks ^= marks >> np.uint64(29)
    return marks
