"""What did a run log last? The last row of a column that holds a value; null means that a row did not log the key."""

from typing import Any

import numpy as np
import polars as pl

__all__ = ["last_of_group", "last_row", "last_value"]


def last_row(column: pl.Series) -> int | None:
    """The number of the last row that is not null; None if there is none. NaN is a value."""
    if not column.null_count():
        return len(column) - 1 if len(column) else None
    logged = np.flatnonzero(column.is_not_null().to_numpy())
    return int(logged[-1]) if len(logged) else None


def last_value(column: pl.Series) -> Any:
    """What stands in the last row that is not null; None if there is none."""
    row = last_row(column)
    return None if row is None else column[row]


def last_of_group(name: str) -> pl.Expr:
    """The same for a column in each group of a `group_by`."""
    return pl.col(name).drop_nulls().last()
