"""The table `metrics` of MLflow's SQLite store, and what can be had of it when it is damaged.

Its primary key spans all columns, so SQLite keeps every row twice: in the table and in that key's index. What the one
lost, the other may have; the index of run ids says how many rows there should be.
"""

import sqlite3
from collections.abc import Sequence

import numpy as np

from runcompare.sources.mlflow_points import HUGE, Points
from runcompare.sources.sqlite_rows import Row, rows_of

__all__ = ["points_of"]

_COLUMNS = "key, value, timestamp, step, is_nan"


def points_of(db: sqlite3.Connection, run_id: str) -> tuple[Points, int, list[str]]:
    """A run's points in the order they were written, how many rows were lost, and what there is to say."""
    plain = db.text_factory
    db.text_factory = bytes  # each key is decoded once
    try:
        rows, lost, said = rows_of(db, "metrics", _COLUMNS, "run_uuid", run_id)
    finally:
        db.text_factory = plain
    points, odd = _points(rows)
    if odd:
        said.append(f"{odd} rows of the table 'metrics' hold what is no number: left out.")
    return points, lost + odd, said


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
