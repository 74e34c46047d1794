"""Rows of SQLite tables, as many as can be had where pages are damaged."""

import sqlite3
from collections.abc import Sequence
from typing import Any

__all__ = ["Row", "had", "had_named", "index_of_key", "rows_of"]

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
    if not names:
        return [], f"there is no table {table}"
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
    if uncounted:
        lost = max(lost, 1)
    said = f"The table '{table}' is damaged: {'at least ' if uncounted else ''}{lost} of the run's rows are lost."
    return list(found.values()), lost, [said]


def _salvaged(db: sqlite3.Connection, table: str, columns: str, owner: str, value: str) -> dict[int, Row]:
    """By rowid, from both ends of the table and of its primary key's index, which may hold what the table lost.

    Rows on which the two disagree are left out.
    """
    ways = [("NOT INDEXED", "rowid")]
    if index := index_of_key(db, table):
        ways.append((f"INDEXED BY {index}", columns.partition(",")[0]))
    found: dict[int, Row] = {}
    clash = set()
    for how, order in ways:
        for direction in ("ASC", "DESC"):
            sql = f"SELECT {columns}, rowid FROM {table} {how} WHERE {owner} = ? ORDER BY {order} {direction}"
            rows, damage = had(db, sql, (value,))
            clash |= {row[-1] for row in rows if found.setdefault(row[-1], row) != row}
            if not damage:
                break
    return {rowid: row for rowid, row in found.items() if rowid not in clash}


def index_of_key(db: sqlite3.Connection, table: str) -> str | None:
    """The index of a table's primary key, if there is one besides the table itself."""
    found, _ = had(db, "SELECT name FROM pragma_index_list(?) WHERE origin = 'pk'", (table,))
    names = [name if isinstance(name, str) else bytes(name).decode() for (name,) in found]
    return names[0] if names else None
