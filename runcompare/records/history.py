"""A run's logged rows: one frame, the tracker's own keys as columns, its step axes kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["History", "Series"]

STEP, TIME, RUNTIME = "_step", "_timestamp", "_runtime"
AXES = (STEP, TIME, RUNTIME)


@dataclass(frozen=True, slots=True)
class Series:
    """One key's logged values in row order. Arrays of shape (n,); NaN and infinities are kept.

    `step` is the tracker's step; `time` is Unix seconds, NaN where it was not logged.
    """

    key: str
    step: NDArray[np.float64]
    time: NDArray[np.float64]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True, slots=True)
class History:
    """Rows in the order they were logged. Columns: `_step`, `_timestamp`, `_runtime` where known, then the
    tracker's keys, whole. A null means that the row did not log the key; NaN means that it logged NaN."""

    frame: pl.DataFrame = field(default_factory=pl.DataFrame)

    def __len__(self) -> int:
        return self.frame.height

    @property
    def keys(self) -> tuple[str, ...]:
        """The logged keys, without the step axes."""
        return tuple(c for c in self.frame.columns if c not in AXES)

    @property
    def numeric_keys(self) -> tuple[str, ...]:
        return tuple(k for k in self.keys if self.frame.schema[k].is_numeric())

    def series(self, key: str, axis: str = STEP) -> Series:
        """The values of `key` where it was logged, against `axis`.

        Raises KeyError if the run never logged `key` or it is not numeric.
        """
        if key not in self.numeric_keys:
            raise KeyError(key)
        rows = self.frame.filter(pl.col(key).is_not_null())
        n = rows.height

        def column(name: str) -> NDArray[np.float64]:
            if name not in rows.columns:
                return np.full(n, np.nan)
            return rows[name].cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()

        step = column(axis) if axis in rows.columns else np.arange(n, dtype=np.float64)
        return Series(key, step, column(TIME), column(key))

    @classmethod
    def from_rows(cls, rows: Sequence[dict[str, object]]) -> "History":
        """A history from row dictionaries; mixed numeric types become floats, the rest strings."""
        if not rows:
            return cls()
        names = list(dict.fromkeys(k for row in rows for k in row))
        return cls(pl.DataFrame([_column(name, [row.get(name) for row in rows]) for name in names]))


def _column(name: str, values: list[object]) -> pl.Series:
    present = [v for v in values if v is not None]
    if all(isinstance(v, int) and not isinstance(v, bool) and abs(v) < 2**63 for v in present):
        return pl.Series(name, values, dtype=pl.Int64)
    if all(isinstance(v, bool) for v in present):
        return pl.Series(name, values, dtype=pl.Boolean)
    if all(isinstance(v, int | float) for v in present):
        floats = [None if v is None else float(v) for v in values]  # type: ignore[arg-type]
        return pl.Series(name, floats, dtype=pl.Float64)
    return pl.Series(name, [None if v is None else str(v) for v in values], dtype=pl.String)
