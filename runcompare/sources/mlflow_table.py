"""The table `metrics` of MLflow's SQLite store, and what can be had of it when it is damaged.

Its primary key spans all columns, so SQLite keeps every row twice: in the table and in that key's index. What the one
lost, the other may have; the index of run ids says how many rows there should be.
"""

import sqlite3
from collections.abc import Sequence

import numpy as np

from runcompare.sources.mlflow_points import HUGE, Points
from runcompare.sources.sqlite_readonly import Row, had

__all__ = ["points_of"]

_COLUMNS = "SELECT key, value, timestamp, step, is_nan, rowid FROM metrics"
_OF_RUN = "WHERE run_uuid = ?"


def points_of(db: sqlite3.Connection, run_id: str) -> tuple[Points, int, list[str]]:
    """A run's points in the order they were written, how many rows were lost, and what there is to say."""
    plain = db.text_factory
    db.text_factory = bytes  # each key is decoded once
    try:
        rows, damage = had(db, f"{_COLUMNS} {_OF_RUN}", (run_id,))
        lost = 0
        said: list[str] = []
        if damage:
            rows, lost, said = _salvage(db, run_id)
    finally:
        db.text_factory = plain
    points, odd = _points(rows)
    if odd:
        said.append(f"{odd} rows of the table 'metrics' hold what is no number: left out.")
    return points, lost + odd, said


def _salvage(db: sqlite3.Connection, run_id: str) -> tuple[list[Row], int, list[str]]:
    """The rows of a damaged table, each once, from both its ends and from both ends of its key's index."""
    found: dict[int, Row] = {}
    ways = [("NOT INDEXED", "rowid"), *((f"INDEXED BY {name}", "key") for name in _covering(db))]
    for how, order in ways:
        for direction in ("ASC", "DESC"):
            sql = f"{_COLUMNS} {how} {_OF_RUN} ORDER BY {order} {direction}"
            rows, damage = had(db, sql, (run_id,))
            found.update((row[-1], row) for row in rows)
            if not damage:
                break
    known, uncounted = had(db, "SELECT rowid FROM metrics WHERE run_uuid = ?", (run_id,))
    lost = len({rowid for (rowid,) in known} - found.keys())
    how_many = f"{lost} of its rows" + (" or more" if uncounted else "")
    return list(found.values()), lost, [f"The table 'metrics' is damaged: {how_many} are lost."]


def _covering(db: sqlite3.Connection) -> list[str]:
    """The primary key's index, if it spans the columns that we read."""
    rows, _ = had(db, "SELECT name FROM pragma_index_list('metrics') WHERE origin = 'pk'")
    return [name.decode() for (name,) in rows]


def _points(rows: Sequence[Row]) -> tuple[Points, int]:
    """Points by rowid, and how many rows were none."""
    if not rows:
        return Points(), 0
    columns = tuple(zip(*rows, strict=True))
    if not all(set(map(type, column)) <= kinds for column, kinds in zip(columns, _KINDS, strict=True)):
        good = [row for row in rows if all(type(cell) in kinds for cell, kinds in zip(row, _KINDS, strict=True))]
        return _points(good)[0], len(rows) - len(good)
    keys, values, times, steps, nans, ids = columns
    codes = {key: code for code, key in enumerate(dict.fromkeys(keys))}
    value = np.array(values, dtype=np.float64)
    value[np.abs(value) >= HUGE] *= np.inf
    value[np.array(nans, dtype=bool)] = np.nan
    points = Points(
        [key.decode("utf-8", "backslashreplace") for key in codes],
        np.fromiter(map(codes.__getitem__, keys), np.int64, len(keys)),
        value,
        np.array(times, dtype=np.int64),
        np.array(steps, dtype=np.int64),
    )
    return points.where(np.argsort(np.array(ids), kind="stable")), 0


_KINDS = (frozenset({bytes}), frozenset({float, int}), *[frozenset({int})] * 4)
