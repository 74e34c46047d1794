"""Logged values to typed columns, without changing a number.

All whole numbers: Int64 (Int128 beyond it). Other numbers: Float64; a whole number that a float can't hold is
rounded then, and a warning says so. All texts: String. All truth values: Boolean. Where a key holds numbers and
something else, the numbers keep the key and the rest goes to `KEY#json` as JSON text; lists and mappings always do.
A logged null and a key that was not logged are both null.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from runcompare.records.as_json import JSON_SUFFIX
from runcompare.records.history import AXES

__all__ = ["JSON_SUFFIX", "Part", "frame_of_objects", "frame_of_parts", "frame_of_tokens", "in_order"]

_EXACT = 2**53
_FEW = 16
Cells = tuple[Sequence[int], Sequence[Any]]
Made = tuple[list[pl.Series], list[str]]


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a key's values: the rows that they stand in, and floats or JSON tokens; shape (n,) both."""

    rows: NDArray[np.int64]
    values: NDArray[np.float64] | list[str]


def frame_of_parts(parts: Mapping[str, Sequence[Part]], height: int) -> tuple[pl.DataFrame, list[str]]:
    """A frame of `height` rows, and warnings. A key that one row holds twice keeps one of its values."""
    return _frame([_of_parts(key, some, height) for key, some in parts.items()])


def frame_of_tokens(cells: Mapping[str, Cells], height: int) -> tuple[pl.DataFrame, list[str]]:
    """The same from JSON tokens: key -> (row numbers, tokens)."""
    return frame_of_parts({k: [Part(np.asarray(r, np.int64), list(t))] for k, (r, t) in cells.items()}, height)


def frame_of_objects(cells: Mapping[str, Cells], height: int) -> tuple[pl.DataFrame, list[str]]:
    """The same from decoded JSON values: key -> (row numbers, values)."""
    return _frame([_of_objects(key, rows, values, height) for key, (rows, values) in cells.items()])


def in_order(keys: Iterable[str]) -> list[str]:
    """The step axes first, then the other keys as they come."""
    found = list(keys)
    return [k for k in AXES if k in found] + [k for k in found if k not in AXES]


def _frame(made: list[Made]) -> tuple[pl.DataFrame, list[str]]:
    columns = {series.name: series for some, _ in made for series in some}
    return pl.DataFrame([columns[name] for name in in_order(columns)]), [w for _, some in made for w in some]


def _of_parts(key: str, parts: Sequence[Part], height: int) -> Made:
    if len(parts) == 1 and isinstance(parts[0].values, list) and len(parts[0].values) <= _FEW:
        # for the sake of runs with hundreds of thousands of keys
        return _of_objects(key, parts[0].rows.tolist(), [_loads(t) for t in parts[0].values], height)
    numeric = [_as_floats(part.values) for part in parts]
    rows = np.concatenate([part.rows for part in parts])
    if all(some is not None for some in numeric):
        values = np.concatenate([some for some in numeric if some is not None])
        return [_scatter(key, rows, _narrowest(values), height)], []
    objects: list[Any] = []
    for part, some in zip(parts, numeric, strict=True):
        objects += [_loads(t) for t in part.values] if some is None else _narrowest(some).to_list()
    return _of_objects(key, rows.tolist(), objects, height)


def _as_floats(values: NDArray[np.float64] | list[str]) -> NDArray[np.float64] | None:
    """JSON tokens as floats if all are numbers that a float holds exactly."""
    if isinstance(values, np.ndarray):
        return values
    floats = pl.Series(values, dtype=pl.String).cast(pl.Float64, strict=False)
    if floats.null_count():
        return None
    found = floats.to_numpy()
    return None if (np.isfinite(found) & (np.abs(found) >= _EXACT)).any() else found


def _narrowest(values: NDArray[np.float64]) -> pl.Series:
    """Whole numbers if all are; a negative zero is none."""
    with np.errstate(invalid="ignore"):
        whole = values.astype(np.int64)
    is_whole = (whole == values).all() and not np.signbit(values[values == 0]).any()
    return pl.Series(whole if is_whole else values)


def _loads(token: str) -> Any:
    if token == "-0":
        return -0.0  # W&B writes whole floats without a point; json would drop the sign
    try:
        return json.loads(token)
    except (ValueError, RecursionError):
        return token


def _of_objects(key: str, rows: Any, values: Any, height: int) -> Made:
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
    if height == len(rows) == 1:
        return values.alias(name)
    at = np.asarray(rows, dtype=np.int64)
    if len(at) == height and (height == 0 or (at == np.arange(height)).all()):
        return values.alias(name)
    source = np.full(height, -1, dtype=np.int64)
    source[at] = np.arange(len(at))
    index = pl.Series(source)
    return values.gather(index.set(index < 0, None)).alias(name)
