"""Runs from data frames that are at hand: anything narwhals takes (pandas, polars, PyArrow, Modin, DuckDB, ...)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import zip_longest
from typing import Any, overload

import narwhals.stable.v2 as nw
import polars as pl

from runcompare.errors import UsageError, did_you_mean
from runcompare.records.as_json import plain
from runcompare.records.column_names import as_column
from runcompare.records.run import Run, RunInfo
from runcompare.sources.tables.axes import RUN_NAMES, Axes, find_axes, seconds_of
from runcompare.sources.tables.from_json import frame_of_rows
from runcompare.sources.tables.from_pandas import NanMeans, Native, frame_of_pandas, with_index
from runcompare.sources.tables.from_parquet import table_of_frame
from runcompare.sources.tables.long import made_wide
from runcompare.sources.tables.run import Stated, runs_of

__all__ = ["from_frame"]

SOURCE = "frame"


@overload
def from_frame(
    frame: Any,
    *,
    by: None = None,
    name: str | None = None,
    id: str | None = None,
    config: Mapping[str, Any] | None = None,
    summary: Mapping[str, Any] | None = None,
    group: str | None = None,
    project: str | None = None,
    tags: Sequence[str] = (),
    step: str | None = None,
    time: str | None = None,
    nan: NanMeans | None = None,
) -> Run: ...


@overload
def from_frame(
    frame: Any,
    *,
    by: str,
    name: str | None = None,
    id: str | None = None,
    config: Mapping[str, Any] | None = None,
    summary: Mapping[str, Any] | None = None,
    group: str | None = None,
    project: str | None = None,
    tags: Sequence[str] = (),
    step: str | None = None,
    time: str | None = None,
    nan: NanMeans | None = None,
) -> list[Run]: ...


def from_frame(
    frame: Any,
    *,
    by: str | None = None,
    name: str | None = None,
    id: str | None = None,
    config: Mapping[str, Any] | None = None,
    summary: Mapping[str, Any] | None = None,
    group: str | None = None,
    project: str | None = None,
    tags: Sequence[str] = (),
    step: str | None = None,
    time: str | None = None,
    nan: NanMeans | None = None,
) -> Run | list[Run]:
    """A run from a data frame of its logged rows; with `by`, a list of runs, one for each value of that column.

    The frame has one row a step and one column a metric, or one row a value (`step`, `metric`, `value`). The step and
    the time are found by the columns' names, or are those of `step` and `time` (Unix time, dates, or seconds since the
    start). Final values are the last that each column holds, and those of `summary`. Without `id` it is made from the
    content. With `by`, the value is a run's name and id (behind `name` if given) and, for a column `seed`, its seed;
    `group` is by default `name`.

    A pandas column of floats can't tell what was not logged from a logged NaN. `nan="missing"`, the default there,
    means not logged, but where a row would hold nothing else; `nan="logged"` means NaN. Other frames know which.

    Raises UsageError for what is no frame, holds no numbers, or lacks a column that was named.

    >>> import polars as pl, runcompare
    >>> frame = pl.DataFrame({"step": [0, 1], "loss": [0.5, 0.25], "eval/nrmse": [None, 0.1]})
    >>> run = runcompare.from_frame(frame, name="try 1", config={"lr": 1e-3, "seed": 0})
    >>> run.summary["eval/nrmse"], run.seed, len(run.history)
    (0.1, 0, 2)
    """
    native = _polars(frame, nan)
    table = made_wide(table_of_frame(native.frame))
    table = replace(table, warnings=(*native.warnings, *table.warnings))
    axes = _axes(table.frame, _Chosen(by, step, time))
    if not any(t.is_numeric() for t in table.frame.schema.values()):
        raise UsageError("The frame holds no column of numbers.", hint="Give one row a step and one column a metric.")
    label = name or id or _fingerprint(table.frame, config)
    info = RunInfo(id or label, label, SOURCE, "", group or (name if by else None), project, tags=tuple(tags))
    runs = runs_of(table, Stated(info, dict(config or {}), dict(summary or {})), axes)
    if by is None:
        return runs[0]
    return [_named(run, name or id) for run in runs]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The columns that the caller names."""

    run: str | None
    step: str | None
    time: str | None


def _axes(frame: pl.DataFrame, chosen: _Chosen) -> Axes:
    for name in (chosen.run, chosen.step, chosen.time):
        if name is not None and name not in frame.columns:
            hint = did_you_mean(name, frame.columns) or f"It has: {', '.join(frame.columns[:12])}."
            raise UsageError(f"The frame has no column '{name}'.", hint=hint)
    if chosen.step is not None and not frame.schema[chosen.step].is_numeric():
        raise UsageError(f"The column '{chosen.step}' holds no steps: they are numbers.")
    found = find_axes(frame, run=chosen.run)
    if chosen.run is None:
        _check_one_run(frame)
    step = chosen.step or found.step
    if chosen.time is None:
        return replace(found, step=step, run=chosen.run)
    is_clock = seconds_of(frame[chosen.time]) is not None
    if not is_clock and not frame.schema[chosen.time].is_numeric():
        raise UsageError(f"The column '{chosen.time}' holds no times.", hint="Give Unix times, dates, or seconds.")
    clock, elapsed = (chosen.time, found.elapsed) if is_clock else (found.clock, chosen.time)
    return Axes(step, clock, elapsed, chosen.run)


def _check_one_run(frame: pl.DataFrame) -> None:
    for name in frame.columns:
        if name.lower() in RUN_NAMES and (count := frame[name].drop_nulls().n_unique()) > 1:
            raise UsageError(
                f"The frame's column '{name}' names {count} runs.", hint=f"Get them with by='{name}', or drop it."
            )


def _polars(frame: Any, nan: NanMeans | None) -> Native:
    """Any frame as polars has it. Raises UsageError for what is none."""
    if isinstance(frame, Mapping):
        columns = {as_column(str(key)): list(values) for key, values in frame.items() if not isinstance(values, str)}
        frame = [dict(zip(columns, row, strict=True)) for row in zip_longest(*columns.values())]
    if isinstance(frame, list | tuple) and all(isinstance(row, Mapping) for row in frame):
        rows = frame_of_rows(frame)
        return Native(rows.frame, tuple(rows.warnings))
    try:
        if hasattr(frame, "reset_index") and hasattr(frame, "columns"):
            frame = with_index(frame)
        native = nw.from_native(frame)
        eager = native.collect() if isinstance(native, nw.LazyFrame) else native
        if eager.implementation.is_pandas_like():
            return frame_of_pandas(eager, nan)
        return Native(eager.to_polars())
    except (TypeError, ValueError, nw.exceptions.NarwhalsError, pl.exceptions.PolarsError) as error:
        why = (str(error).splitlines() or ["unknown"])[0][:200]
        raise UsageError(
            f"A {type(frame).__name__} can't be read as a data frame: {why}",
            hint="Give a frame of pandas, polars or PyArrow, a mapping of columns, or a list of rows.",
        ) from None


def _fingerprint(frame: pl.DataFrame, config: Mapping[str, Any] | None) -> str:
    """A name made from the content: the same frame and config have the same."""
    digest = sha256(json.dumps(plain(config or {}), sort_keys=True).encode())
    digest.update(frame.write_csv().encode())
    return f"frame-{digest.hexdigest()[:8]}"


def _named(run: Run, front: str | None) -> Run:
    """Behind the name that was given; a seed's run has it already."""
    if front is None or run.name.startswith(f"{front}-s"):
        return run
    return replace(run, info=replace(run.info, id=f"{front}-{run.id}", name=f"{front}-{run.name}"))
