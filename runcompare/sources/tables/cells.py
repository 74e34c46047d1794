"""A table's cells of text as numbers, truth values and texts.

Cells are text until all of a column is known. A blank cell, and in columns of numbers NA, N/A, null and None, means not
logged. With another separator than a comma, 0,5 is a number.
"""

import json
import re
from collections.abc import Sequence

import numpy as np
import polars as pl

from runcompare.records.as_json import JSON_SUFFIX
from runcompare.records.columns import Frame, Part, frame_of_parts
from runcompare.sources.tables.axes import kept_as_text
from runcompare.sources.tables.long import long_columns

__all__ = ["typed"]

_EXACT = 2**53
_WORDS = {"nan": "NaN", "inf": "Infinity", "infinity": "Infinity", "-inf": "-Infinity", "-infinity": "-Infinity"}
_TRUTH = ["true", "false"]
_NOTHING = ["na", "n/a", "<na>", "null", "none"]
_JSON_NUMBER = r"^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$"
_DECIMAL_COMMA = r"^[+-]?\d+,\d+([eE][+-]?\d+)?$"


def typed(columns: Sequence[pl.Series], separator: str) -> Frame:
    """Typed columns of columns of text. Names of runs and `KEY#json` stay text, and the values of a long
    table JSON tokens; a column without a name that holds nothing, or a frame's row numbers, is left out."""
    tokens_of = (long_columns([column.name for column in columns]) or ("", ""))[1]
    stripped = pl.DataFrame(columns).select(pl.all().str.strip_chars())
    floats = stripped.select(pl.all().cast(pl.Float64, strict=False))  # all at once, for the sake of many columns
    parts: dict[str, Sequence[Part]] = {}
    texts: list[pl.Series] = []
    for column, numbers in zip(stripped.iter_columns(), floats.iter_columns(), strict=True):
        name = column.name
        if kept_as_text(name) or name.endswith(JSON_SUFFIX):
            texts.append(pl.select(pl.when(column != "").then(column).alias(name)).to_series())
        elif name == tokens_of:
            texts.append(_tokens(name, _part(column, separator, as_tokens=True), stripped.height))
        elif not _is_index(name, column):
            parts[name] = [_all_numbers(column, numbers) or _part(column, separator)]
    frame, warnings = frame_of_parts(parts, stripped.height)
    return Frame(frame.with_columns(texts) if frame.width else pl.DataFrame(texts), warnings)


def _all_numbers(column: pl.Series, numbers: pl.Series) -> Part | None:
    """For a column whose cells are blank or numbers that a float holds exactly."""
    blank = numbers.null_count()
    if blank and blank != int((column == "").sum()):
        return None
    values = (numbers.drop_nulls() if blank else numbers).to_numpy()
    if (np.isfinite(values) & (np.abs(values) >= _EXACT)).any():
        return None
    rows = np.flatnonzero(numbers.is_not_null().to_numpy()) if blank else np.arange(len(numbers))
    return Part(rows, values)


def _tokens(name: str, part: Part, height: int) -> pl.Series:
    found: list[str | None] = [None] * height
    for row, token in zip(part.rows.tolist(), part.values, strict=True):
        found[row] = str(token)
    return pl.Series(name, found, dtype=pl.String)


def _is_index(name: str, column: pl.Series) -> bool:
    if not re.fullmatch(r"column_\d+", name):
        return False
    numbers = pl.Series(range(len(column)), dtype=pl.Int64).cast(pl.String)
    return bool((column == "").all()) or bool((column == numbers).all())


def _part(column: pl.Series, separator: str, *, as_tokens: bool = False) -> Part:
    """The cells that are not blank: floats if all are numbers that a float holds exactly, else JSON tokens."""
    rows = np.flatnonzero((column != "").to_numpy())
    cells = column if len(rows) == len(column) else column.gather(rows)
    floats = _floats(cells)
    if floats.null_count() and separator != ",":
        cells = _with_points(cells)
        floats = _floats(cells)
    if floats.null_count() and floats.null_count() < len(cells):
        says = ~cells.str.to_lowercase().is_in(_NOTHING)
        rows, cells, floats = rows[says.to_numpy()], cells.filter(says), floats.filter(says)
    if not as_tokens and not floats.null_count() and not (floats.is_finite() & (floats.abs() >= _EXACT)).any():
        return Part(rows, floats.to_numpy())
    return Part(rows, _as_json(cells, floats.is_not_null()))


def _floats(cells: pl.Series) -> pl.Series:
    """Null for what is no number."""
    return cells.cast(pl.Float64, strict=False)


def _with_points(cells: pl.Series) -> pl.Series:
    """Decimal commas as points, if that makes numbers of all cells."""
    commas = cells.str.contains(_DECIMAL_COMMA)
    return cells.str.replace(",", ".", literal=True) if (commas | _floats(cells).is_not_null()).all() else cells


def _as_json(cells: pl.Series, numbers: pl.Series) -> list[str]:
    """JSON tokens. Beside numbers, texts stay as they are: what is no JSON is text."""
    lower = cells.str.to_lowercase()
    if not numbers.any() and not lower.is_in(_TRUTH).all():
        return [json.dumps(cell) for cell in cells]
    odd = numbers & ~cells.str.contains(_JSON_NUMBER)
    tokens = lower.zip_with(lower.is_in(_TRUTH), cells).to_list()
    for i in odd.arg_true():
        tokens[i] = _WORDS.get(tokens[i].lower().lstrip("+")) or _plain_number(tokens[i])
    return tokens


def _plain_number(text: str) -> str:
    """As JSON writes it: no plus, no leading zeros, digits on both sides of the point."""
    return str(int(text)) if re.fullmatch(r"[+-]?\d+", text) and int(text) else repr(float(text))
