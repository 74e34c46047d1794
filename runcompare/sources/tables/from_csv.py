"""Text with one row a line, cells separated by commas, semicolons, tabs or bars, as a typed table.

A line with too many cells, or with zero bytes in it, is lost, and counted, for which cell is which can't be known. Of
one with too few, the cells but for the last are kept, for that may be cut; all of them where lines of that width are
usual. Where all lines have their cells and none is quoted, polars takes them apart.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
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
_SAMPLE = 50  # lines that tell which columns hold numbers
_USUAL = 3  # lines with as few cells are how the file was written


class _Short(NamedTuple):
    """A line with too few cells: which of the rows it is, how many cells it has (0 for one whose last is damaged), and
    its text."""

    row: int
    cells: int
    line: str


@dataclass(slots=True)
class _Rows:
    """Rows of a known width as they are read, and what was left out of them."""

    width: int
    rows: list[list[str]] = field(default_factory=list)
    begins: list[int] = field(default_factory=list)  # rows before which the header stands again
    lost: int = 0
    lost_bytes: int = 0
    short: list[_Short] = field(default_factory=list)

    def take(self, line: str, cells: list[str], header: Sequence[str], *, is_odd: bool = False) -> None:
        """`is_odd`: the last cell is damaged."""
        if not line.strip():
            return
        if "\0" in line or not 0 < len(cells) <= self.width:
            self._lose(line)
        elif cells == header:
            self.begins.append(len(self.rows))
        else:
            if is_odd or len(cells) < self.width:
                self.short.append(_Short(len(self.rows), 0 if is_odd else len(cells), line))
                cells = [*(cells[:-1] if is_odd else cells), *[""] * (self.width - len(cells) + is_odd)]
            self.rows.append(cells)

    def _lose(self, line: str) -> None:
        self.lost += 1
        self.lost_bytes += len(line.encode("utf-8", "surrogatepass"))

    def settle(self, header: Sequence[str], *, is_torn: bool) -> list[str]:
        """Judge the lines with too few cells, now that all are known; what to tell of them. `is_torn`: the last line
        has no end."""
        numeric, gone = self._numeric(), set[int]()
        likely = {short.row for short in self.short if self._fits(short.row, numeric)}
        often = Counter(short.cells for short in self.short if short.cells and short.row in likely)
        usual = {cells for cells, count in often.items() if count >= max(_USUAL, len(self.rows) // 100)}
        for short in self.short:
            if short.row in likely and short.cells in usual:
                continue
            self._lose(short.line)
            row = self.rows[short.row]
            if short.cells:
                row[short.cells - 1] = ""
            logged = any(cell and not is_axis_name(name) for cell, name in zip(row, header, strict=True))
            if short.row not in likely or not logged or (is_torn and short.row == len(self.rows) - 1):
                gone.add(short.row)
        self.rows = [row for number, row in enumerate(self.rows) if number not in gone] if gone else self.rows
        self.begins = [begin - sum(row < begin for row in gone) for begin in self.begins]
        count = sum(often[cells] for cells in usual)
        return [f"{count} lines have fewer cells than the header: the others are not logged."] if count else []

    def _numeric(self) -> list[bool]:
        """Which columns hold numbers, by the first whole lines."""
        odd = {short.row for short in self.short}
        some = list(islice((row for number, row in enumerate(self.rows) if number not in odd), _SAMPLE))
        return [any(_is_number(row[column]) for row in some) for column in range(self.width)]

    def _fits(self, row: int, numeric: Sequence[bool]) -> bool:
        """Whether a line is one of the table, and no words between: numbers stand where others have them."""
        cells = zip(self.rows[row], numeric, strict=True)
        return all(not cell or _is_number(cell) for cell, is_number in cells if is_number)


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
    columns, notes = _plain_columns(text, end, sign, header), list[str]()
    if columns is not None and not _repeats(columns, cells):
        found = _Rows(len(header))
    else:
        found = _taken(text, end, sign, cells)
        notes = found.settle(header, is_torn=bool(text) and not text.endswith(end))
        columns = _columns(found, header)
    frame, warnings = typed(columns, sign)
    warnings += notes
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
    for line, cells, is_odd in _records([line.lstrip("\0") or line for line in lines], sign, found.width):
        is_header = bool(cells) and cells[0].strip() == names[0] and [cell.strip() for cell in cells] == names
        found.take(line, names if is_header else cells, names, is_odd=is_odd)
    return found


def _columns(found: _Rows, header: Sequence[str]) -> list[pl.Series]:
    cells = zip(*found.rows, strict=True) if found.rows else ([] for _ in header)
    return [pl.Series(name, list(some), dtype=pl.String) for name, some in zip(header, cells, strict=True)]


class _Record(NamedTuple):
    text: str
    cells: list[str]
    is_odd: bool = False  # its last cell has a quote too many


def _records(lines: Sequence[str], sign: str, width: int) -> Iterator[_Record]:
    """Lines and their cells. A quoted cell may hold line breaks; a stray quote costs one line."""
    i = 0
    while i < len(lines):
        taken = _quoted(lines, i, sign, width) if lines[i].count('"') % 2 else 1
        whole = lines[i] if taken == 1 else "\n".join(lines[i : i + taken])
        cells = _cells(whole, sign)
        if len(cells) != width and taken == 1 and lines[i].count('"') % 2:
            cut = whole.removesuffix("\r").split(sign)
            if len(cut) == width and not any('"' in cell for cell in cut[:-1]):
                yield _Record(whole, cut, is_odd=True)
                i += 1
                continue
        yield _Record(whole, cells)
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
