"""A run's logged rows: one frame, the tracker's own keys as columns, its step axes kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from runcompare.records.column_names import as_column

__all__ = ["History", "Series", "Tail", "Whole"]

STEP, TIME, RUNTIME = "_step", "_timestamp", "_runtime"
AXES = (STEP, TIME, RUNTIME)
MOST_KEPT = 256  # series of one history; memory stays bounded with thousands of keys


class Tail(NamedTuple):
    """The mean of a curve's last part, and of how many values it is."""

    mean: float
    values: int


@dataclass(frozen=True, slots=True)
class Whole:
    """What is exactly known of a key of whose values only some were kept (`thinning.py`), beside those.

    Attributes:
        count: values that were logged, NaN included.
        finite: how many of them are finite.
        used: how many are evaluations: without NaN, where that stands for "not evaluated here".
        is_gappy: whether it does.
        tails: means of the last 1/n, 2/n ... n/n of the evaluations.
        area: mean height of the curve over its steps, by trapezoids.
        total: sum of the finite values above 0.
    """

    count: int
    finite: int
    used: int
    is_gappy: bool
    tails: tuple[float, ...] = field(repr=False)
    area: float
    total: float

    def tail(self, share: float) -> Tail:
        """The last part of the evaluations, of the parts that are known the nearest to `share`."""
        parts = len(self.tails)
        part = min(parts, max(1, round(share * parts)))
        return Tail(self.tails[part - 1], max(1, round(part / parts * self.used)))


@dataclass(frozen=True, slots=True)
class Series:
    """One key's logged values in row order. Arrays of shape (n,); NaN and infinities are kept.

    `step` is the tracker's step; `time` is Unix seconds, NaN where it was not logged. `whole` is there where the
    arrays are not all that was logged.
    """

    key: str
    step: NDArray[np.float64]
    time: NDArray[np.float64]
    value: NDArray[np.float64]
    whole: Whole | None = None

    def __len__(self) -> int:
        return len(self.value)

    @property
    def logged(self) -> int:
        """How many values were logged, whether kept or not."""
        return len(self.value) if self.whole is None else self.whole.count

    @property
    def lowest(self) -> int | None:
        """The row of the lowest finite value, the first of equals; None if no value is finite."""
        finite = np.flatnonzero(np.isfinite(self.value))
        return int(finite[np.argmin(self.value[finite])]) if len(finite) else None


@dataclass(frozen=True)
class History:
    """Rows in the order they were logged. Columns: `_step`, `_timestamp`, `_runtime` where known, then the
    tracker's keys, whole. A null means that the row did not log the key; NaN means that it logged NaN.

    Of very long histories some rows are kept (`thinning.py`): `whole` says of each key of which values were left out
    what is exactly known of all. What is derived from the frame alone (keys, axes as arrays) is computed once.
    """

    frame: pl.DataFrame = field(default_factory=pl.DataFrame)
    whole: Mapping[str, Whole] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.frame.height

    def __getstate__(self) -> dict[str, object]:
        # between processes goes the frame, not what was derived from it
        return {"frame": self.frame, "whole": self.whole}

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The logged keys, without the step axes."""
        return tuple(c for c in self.frame.columns if c not in AXES)

    @cached_property
    def numeric_keys(self) -> tuple[str, ...]:
        """Those of `keys` that hold numbers."""
        return tuple(k for k, dtype in self.frame.schema.items() if k not in AXES and dtype.is_numeric())

    @cached_property
    def _numeric(self) -> frozenset[str]:
        return frozenset(self.numeric_keys)

    @cached_property
    def _axes(self) -> dict[str, NDArray[np.float64]]:
        return {name: _floats(self.frame.get_column(name)) for name in AXES if name in self.frame.columns}

    def has(self, key: str) -> bool:
        """Whether the run logged numbers under `key`."""
        return key in self._numeric

    def mean(self, key: str) -> float | None:
        """The mean of all values that were logged under a numeric key; NaN if one is NaN, None if there is none."""
        whole = self.whole.get(key)
        if whole is None:
            return self.frame[key].mean()  # type: ignore[return-value]
        return whole.tail(1).mean if whole.used == whole.count else float("nan")

    def series(self, key: str, axis: str = STEP) -> Series:
        """The values of `key` where it was logged, against `axis`: one of the step axes or another numeric key.

        Raises KeyError if the run never logged `key` or it is not numeric.
        """
        if not self.has(key):
            raise KeyError(key)
        known = self._series
        if (key, axis) not in known:
            if len(known) >= MOST_KEPT:
                known.clear()
            known[key, axis] = self._extracted(key, axis)
        return known[key, axis]

    @cached_property
    def _series(self) -> dict[tuple[str, str], Series]:
        """The series that were asked for last: a report asks for most of them several times."""
        return {}

    def _extracted(self, key: str, axis: str) -> Series:
        column = self.frame.get_column(key)
        rows = np.flatnonzero(column.is_not_null().to_numpy()) if column.null_count() else slice(None)
        value = _floats(column)[rows]
        time = self._axis(TIME)
        step = self._axis(axis)
        return Series(
            key,
            np.arange(len(value), dtype=np.float64) if step is None else step[rows],
            np.full(len(value), np.nan) if time is None else time[rows],
            value,
            self.whole.get(key),
        )

    def _axis(self, name: str) -> NDArray[np.float64] | None:
        """A column as floats, shape (rows,); None if there is none of that name."""
        if name in AXES:
            return self._axes.get(name)
        return _floats(self.frame.get_column(name)) if name in self.frame.columns else None

    @classmethod
    def from_rows(cls, rows: Sequence[dict[str, object]]) -> "History":
        """A history from row dictionaries; mixed numeric types become floats, the rest strings."""
        if not rows:
            return cls()
        names = list(dict.fromkeys(k for row in rows for k in row))
        return cls(pl.DataFrame([_column(as_column(name), [row.get(name) for row in rows]) for name in names]))


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


def _floats(column: pl.Series) -> NDArray[np.float64]:
    """A column as an array of shape (rows,), not to be written to: null, and what is no number, is NaN."""
    return column.cast(pl.Float64, strict=False).to_numpy()  # null becomes NaN
