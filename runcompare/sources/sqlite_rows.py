"""Rows of SQLite tables, as many as can be had where pages are damaged."""

import sqlite3
from collections.abc import Sequence
from typing import Any

__all__ = ["Row", "had", "had_named", "rows_of"]

Row = tuple[Any, ...]


def had(db: sqlite3.Connection, sql: str, values: Sequence[Any] = ()) -> tuple[list[Row], str]:
    """The rows up to the first damaged page, and what SQLite says of that; other errors are raised."""
    found: list[Row] = []
    try:
        found.extend(db.execute(sql, values))
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        return found, str(error)
    return found, ""


def had_named(db: sqlite3.Connection, table: str, where: str = "1", *values: Any) -> tuple[list[dict[str, Any]], str]:
    """The same for all columns of a table, each row by column name."""
    names = [name for (name,) in db.execute("SELECT name FROM pragma_table_info(?)", (table,))]
    rows, damage = had(db, f"SELECT * FROM {table} WHERE {where}", values)
    return [dict(zip(names, row, strict=True)) for row in rows], damage


def rows_of(
    db: sqlite3.Connection, table: str, columns: str, owner: str, value: str
) -> tuple[list[Row], int, list[str]]:
    """The rows whose column `owner` is `value`, rowid last; how many were lost to damage, and what there is to say."""
    rows, damage = had(db, f"SELECT {columns}, rowid FROM {table} WHERE {owner} = ?", (value,))
    if not damage:
        return rows, 0, []
    found = _salvaged(db, table, columns, owner, value)
    known, uncounted = had(db, f"SELECT rowid FROM {table} WHERE {owner} = ?", (value,))
    lost = len({rowid for (rowid,) in known} - found.keys())
    more = " or more" if uncounted else ""
    return list(found.values()), lost, [f"The table '{table}' is damaged: {lost}{more} of the run's rows are lost."]


def _salvaged(db: sqlite3.Connection, table: str, columns: str, owner: str, value: str) -> dict[int, Row]:
    """By rowid, from both ends of the table and of its primary key's index, which may hold what the table lost."""
    keys, _ = had(db, "SELECT name FROM pragma_index_list(?) WHERE origin = 'pk'", (table,))
    indices = [name if isinstance(name, str) else bytes(name).decode() for (name,) in keys]
    ways = [("NOT INDEXED", "rowid"), *((f"INDEXED BY {name}", columns.partition(",")[0]) for name in indices)]
    found: dict[int, Row] = {}
    for how, order in ways:
        for direction in ("ASC", "DESC"):
            sql = f"SELECT {columns}, rowid FROM {table} {how} WHERE {owner} = ? ORDER BY {order} {direction}"
            rows, damage = had(db, sql, (value,))
            found.update((row[-1], row) for row in rows)
            if not damage:
                return found
    return found
