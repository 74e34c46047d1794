"""Comma-, semicolon- or tab-separated text as a typed table.

Cells are text until all of a column is known. A blank cell, and in columns of numbers NA, N/A, null and None, means not
logged. A line with too many or too few cells is lost, and counted, for which cell is which can't be told.
"""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from runcompare.errors import UnreadableRun
from runcompare.records.plain import JSON_SUFFIX
from runcompare.records.run import Lost
from runcompare.sources.columns import Part, frame_of_parts
from runcompare.sources.tables_axes import Table, as_column, is_axis_name, kept_as_text
from runcompare.sources.tables_long import long_columns

__all__ = ["table_of_csv"]

_SEPARATORS = ",;\t|"
_LONGEST = 1_000  # lines that one quoted cell may span
_WORDS = {"nan": "NaN", "inf": "Infinity", "infinity": "Infinity", "-inf": "-Infinity", "-infinity": "-Infinity"}
_NOTHING = ["na", "n/a", "<na>", "null", "none"]
_JSON_NUMBER = r"^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$"
_DECIMAL_COMMA = r"^[+-]?\d+,\d+([eE][+-]?\d+)?$"


@dataclass(slots=True)
class _Rows:
    """Rows of a known width as they are read, and what was left out of them."""

    width: int
    rows: list[list[str]] = field(default_factory=list)
    begins: list[int] = field(default_factory=list)  # rows before which the header stands again
    lost: int = 0
    lost_bytes: int = 0

    def lose(self, line: str) -> None:
        self.lost += 1
        self.lost_bytes += len(line.encode("utf-8", "surrogatepass"))


def table_of_csv(text: str, *, is_cut: bool = False, separator: str | None = None) -> Table:
    """The table. `is_cut` says that the text's last line is not whole. Raises UnreadableRun for what has no header."""
    lines = _lines(text)
    if is_cut and lines and not text.endswith(("\n", "\r")):
        lines.pop()
    while lines and not lines[0].strip():
        lines.pop(0)
    if lines and (stated := re.fullmatch(r"sep=(.)", lines[0].strip("\r"))):
        separator = stated[1]
        lines.pop(0)
    if not lines:
        raise UnreadableRun("It holds no line of text.")
    sign = separator or _separator(lines[0])
    header = _header(lines[0].lstrip("#").strip(), sign)
    rows = _Rows(len(header))
    for line, cells in _records(lines[1:], sign, rows):
        _file(line, cells, header, rows)
    is_open = not is_cut and not text.endswith(("\n", "\r")) and len(_cells(lines[-1], sign)) == rows.width
    return _typed(header, rows, sign, is_open and bool(rows.rows))


def _lines(text: str) -> list[str]:
    lines = text.split("\n") if "\n" in text else text.split("\r")
    if lines and not lines[-1]:
        lines.pop()
    return lines


def _separator(line: str) -> str:
    """The one that gives the most cells; step axes among them count first."""

    def worth(sign: str) -> tuple[int, int]:
        cells = next(csv.reader([line], delimiter=sign), [])
        return sum(is_axis_name(cell) for cell in cells), len(cells)

    return max(_SEPARATORS, key=worth)


def _header(line: str, sign: str) -> list[str]:
    """Names, each once. Raises UnreadableRun for a first line of numbers."""
    try:
        names = [as_column(cell.strip()) for cell in next(csv.reader([line], delimiter=sign), [])]
    except csv.Error:
        names = []
    if not any(names) or "\0" in line or all(_is_number(name) for name in names if name):
        raise UnreadableRun("Its first line is no header.", hint="Name the columns in the first line.")
    found: list[str] = []
    for i, name in enumerate(names):
        plain = name or f"column_{i + 1}"
        again = sum(other == plain or other.startswith(f"{plain}#") for other in found)
        found.append(f"{plain}#{again + 1}" if again else plain)
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _records(lines: Sequence[str], sign: str, rows: _Rows) -> Iterator[tuple[str, list[str]]]:
    """Lines and their cells. A quoted cell may hold line breaks; a stray quote costs one line."""
    if not any('"' in line for line in lines):
        yield from ((line, line.removesuffix("\r").split(sign)) for line in lines)
        return
    i = 0
    while i < len(lines):
        taken = _quoted(lines, i, sign, rows.width) if lines[i].count('"') % 2 else 1
        whole = "\n".join(lines[i : i + taken])
        yield whole, _cells(whole, sign)
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


def _cells(text: str, sign: str) -> list[str]:
    """Empty for what the csv module refuses."""
    try:
        return next(csv.reader(text.removesuffix("\r").splitlines(keepends=True), delimiter=sign, strict=True), [])
    except csv.Error:
        return []


def _file(line: str, cells: list[str], header: Sequence[str], rows: _Rows) -> None:
    if len(cells) == rows.width and "\0" not in line:
        if cells[0].strip() == header[0] and [cell.strip() for cell in cells] == list(header):
            rows.begins.append(len(rows.rows))
        else:
            rows.rows.append(cells)
    elif line.strip():
        rows.lose(line)


def _typed(header: Sequence[str], rows: _Rows, sign: str, is_open: bool) -> Table:
    height = len(rows.rows)
    tokens_of = (long_columns(header) or ("", ""))[1]
    columns = zip(*rows.rows, strict=True) if height else ([] for _ in header)
    parts: dict[str, Sequence[Part]] = {}
    texts: list[pl.Series] = []
    for name, cells in zip(header, columns, strict=True):
        column = pl.Series(name, list(cells), dtype=pl.String).str.strip_chars()
        if kept_as_text(name) or name.endswith(JSON_SUFFIX):
            texts.append(pl.select(pl.when(column != "").then(column).alias(name)).to_series())
        elif name == tokens_of:
            texts.append(_tokens(name, _part(column, sign), height))
        elif not _is_index(name, column):
            parts[name] = [_part(column, sign)]
    frame, warnings = frame_of_parts(parts, height)
    frame = frame.with_columns(texts) if height or not texts else pl.DataFrame(texts)
    if rows.lost:
        warnings.insert(0, f"Lines damaged or with another number of cells: {rows.lost} ({rows.lost_bytes} bytes).")
    if is_open:
        warnings.append("The last line has no line break: if the file was cut, its last value may be too.")
    return Table(frame, Lost(rows.lost, rows.lost_bytes), tuple(warnings), tuple(rows.begins))


def _tokens(name: str, part: Part, height: int) -> pl.Series:
    found: list[str | None] = [None] * height
    for row, token in zip(part.rows.tolist(), part.values, strict=True):
        found[row] = str(token)
    return pl.Series(name, found, dtype=pl.String)


def _is_index(name: str, column: pl.Series) -> bool:
    """Is it nameless, and blank or a frame's row numbers?"""
    if not re.fullmatch(r"column_\d+", name):
        return False
    numbers = pl.Series(range(len(column)), dtype=pl.Int64).cast(pl.String)
    return bool((column == "").all()) or bool((column == numbers).all())


def _part(column: pl.Series, sign: str) -> Part:
    """The cells that say something, as JSON tokens."""
    rows = np.flatnonzero((column != "").to_numpy())
    cells = column.gather(rows)
    lower = cells.str.to_lowercase()
    if sign != "," and len(cells):
        commas = cells.str.contains(_DECIMAL_COMMA)
        if commas.any() and (commas | cells.cast(pl.Float64, strict=False).is_not_null()).all():
            cells = cells.str.replace(",", ".", literal=True)
    numbers = cells.str.strip_prefix("+").cast(pl.Float64, strict=False).is_not_null()
    nothing = lower.is_in(_NOTHING)
    if nothing.any() and numbers.any():
        rows, cells, lower = rows[~nothing.to_numpy()], cells.filter(~nothing), lower.filter(~nothing)
        numbers = numbers.filter(~nothing)
    if not numbers.any() and not lower.is_in(["true", "false"]).all():
        return Part(rows, [json.dumps(cell) for cell in cells])
    odd = numbers & ~cells.str.contains(_JSON_NUMBER)
    cells = lower.replace(_WORDS).zip_with(lower.is_in([*_WORDS, "true", "false"]), cells)
    tokens = cells.to_list()
    for i in odd.arg_true():
        tokens[i] = _WORDS.get(tokens[i].lstrip("+").lower()) or _plain_number(tokens[i])
    return Part(rows, tokens)


def _plain_number(text: str) -> str:
    """As JSON writes it: no plus, no leading zeros, digits on both sides of the point."""
    return str(int(text)) if re.fullmatch(r"[+-]?\d+", text) and int(text) else repr(float(text))
