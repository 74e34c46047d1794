"""The last logged value of each column."""

import json
from typing import Any

import numpy as np
import polars as pl

from runcompare.records.as_json import JSON_SUFFIX
from runcompare.records.history import AXES

__all__ = ["last_values"]


def last_values(history: pl.DataFrame) -> dict[str, Any]:
    """By key; of `KEY` and `KEY#json`, what stands further down."""
    found: dict[str, tuple[int, Any]] = {}
    for column in history.iter_columns():
        row = _last_row(column)
        if column.name in AXES or row is None:
            continue
        key, value = column.name.removesuffix(JSON_SUFFIX), column[row]
        if key not in found or found[key][0] <= row:
            found[key] = (row, json.loads(value) if column.name.endswith(JSON_SUFFIX) else value)
    return {key: value for key, (_, value) in found.items()}


def _last_row(column: pl.Series) -> int | None:
    if not column.null_count():
        return len(column) - 1 if len(column) else None
    there = np.flatnonzero(column.is_not_null().to_numpy())
    return int(there[-1]) if len(there) else None
