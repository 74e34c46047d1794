"""The last logged value of each column."""

import json
from typing import Any

import polars as pl

from runcompare.records.history import AXES
from runcompare.records.plain import JSON_SUFFIX

__all__ = ["last_values"]


def last_values(history: pl.DataFrame) -> dict[str, Any]:
    """By key; of `KEY` and `KEY#json`, what stands further down."""
    found: dict[str, tuple[int, Any]] = {}
    for column in history.iter_columns():
        rows = column.is_not_null().arg_true()
        if column.name in AXES or not len(rows):
            continue
        key, row, value = column.name.removesuffix(JSON_SUFFIX), int(rows[-1]), column[int(rows[-1])]
        if key not in found or found[key][0] <= row:
            found[key] = (row, json.loads(value) if column.name.endswith(JSON_SUFFIX) else value)
    return {key: value for key, (_, value) in found.items()}
