"""How do logged values become typed columns? Without changing a number.

All whole numbers: Int64 (Int128 beyond it). Other numbers: Float64; a whole number that a float can't hold is
rounded then, with a warning. All texts: String. All truth values: Boolean. Where a key holds numbers and
something else, the numbers keep the key and the rest goes to `KEY#json` as JSON text; lists and mappings always do.
A logged null and a key that was not logged are both null.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from runcompare.records.as_json import JSON_SUFFIX
from runcompare.records.budgets import check_cells
from runcompare.records.column_names import as_column
from runcompare.records.history import AXES

__all__ = ["JSON_SUFFIX", "Frame", "Part", "frame_of_objects", "frame_of_parts", "frame_of_tokens", "in_order"]

_EXACT = 2**53
_FEW = 16
_SHORT = 1000  # rows
Cells = tuple[Sequence[int], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a key's values: the rows that they stand in, and floats or JSON tokens; shape (n,) both."""

    rows: NDArray[np.int64]
    values: NDArray[np.float64] | list[str]


class Frame(NamedTuple):
    """Typed columns, and what happened to values that have no exact place in them."""

    frame: pl.DataFrame
    warnings: list[str]


class _Columns(NamedTuple):
    """What one key's values became: a column, and a second one for those that are no numbers."""

    columns: list[pl.Series]
    warnings: list[str]


def frame_of_parts(parts: Mapping[str, Sequence[Part]], height: int) -> Frame:
    """A frame of `height` rows from each key's parts. A key that one row holds twice keeps one of its values."""
    check_cells(height, len(parts))
    return _frame([_of_parts(as_column(key), some, height) for key, some in parts.items()])


def frame_of_tokens(cells: Mapping[str, Cells], height: int) -> Frame:
    """A frame of `height` rows from JSON tokens: key -> (row numbers, tokens)."""
    return frame_of_parts({k: [Part(np.asarray(r, np.int64), list(t))] for k, (r, t) in cells.items()}, height)


def frame_of_objects(cells: Mapping[str, Cells], height: int) -> Frame:
    """A frame of `height` rows from decoded JSON values: key -> (row numbers, values)."""
    check_cells(height, len(cells))
    return _frame([_of_objects(as_column(key), rows, values, height) for key, (rows, values) in cells.items()])


def in_order(keys: Iterable[str]) -> list[str]:
    """The step axes first, then the other keys as they come."""
    found = list(keys)
    return [k for k in AXES if k in found] + [k for k in found if k not in AXES]


def _frame(made: Sequence[_Columns]) -> Frame:
    columns = {series.name: series for one in made for series in one.columns}
    frame = pl.DataFrame([columns[name] for name in in_order(columns)])
    return Frame(frame, [warning for one in made for warning in one.warnings])


def _of_parts(key: str, parts: Sequence[Part], height: int) -> _Columns:
    if len(parts) == 1 and isinstance(parts[0].values, list) and len(parts[0].values) <= _FEW:
        # for the sake of runs with hundreds of thousands of keys
        return _of_objects(key, parts[0].rows.tolist(), [_loads(t) for t in parts[0].values], height)
    numeric = [_as_floats(part.values) for part in parts]
    rows = np.concatenate([part.rows for part in parts])
    if all(some is not None for some in numeric):
        values = np.concatenate([some for some in numeric if some is not None])
        return _Columns([_scatter(key, rows, _narrowest(values), height)], [])
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
    if token == "-0":  # noqa: S105  (of JSON)
        return -0.0  # W&B writes whole floats without a point; json would drop the sign
    try:
        return json.loads(token)
    except (ValueError, RecursionError):
        return token


def _of_objects(key: str, rows: Any, values: Any, height: int) -> _Columns:
    kinds = {*map(type, values)} if isinstance(values, list) else set()
    if kinds == {float}:  # as nearly all are
        return _Columns([_scatter(key, rows, pl.Series(values, dtype=pl.Float64), height)], [])
    if kinds == {int}:
        whole = _numbers(key, values)
        return _Columns([_scatter(key, rows, whole.values, height)], whole.warnings)
    by_kind = _by_kind(rows, values)
    if not by_kind:
        return _Columns([pl.Series(key, [None] * height, dtype=pl.Null)], [])
    if len(by_kind) == 1 and by_kind.keys() & {"bool", "text"}:
        (cells,) = by_kind.values()
        return _Columns([_scatter(key, cells.rows, pl.Series(key, cells.values), height)], [])
    columns: list[pl.Series] = []
    warnings: list[str] = []
    if numbers := by_kind.pop("number", None):
        made = _numbers(key, numbers.values)
        columns.append(_scatter(key, numbers.rows, made.values, height))
        warnings += made.warnings
    others = _Cells([r for c in by_kind.values() for r in c.rows], [v for c in by_kind.values() for v in c.values])
    if others.rows:
        texts = pl.Series([json.dumps(v) for v in others.values], dtype=pl.String)
        columns.append(_scatter(key + JSON_SUFFIX, others.rows, texts, height))
        if numbers:
            count = len(others.rows)
            warnings.append(
                f"'{key}' holds {count} values that are not numbers; they are kept in '{key}{JSON_SUFFIX}'."
            )
    return _Columns(columns, warnings)


class _Cells(NamedTuple):
    """Values of one kind and the rows that they stand in."""

    rows: list[int]
    values: list[Any]


def _by_kind(rows: Iterable[int], values: Iterable[Any]) -> dict[str, _Cells]:
    found: dict[str, _Cells] = {}
    for row, value in zip(rows, values, strict=True):
        if value is not None:
            cells = found.setdefault(_kind(value), _Cells([], []))
            cells.rows.append(int(row))
            cells.values.append(value)
    return found


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        # a lone surrogate has no UTF-8 form; as JSON it is plain ASCII
        return "json" if any("\ud800" <= c <= "\udfff" for c in value) else "text"
    return "json"


class _Numbers(NamedTuple):
    values: pl.Series
    warnings: list[str]


def _numbers(key: str, values: list[Any]) -> _Numbers:
    if all(isinstance(v, int) for v in values):
        widest = max(abs(v) for v in values)
        if widest < 2**127:
            return _Numbers(pl.Series(values, dtype=pl.Int64 if widest < 2**63 else pl.Int128), [])
    rounded = sum(isinstance(v, int) and not _fits_float(v) for v in values)
    warning = f"{rounded} whole numbers of '{key}' are beyond what a float holds exactly and were rounded."
    return _Numbers(pl.Series([_float(v) for v in values], dtype=pl.Float64), [warning] if rounded else [])


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
    if height <= _SHORT:  # a list is quicker than polars' expressions there
        cells: list[Any] = [None] * height
        for row, value in zip(at.tolist(), values.to_list(), strict=True):
            cells[row] = value
        return pl.Series(name, cells, dtype=values.dtype)
    source = np.full(height, -1, dtype=np.int64)
    source[at] = np.arange(len(at))
    index = pl.Series(source)
    return values.gather(index.set(index < 0, None)).alias(name)
