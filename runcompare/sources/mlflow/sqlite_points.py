"""The table `metrics` of MLflow's SQLite store.

SQLite has no checksums, but the table's primary key spans all its columns, so that every value is kept twice: in the
table and in that key's index. Both are read and compared. Where they disagree on a value it is left out and counted;
what only one of them still has is kept.
"""

import sqlite3
from collections.abc import Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from runcompare.records.run import Lost
from runcompare.sources.kit.sqlite_rows import Owned, Row, Salvaged, index_of_key, owned_rows
from runcompare.sources.mlflow.run import Reading
from runcompare.sources.mlflow.sqlite_long import long_points_of
from runcompare.sources.mlflow.sqlite_table import COLUMNS, Table, last_values, points_in, table_of

__all__ = ["points_of"]

_LOW = 2**32 - 1
Ints = NDArray[np.int64]


def points_of(db: sqlite3.Connection, run_id: str) -> Reading:
    """A run's points in the order they were written."""
    if (long := long_points_of(db, run_id)) is not None:
        return Reading(long, Lost())
    plain = db.text_factory
    db.text_factory = bytes  # each key is decoded once
    try:
        found = owned_rows(db, Owned("metrics", COLUMNS, "run_uuid", run_id))
        table, odd = table_of(found.rows)
        if not found.warnings and not _is_kept_twice(db, run_id, table):
            found = _reconciled(db, run_id, found.rows)
        rebuilt = _missing_last_values(db, run_id, found.rows) if found.warnings else []
        if found.warnings:
            table, odd = table_of([*found.rows, *rebuilt])
    finally:
        db.text_factory = plain
    notes = list(found.warnings)
    if rebuilt:
        notes.append(f"{len(rebuilt)} last values of metrics were taken from 'latest_metrics' instead.")
    if odd:
        notes.append(f"{odd} rows of the table 'metrics' hold what is no number: left out.")
    lost = Lost(records=max(found.lost + odd, len(rebuilt)), rebuilt_rows=len(rebuilt))
    return Reading(points_in(table), lost, notes)


def _missing_last_values(db: sqlite3.Connection, run_id: str, rows: Sequence[Row]) -> list[Row]:
    """What MLflow's table of last values has and `rows` lack, as their latest rows."""
    known = {(row[0], *row[2:4]) for row in rows}
    end = max((row[-1] for row in rows), default=0)
    last = last_values(db, run_id)
    return [(*row, end + i) for i, row in enumerate(last, start=1) if (row[0], *row[2:4]) not in known]


def _is_kept_twice(db: sqlite3.Connection, run_id: str, table: Table) -> bool:
    """Does the primary key's index hold the same points, and does MLflow's table of last values know no other keys?"""
    index = index_of_key(db, "metrics")
    if index is None or not {row[0] for row in last_values(db, run_id)} <= set(table.keys):
        return index is None
    order = np.lexsort((table.value, table.step, table.time, table.code))
    begins = np.searchsorted(table.code[order], np.arange(1, len(table.keys)))
    parts = np.split(order, begins) if len(table.keys) else []
    kept = (_is_part_kept(db, _Part(index, run_id, key), table, at) for key, at in zip(table.keys, parts, strict=True))
    return all(kept)


class _Part(NamedTuple):
    """One key's points of one run, as the primary key's index has them."""

    index_name: str
    run_id: str
    key: bytes


def _is_part_kept(db: sqlite3.Connection, part: _Part, table: Table, at: Ints) -> bool:
    """The same for one key; `at` are its rows in the index's order."""
    time, step, is_nan = table.time[at], table.step[at], table.is_nan[at]
    where = f"FROM metrics INDEXED BY {part.index_name} WHERE key = ? AND timestamp BETWEEN ? AND ? AND run_uuid = ?"
    asked = (part.key.decode("utf-8", "replace"), int(time[0]), int(time[-1]), part.run_id)
    sums = [*(int(x.sum()) for x in (time & _LOW, time >> 32, step & _LOW, step >> 32, is_nan)), len(at)]
    try:
        stored = db.execute(f"SELECT {_SUMS} {where}", asked).fetchone()
        values = np.fromiter(map(itemgetter(0), db.execute(f"SELECT value {where}", asked)), np.float64)
    except (sqlite3.DatabaseError, TypeError, ValueError):
        return False
    return list(stored) == sums and bool((values == table.value[at]).all())


_SUMS = ", ".join(f"total({x} & {_LOW}), total({x} >> 32)" for x in ("timestamp", "step")) + ", total(is_nan), count(*)"


def _reconciled(db: sqlite3.Connection, run_id: str, rows: Sequence[Row]) -> Salvaged:
    """The rows on which table and index agree and those that only one of them has."""
    index = index_of_key(db, "metrics")
    again, damage = Owned("metrics", COLUMNS, "run_uuid", run_id).rows(db, f"INDEXED BY {index}")
    one: dict[Any, Row] = {row[-1]: row for row in rows}
    other: dict[Any, Row] = {row[-1]: row for row in again}
    clash = {rowid for rowid in one.keys() & other.keys() if one[rowid] != other[rowid]}
    how = "not all of it can be checked" if damage else "they differ"
    notes = [f"The table 'metrics' or its index is damaged: {how}."]
    if clash:
        notes.append(f"{len(clash)} values that differ between the two are left out.")
    kept = [row for rowid, row in (one | other).items() if rowid not in clash]
    return Salvaged(kept, len(clash), tuple(notes))
