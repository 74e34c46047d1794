"""Rows of SQLite tables, as many as are readable where pages are damaged."""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

__all__ = [
    "NamedRows",
    "Owned",
    "Row",
    "Rows",
    "Salvaged",
    "index_of_key",
    "named_rows",
    "owned_rows",
    "readable_rows",
    "rows_of_both_ends",
]

Row = tuple[Any, ...]


class Rows(NamedTuple):
    """Rows up to the first damaged page, and what SQLite says of that; empty if nothing is damaged."""

    rows: list[Row]
    damage: str = ""


class NamedRows(NamedTuple):
    """The same, each row by column name."""

    rows: list[dict[str, Any]]
    damage: str = ""


class Salvaged(NamedTuple):
    """A run's rows, rowid last; how many were lost to damage; and warnings of that."""

    rows: list[Row]
    lost: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Owned:
    """The rows of `table` whose column `owner` is `value`; `columns` are those wanted, separated by commas."""

    table: str
    columns: str
    owner: str
    value: str

    def rows(self, db: sqlite3.Connection, how: str = "", order: str = "") -> Rows:
        """With their rowid last. `how` names an index, `order` a sorting, as SQLite has them."""
        sql = f"SELECT {self.columns}, rowid FROM {self.table} {how} WHERE {self.owner} = ? {order}"
        return readable_rows(db, sql, (self.value,))


def readable_rows(db: sqlite3.Connection, sql: str, values: Sequence[Any] = ()) -> Rows:
    """What a query gives before it meets a damaged page. Other errors are raised."""
    found: list[Row] = []
    try:
        found.extend(db.execute(sql, values))
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        with suppress(sqlite3.DatabaseError):  # Python looks one row ahead: the last good one went with the damage
            found.extend(db.execute(f"{sql} LIMIT 1 OFFSET {len(found)}", values))
        return Rows(found, str(error))
    return Rows(found)


def rows_of_both_ends(db: sqlite3.Connection, table: str, columns: str) -> list[Row]:
    """What can be read of a damaged table from its first row on, and back from its last one, rowid last."""
    found: dict[int, Row] = {}
    for direction in ("ASC", "DESC"):
        rows, _ = readable_rows(db, f"SELECT {columns}, rowid FROM {table} NOT INDEXED ORDER BY rowid {direction}")
        found |= {row[-1]: row for row in rows}
    return [found[rowid] for rowid in sorted(found)]


def named_rows(db: sqlite3.Connection, table: str, where: str = "1", *values: Any) -> NamedRows:
    """All columns of a table's readable rows."""
    names = [name for (name,) in db.execute("SELECT name FROM pragma_table_info(?)", (table,))]
    if not names:
        return NamedRows([], f"there is no table {table}")
    rows, damage = readable_rows(db, f"SELECT * FROM {table} WHERE {where}", values)
    return NamedRows([dict(zip(names, row, strict=True)) for row in rows], damage)


def owned_rows(db: sqlite3.Connection, owned: Owned) -> Salvaged:
    """All readable rows of a run."""
    rows, damage = owned.rows(db)
    if not damage:
        return Salvaged(rows)
    found = _salvaged(db, owned)
    known = readable_rows(db, f"SELECT rowid FROM {owned.table} WHERE {owned.owner} = ?", (owned.value,))
    lost = len({rowid for (rowid,) in known.rows} - found.keys())
    if known.damage:
        lost = max(lost, 1)
    count = f"at least {lost}" if known.damage else str(lost)
    return Salvaged(
        list(found.values()), lost, (f"The table '{owned.table}' is damaged: {count} of the run's rows are lost.",)
    )


def _salvaged(db: sqlite3.Connection, owned: Owned) -> dict[int, Row]:
    """By rowid, from both ends of the table and of its primary key's index, which may hold what the table lost.

    Rows on which the two disagree are left out.
    """
    ways = {"NOT INDEXED": "rowid"}
    if index := index_of_key(db, owned.table):
        ways[f"INDEXED BY {index}"] = owned.columns.partition(",")[0]
    found: dict[int, Row] = {}
    clash = set()
    for how, order in ways.items():
        for direction in ("ASC", "DESC"):
            rows, damage = owned.rows(db, how, f"ORDER BY {order} {direction}")
            clash |= {row[-1] for row in rows if found.setdefault(row[-1], row) != row}
            if not damage:
                break
    return {rowid: row for rowid, row in found.items() if rowid not in clash}


def index_of_key(db: sqlite3.Connection, table: str) -> str | None:
    """The index of a table's primary key, if there is one besides the table itself."""
    found = readable_rows(db, "SELECT name FROM pragma_index_list(?) WHERE origin = 'pk'", (table,)).rows
    names = [name if isinstance(name, str) else bytes(name).decode() for (name,) in found]
    return names[0] if names else None
