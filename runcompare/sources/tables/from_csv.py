"""Text with one row a line, cells separated by commas, semicolons, tabs or bars, as a typed table.

A line with too many or too few cells, or with zero bytes in it, is lost, and counted, for which cell is which can't be
known. Where all lines have their cells and none is quoted, polars takes them apart.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import polars as pl

from runcompare.errors import UnreadableRun
from runcompare.records.column_names import as_column
from runcompare.records.run import Lost
from runcompare.sources.tables.axes import Table, is_axis_name
from runcompare.sources.tables.cells import typed

__all__ = ["Head", "Headed", "headed", "rows_of_csv", "table_of_csv", "with_losses"]

_SEPARATORS = ",;\t|"
_LONGEST = 1_000  # lines that one quoted cell may span


@dataclass(slots=True)
class _Rows:
    """Rows of a known width as they are read, and what was left out of them."""

    width: int
    rows: list[list[str]] = field(default_factory=list)
    begins: list[int] = field(default_factory=list)  # rows before which the header stands again
    lost: int = 0
    lost_bytes: int = 0

    def take(self, line: str, cells: list[str], header: Sequence[str]) -> None:
        if not line.strip():
            return
        if len(cells) != self.width or "\0" in line:
            self.lost += 1
            self.lost_bytes += len(line.encode("utf-8", "surrogatepass"))
        elif cells == header:
            self.begins.append(len(self.rows))
        else:
            self.rows.append(cells)


class Head(NamedTuple):
    """What a CSV's first lines tell: its line ends, its separator, its header's cells and the columns' names."""

    end: str
    sign: str
    cells: list[str]
    names: list[str]


class Headed(NamedTuple):
    """The head of a text, and what follows."""

    head: Head
    rest: str


def table_of_csv(text: str, *, is_cut: bool = False, separator: str | None = None) -> Table:
    """The table. `is_cut` says that the text's last line is not whole. Raises UnreadableRun for what has no header."""
    head, rest = headed(text, separator)
    return with_losses(rows_of_csv(rest, head, is_cut=is_cut))


def headed(text: str, separator: str | None = None) -> Headed:
    """The header, and the lines below it. Raises UnreadableRun for what has none."""
    end = "\n" if "\n" in text else "\r"
    line, _, rest = _without_comments(text.lstrip("\r\n\t "), end).partition(end)
    if stated := re.fullmatch(r"sep=(.)\r?", line):  # Excel's own first line
        separator = stated[1]
        line, _, rest = rest.partition(end)
    sign = separator or _separator(line)
    cells = _cells(line.lstrip("#").removesuffix("\r"), sign)
    return Headed(Head(end, sign, cells, _names(cells)), rest)


def rows_of_csv(text: str, head: Head, *, is_cut: bool = False) -> Table:
    """The lines below a header as a table. `is_cut` says that the last line is not whole."""
    end, sign, cells, header = head
    if is_cut and not text.endswith(end):
        text = text[: text.rfind(end) + 1]
    columns = _plain_columns(text, end, sign, header)
    if columns is not None and not _repeats(columns, cells):
        found = _Rows(len(header))
    else:
        found = _taken(text, end, sign, cells)
        columns = _columns(found, header)
    frame, warnings = typed(columns, sign)
    if text and not is_cut and not text.endswith(end) and len(_cells(text[text.rfind(end) + 1 :], sign)) == len(header):
        warnings.append("The last line has no line break: if the file was cut, its last value may be too.")
    return Table(frame, Lost(found.lost, found.lost_bytes), tuple(warnings), tuple(found.begins))


def with_losses(table: Table) -> Table:
    """The table with a warning of the lines that it lost."""
    lost = table.lost
    if not lost.records:
        return table
    note = f"Lines damaged or with another number of cells: {lost.records} ({lost.bytes} bytes)."
    return replace(table, warnings=(note, *table.warnings))


def _without_comments(text: str, end: str) -> str:
    """Without the lines before the header that begin with `#` and are no header themselves: `#{"t_start": 0.0}`."""
    while text.startswith("#"):
        line, _, rest = text.partition(end)
        following = rest.partition(end)[0]
        sign = _separator(following)
        if not line.startswith("#{") and len(_cells(line, sign)) == len(_cells(following, sign)):
            break
        text = rest
    return text


def _separator(line: str) -> str:
    """The one that gives the most cells; step axes among them count first."""

    def worth(sign: str) -> tuple[int, int]:
        cells = _cells(line, sign)
        return sum(is_axis_name(cell) for cell in cells), len(cells)

    return max(_SEPARATORS, key=worth)


def _cells(text: str, sign: str) -> list[str]:
    """Empty for what the csv module refuses."""
    if '"' not in text:
        return text.removesuffix("\r").split(sign)
    lines = [f"{line}\n" for line in text.removesuffix("\r").split("\n")]
    try:
        return next(csv.reader(lines, delimiter=sign, strict=True), [])
    except csv.Error:
        return []


def _names(cells: Sequence[str]) -> list[str]:
    """The header's names, each once. Raises UnreadableRun for a first line of numbers, or of nothing."""
    names = [as_column(cell.strip()) for cell in cells]
    if not any(names) or any("\0" in name for name in names) or all(_is_number(name) for name in names if name):
        raise UnreadableRun("Its first line is no header.", hint="Name the columns in the first line.")
    seen: Counter[str] = Counter()
    found = []
    for i, name in enumerate(names):
        plain = name or f"column_{i + 1}"
        seen[plain] += 1
        found.append(f"{plain}#{seen[plain]}" if seen[plain] > 1 else plain)
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _plain_columns(text: str, end: str, sign: str, header: Sequence[str]) -> list[pl.Series] | None:
    """All columns as text by polars; None unless every line has its cells, and no quote or zero byte is in any."""
    if end != "\n" or '"' in text or "\0" in text or not text or len(set(header)) < len(header):
        return None
    raw = text.encode() if text.endswith("\n") else f"{text}\n".encode()
    data = np.frombuffer(raw, dtype=np.uint8)
    signs = np.flatnonzero(data == ord(sign)) if sign.isascii() else np.empty(0, dtype=np.int64)
    counts = np.diff(np.searchsorted(signs, np.flatnonzero(data == ord("\n"))), prepend=0)
    if (counts != len(header) - 1).any() or (len(header) == 1 and b"\n\n" in raw):
        return None
    try:
        frame = pl.read_csv(raw, has_header=False, separator=sign, quote_char=None, infer_schema=False).fill_null("")
    except pl.exceptions.PolarsError:
        return None
    whole = frame.width == len(header) and frame.height == len(counts)
    return [column.alias(name) for column, name in zip(frame, header, strict=True)] if whole else None


def _repeats(columns: Sequence[pl.Series], cells: Sequence[str]) -> bool:
    """Does the header stand again among the rows?"""
    return bool((columns[0].str.strip_chars() == cells[0].strip()).any())


def _taken(text: str, end: str, sign: str, header: Sequence[str]) -> _Rows:
    """Line by line."""
    lines = text.removesuffix(end).split(end)
    found, names = _Rows(len(header)), [cell.strip() for cell in header]
    for line, cells in _records(lines, sign, found.width):
        is_header = bool(cells) and cells[0].strip() == names[0] and [cell.strip() for cell in cells] == names
        found.take(line, names if is_header else cells, names)
    return found


def _columns(found: _Rows, header: Sequence[str]) -> list[pl.Series]:
    cells = zip(*found.rows, strict=True) if found.rows else ([] for _ in header)
    return [pl.Series(name, list(some), dtype=pl.String) for name, some in zip(header, cells, strict=True)]


class _Record(NamedTuple):
    text: str
    cells: list[str]


def _records(lines: Sequence[str], sign: str, width: int) -> Iterator[_Record]:
    """Lines and their cells. A quoted cell may hold line breaks; a stray quote costs one line."""
    i = 0
    while i < len(lines):
        taken = _quoted(lines, i, sign, width) if lines[i].count('"') % 2 else 1
        whole = lines[i] if taken == 1 else "\n".join(lines[i : i + taken])
        yield _Record(whole, _cells(whole, sign))
        i += taken


def _quoted(lines: Sequence[str], first: int, sign: str, width: int) -> int:
    """How many lines the record takes whose first line leaves a quote open; 1 if no number of lines makes it whole."""
    quotes = 0
    for last in range(first, min(len(lines), first + _LONGEST)):
        quotes += lines[last].count('"')
        if last > first and quotes % 2 == 0:
            whole = "\n".join(lines[first : last + 1])
            return last - first + 1 if len(_cells(whole, sign)) == width else 1
    return 1
