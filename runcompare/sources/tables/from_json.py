"""JSON lines, arrays of rows and objects of columns as a typed table.

Nested objects become `outer.inner`, as W&B names them. The texts NaN, Infinity and -Infinity are the numbers that JSON
has no sign for. A line that is no object is lost and counted; of an array that is cut, the rows up to there are read.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import msgspec

from runcompare.errors import UnreadableRun
from runcompare.records.as_json import JSON_SUFFIX
from runcompare.records.column_names import TAKEN_SUFFIX, as_column
from runcompare.records.columns import Frame, frame_of_objects
from runcompare.records.config import flatten
from runcompare.records.run import Lost
from runcompare.sources.tables.axes import Table
from runcompare.sources.tables.long import long_columns

__all__ = ["OneObject", "frame_of_rows", "rows_of_lines", "table_of_json", "with_losses"]

_ROWS = ("history", "rows", "records", "log_history", "data")  # keys under which an object may hold its rows
_WORDS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_fast = msgspec.json.Decoder()
_plain = json.JSONDecoder()
Row = Mapping[str, Any]


@dataclass(slots=True)
class _Rows:
    """Rows as they are read, and what was left out of them."""

    rows: list[Row] = field(default_factory=list)
    lost: int = 0
    lost_bytes: int = 0

    def lose(self, text: str) -> None:
        self.lost += 1
        self.lost_bytes += len(text.encode("utf-8", "surrogatepass"))

    def take(self, entry: Any, text: str) -> None:
        if isinstance(entry, dict):
            self.rows.append(entry)
        else:
            self.lose(text)


class OneObject(UnreadableRun):
    """A document that is one object and no rows: final figures, or settings."""


def table_of_json(text: str, *, is_cut: bool = False, is_lines: bool = False) -> Table:
    """The table.

    Args:
        text: the document.
        is_cut: the text's end is missing.
        is_lines: one object is a row, for the file holds one a line.

    Raises:
        OneObject: it is one object, which holds neither rows nor columns.
        UnreadableRun: it holds no rows.
    """
    found, is_series = _Rows(), False
    if text.lstrip().startswith("["):
        _take_array(text, found, is_cut)
    else:
        whole = _whole_object(text) if not is_cut else None
        if whole is not None:
            found.rows += whole.rows
            is_series = whole.is_series
        elif not is_cut and not is_lines and _is_object(text):
            raise OneObject("It is one object, without rows.", hint="One object a line, or an array of objects.")
        else:
            _take_lines(text, found, is_cut)
    if not found.rows:
        raise UnreadableRun("It holds no rows of JSON.", hint="One object a line, or an array of objects.")
    return with_losses(_table(found, is_series=is_series))


def rows_of_lines(text: str, *, is_cut: bool = False) -> Table:
    """Some lines of a file of JSON lines. `is_cut` says that the last one is not whole."""
    found = _Rows()
    _take_lines(text, found, is_cut)
    return _table(found)


def with_losses(table: Table) -> Table:
    """The table with a warning of the rows that it lost."""
    lost = table.lost
    note = f"Rows that are damaged: {lost.records} ({lost.bytes} bytes)."
    return replace(table, warnings=(note, *table.warnings)) if lost.records else table


def _table(found: _Rows, *, is_series: bool = False) -> Table:
    frame, warnings = frame_of_rows(found.rows, found)
    return Table(frame, Lost(found.lost, found.lost_bytes), tuple(warnings), is_series=is_series)


def _take_lines(text: str, found: _Rows, is_cut: bool) -> None:
    lines = text.split("\n")
    if is_cut:
        lines.pop()
    for line in lines:
        if stripped := line.strip(" \t\r\0\ufeff"):
            _take_line(stripped, found)
        elif "\0" in line:
            found.lose(line)


def _take_line(line: str, found: _Rows) -> None:
    try:
        found.take(_fast.decode(line), line)
    except (ValueError, RecursionError):
        for entry, part in _objects(line):
            found.take(entry, part)


class _Entry(NamedTuple):
    value: Any  # None for what is no JSON
    text: str


def _objects(line: str) -> Iterator[_Entry]:
    """The values that stand in a line behind one another, and what is none of it."""
    at = 0
    while at < len(line):
        try:
            entry, end = _plain.raw_decode(line, at)
        except (ValueError, RecursionError):
            yield _Entry(None, line[at:])
            return
        yield _Entry(entry, line[at:end])
        at = end
        while at < len(line) and line[at] in " \t\r":
            at += 1


def _take_array(text: str, found: _Rows, is_cut: bool) -> None:
    at = text.index("[") + 1
    while True:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        if at >= len(text) or text[at] == "]":
            found.lost += at >= len(text) and not is_cut
            return
        try:
            entry, end = _plain.raw_decode(text, at)
        except (ValueError, RecursionError):
            if not is_cut:
                found.lose(text[at:])
            return
        found.take(entry, text[at:end])
        at = end


class _Whole(NamedTuple):
    rows: list[Row]
    is_series: bool  # the object held a list for each column


def _whole_object(text: str) -> _Whole | None:
    """The rows of one object that holds rows or columns; None if the text is something else, such as JSON lines."""
    try:
        entry = _plain.decode(text.strip())
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict):
        return None
    for key in _ROWS:
        rows = entry.get(key)
        if isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows):
            return _Whole(rows, False)
    nested = entry.get("history")  # Keras's History, dumped whole
    columns = nested if isinstance(nested, dict) else entry
    if columns and all(isinstance(column, list) for column in columns.values()):
        rows = [dict(zip(columns, cells, strict=True)) for cells in _rectangle(columns.values())]
        return _Whole(rows, True)
    return None


def _is_object(text: str) -> bool:
    try:
        return isinstance(_plain.decode(text.strip()), dict)
    except (ValueError, RecursionError):
        return False


def _rectangle(columns: Iterable[list[Any]]) -> Iterator[tuple[Any, ...]]:
    """Rows of columns; those of a shorter one are not logged at its end."""
    from itertools import zip_longest

    return zip_longest(*columns)


def frame_of_rows(rows: Iterable[Row], found: _Rows | None = None) -> Frame:
    """Typed columns of row objects; those that can't be read are counted in `found`."""
    cells: dict[str, tuple[list[int], list[Any]]] = {}
    height = 0
    for row in rows:
        try:
            entries = list(flatten(row)) if any(type(v) is dict for v in row.values()) else list(row.items())
        except RecursionError:
            if found is not None:
                found.lose("")
            continue
        for key, value in entries:
            at, values = cells.setdefault(key, ([], []))
            at.append(height)
            values.append(_WORDS.get(value, value) if type(value) is str else value)
        height += 1
    _keep_tokens(cells)
    named = {_name(key): kept for key, kept in cells.items() if any(v is not None for v in kept[1])}
    return frame_of_objects(named, height)


def _keep_tokens(cells: dict[str, tuple[list[int], list[Any]]]) -> None:
    """Values of a long table, whose metrics are of different types, stay JSON until each metric has its column."""
    found = long_columns(list(cells))
    if found is not None and all(isinstance(name, str) for name in cells[found[0]][1]):
        at, values = cells[found[1]]
        cells[found[1]] = at, [None if value is None else json.dumps(value) for value in values]


def _name(key: str) -> str:
    name = as_column(key)
    return name + TAKEN_SUFFIX if name.endswith(JSON_SUFFIX) else name
