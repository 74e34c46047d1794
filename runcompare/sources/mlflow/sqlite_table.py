"""Rows of the table `metrics` of MLflow's SQLite store, as points."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from runcompare.sources.kit.sqlite_rows import Row, readable_rows
from runcompare.sources.mlflow.points import HUGE, Ints, Points

__all__ = ["COLUMNS", "Table", "Typed", "last_values", "points_in", "table_of"]

COLUMNS = "key, value, timestamp, step, is_nan"
_KINDS = (frozenset({bytes}), frozenset({float, int}), *[frozenset({int})] * 4)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as stored, in the order they were written. Arrays (n,); `code` counts the keys."""

    keys: list[bytes]
    code: Ints
    value: NDArray[np.float64]
    time: Ints
    step: Ints
    is_nan: Ints


class Typed(NamedTuple):
    table: Table
    odd: int  # rows with cells of another kind


def last_values(db: sqlite3.Connection, run_id: str) -> list[Row]:
    """Each metric's last value, which MLflow keeps apart; none where the store is older than that."""
    try:
        return readable_rows(db, f"SELECT {COLUMNS} FROM latest_metrics WHERE run_uuid = ?", (run_id,)).rows
    except sqlite3.OperationalError:
        return []


def points_in(table: Table) -> Points:
    keys = [key.decode("utf-8", "backslashreplace") for key in table.keys]
    value = np.where(np.abs(table.value) >= HUGE, np.copysign(np.inf, table.value), table.value)
    return Points(keys, table.code, np.where(table.is_nan != 0, np.nan, value), table.time, table.step)


def table_of(rows: Sequence[Row]) -> Typed:
    """The table by rowid, without rows that have cells of another kind."""
    if not all(set(map(type, map(itemgetter(i), rows))) <= kinds for i, kinds in enumerate(_KINDS)):
        good = [row for row in rows if all(type(cell) in kinds for cell, kinds in zip(row, _KINDS, strict=True))]
        return Typed(table_of(good).table, len(rows) - len(good))
    codes = {key: code for code, key in enumerate(dict.fromkeys(map(itemgetter(0), rows)))}
    order = np.argsort(_column(rows, 5), kind="stable")
    code = np.fromiter(map(codes.__getitem__, map(itemgetter(0), rows)), np.int64, len(rows))
    value = np.fromiter(map(itemgetter(1), rows), np.float64, len(rows))
    time, step, is_nan = (_column(rows, i)[order] for i in (2, 3, 4))
    return Typed(Table(list(codes), code[order], value[order], time, step, is_nan), 0)


def _column(rows: Sequence[Row], i: int) -> Ints:
    return np.fromiter(map(itemgetter(i), rows), np.int64, len(rows))
