"""Logged values to typed columns, without changing a number.

All whole numbers: Int64 (Int128 beyond it). Other numbers: Float64; a whole number that a float can't hold is
rounded then, and a warning says so. All texts: String. All truth values: Boolean. Where a key holds numbers and
something else, the numbers keep the key and the rest goes to `KEY#json` as JSON text; lists and mappings always do.
A logged null and a key that was not logged are both null.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from runcompare.records.history import AXES
from runcompare.records.plain import JSON_SUFFIX

__all__ = ["JSON_SUFFIX", "Cells", "frame_of_objects", "frame_of_tokens", "in_order"]


_EXACT = 2**53
Cells = tuple[Sequence[int] | NDArray[np.int64], Sequence[Any] | pl.Series]


def frame_of_tokens(cells: Mapping[str, Cells], height: int) -> tuple[pl.DataFrame, list[str]]:
    """A frame of `height` rows from JSON tokens: key -> (row numbers, tokens). Also returns warnings.

    A key that one row holds twice keeps the later value.
    """
    return _frame([_of_tokens(key, rows, tokens, height) for key, (rows, tokens) in cells.items()])


def frame_of_objects(cells: Mapping[str, Cells], height: int) -> tuple[pl.DataFrame, list[str]]:
    """The same from decoded JSON values: key -> (row numbers, values)."""
    return _frame([_of_objects(key, rows, values, height) for key, (rows, values) in cells.items()])


def in_order(keys: Iterable[str]) -> list[str]:
    """The step axes first, then the other keys as they come."""
    found = list(keys)
    return [k for k in AXES if k in found] + [k for k in found if k not in AXES]


def _frame(made: list[tuple[list[pl.Series], list[str]]]) -> tuple[pl.DataFrame, list[str]]:
    columns = {series.name: series for some, _ in made for series in some}
    return pl.DataFrame([columns[name] for name in in_order(columns)]), [w for _, some in made for w in some]


def _of_tokens(key: str, rows: Any, tokens: Any, height: int) -> tuple[list[pl.Series], list[str]]:
    texts = tokens if isinstance(tokens, pl.Series) else pl.Series(tokens, dtype=pl.String)
    floats = texts.cast(pl.Float64, strict=False)
    large = floats.abs().fill_nan(0.0).max()
    if floats.null_count() or (isinstance(large, float) and _EXACT <= large < float("inf")):
        return _of_objects(key, rows, [_loads(t) for t in texts], height)
    whole = texts.cast(pl.Int64, strict=False)
    values = floats if whole.null_count() or _has_negative_zero(floats) else whole
    return [_scatter(key, rows, values, height)], []


def _has_negative_zero(floats: pl.Series) -> bool:
    zeros = floats.filter(floats == 0.0).to_numpy()
    return bool(np.signbit(zeros).any())


def _loads(token: str) -> Any:
    try:
        return json.loads(token)
    except ValueError:
        return token


def _of_objects(key: str, rows: Any, values: Any, height: int) -> tuple[list[pl.Series], list[str]]:
    at: dict[str, tuple[list[int], list[Any]]] = {}
    for row, value in zip(rows, values, strict=True):
        if value is not None:
            kept = at.setdefault(_kind(value), ([], []))
            kept[0].append(int(row))
            kept[1].append(value)
    warnings: list[str] = []
    if len(at) == 1 and "json" not in at:
        kind, (where, these) = next(iter(at.items()))
        series = _numbers(key, these, warnings) if kind == "number" else pl.Series(key, these)
        return [_scatter(key, where, series, height)], warnings
    if not at:
        return [pl.Series(key, [None] * height, dtype=pl.Null)], warnings
    columns = []
    if "number" in at:
        where, these = at.pop("number")
        columns.append(_scatter(key, where, _numbers(key, these, warnings), height))
        count = sum(len(w) for w, _ in at.values())
        warnings.append(f"'{key}' holds {count} values that are not numbers; they are kept in '{key}{JSON_SUFFIX}'.")
    where = [row for some, _ in at.values() for row in some]
    texts = pl.Series([json.dumps(v) for _, some in at.values() for v in some], dtype=pl.String)
    return [*columns, _scatter(key + JSON_SUFFIX, where, texts, height)], warnings


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        # a lone surrogate has no UTF-8 form; as JSON it is plain ASCII
        return "json" if any("\ud800" <= c <= "\udfff" for c in value) else "text"
    return "json"


def _numbers(key: str, values: list[Any], warnings: list[str]) -> pl.Series:
    if all(isinstance(v, int) for v in values):
        widest = max(abs(v) for v in values)
        if widest < 2**127:
            return pl.Series(values, dtype=pl.Int64 if widest < 2**63 else pl.Int128)
    rounded = sum(isinstance(v, int) and not _fits_float(v) for v in values)
    if rounded:
        warnings.append(f"{rounded} whole numbers of '{key}' are beyond what a float holds exactly and were rounded.")
    return pl.Series([_float(v) for v in values], dtype=pl.Float64)


def _fits_float(value: int) -> bool:
    return abs(value) <= _EXACT or (abs(value) < 2**1023 and int(float(value)) == value)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _scatter(name: str, rows: Any, values: pl.Series, height: int) -> pl.Series:
    """`values` at `rows` of a column of `height`; null elsewhere."""
    at = np.asarray(rows, dtype=np.int64)
    if len(at) == height and (height == 0 or (at == np.arange(height)).all()):
        return values.alias(name)
    source = np.full(height, -1, dtype=np.int64)
    source[at] = np.arange(len(at))
    index = pl.Series(source)
    return values.gather(index.set(index < 0, None)).alias(name)
