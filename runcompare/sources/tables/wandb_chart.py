"""The CSV export of a chart of W&B's page: a column for each run, `RUN - KEY`, and its bounds, `RUN - KEY__MIN`.

It is made a table of several runs, a row for each run and step. The bounds are left out; where they differ from the
value, the chart showed means (of buckets of steps, or of a group of runs), and a warning says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import polars as pl

from runcompare.sources.tables.axes import Table, is_axis_name

__all__ = ["chart_as_runs"]

_RUN, _STEP = "run", "step"
_BETWEEN = " - "
_BOUNDS = ("__MIN", "__MAX")


class _Column(NamedTuple):
    name: str
    run: str
    key: str


def chart_as_runs(table: Table) -> Table:
    """The same as a table of runs; what is no export of a chart stays as it is."""
    frame = table.frame
    found = list(_columns(frame.columns))
    if not found or len(frame.columns) != 1 + len(found) * (1 + len(_BOUNDS)) or frame.columns[0] == found[0].name:
        return table
    axis = frame.columns[0]
    names = {axis: axis if is_axis_name(axis) else _STEP}
    runs = dict.fromkeys(column.run for column in found)
    parts = [_of_run(frame, axis, run, [c for c in found if c.run == run]).rename(names) for run in runs]
    means = [c.key for c in found if _differs(frame, c.name)]
    notes = (f"The chart shows means of {', '.join(dict.fromkeys(means))}, not what was logged.",) if means else ()
    whole = pl.concat(parts, how="diagonal_relaxed") if parts else frame
    return replace(table, frame=whole, warnings=(*table.warnings, *notes), begins=())


def _columns(names: Sequence[str]) -> Iterable[_Column]:
    """The columns of values, each with both of its bounds beside it."""
    there = set(names)
    for name in names:
        run, between, key = name.rpartition(_BETWEEN)
        if run and between and key and all(f"{name}{bound}" in there for bound in _BOUNDS):
            yield _Column(name, run, key)


def _of_run(frame: pl.DataFrame, axis: str, run: str, columns: list[_Column]) -> pl.DataFrame:
    logged = pl.any_horizontal(pl.col(c.name).is_not_null() for c in columns)
    rows = frame.select(axis, *(c.name for c in columns)).filter(logged)
    named = rows.rename({c.name: c.key for c in columns})
    return named.select(pl.lit(run).alias(_RUN), *named.columns)


def _differs(frame: pl.DataFrame, name: str) -> bool:
    value = frame[name]
    return any(bool((frame[f"{name}{bound}"] != value).any()) for bound in _BOUNDS)
