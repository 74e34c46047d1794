"""The last logged value of each key."""

import json
from collections.abc import Collection
from typing import Any, NamedTuple

import polars as pl

from runcompare.records.as_json import JSON_SUFFIX
from runcompare.records.history import AXES
from runcompare.records.last_row import last_row

__all__ = ["LastValue", "last_rows", "last_values"]


class LastValue(NamedTuple):
    """A key's last value and the number of its row."""

    row: int
    value: Any


def last_values(history: pl.DataFrame) -> dict[str, Any]:
    """Each key's last value, without the step axes."""
    return {key: last.value for key, last in last_rows(history, without=AXES).items()}


def last_rows(history: pl.DataFrame, without: Collection[str] = ()) -> dict[str, LastValue]:
    """Each key's last value and where it stands; of `KEY` and `KEY#json`, what stands further down."""
    found: dict[str, LastValue] = {}
    for column in history.iter_columns():
        row = last_row(column)
        if column.name in without or row is None:
            continue
        key = column.name.removesuffix(JSON_SUFFIX)
        if key not in found or found[key].row <= row:
            found[key] = LastValue(row, _decoded(column[row]) if column.name != key else column[row])
    return found


def _decoded(token: str) -> Any:
    try:
        return json.loads(token)
    except (ValueError, RecursionError):
        return token
