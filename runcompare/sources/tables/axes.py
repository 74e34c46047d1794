"""What a table's columns are: the step, the time, the name of the run, or something that was logged.

The columns of a file keep their names. The axes that we know, `_step`, `_timestamp` (Unix seconds) and `_runtime`
(seconds), are added from the columns that hold them under other names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import numpy as np
import polars as pl

from runcompare.records.columns import in_order
from runcompare.records.history import RUNTIME, STEP, TIME, Whole
from runcompare.records.run import Lost
from runcompare.sources.kit.sound import UNITS
from runcompare.sources.tables.times import Kept

__all__ = [
    "RUN_NAMES",
    "STEP_NAMES",
    "Axes",
    "Table",
    "fallen_steps",
    "falls",
    "find_axes",
    "is_axis_name",
    "is_step_name",
    "kept_as_text",
    "seconds_of",
    "unit_of",
    "with_axes",
]

STEP_NAMES = (
    *("_step", "step", "global_step", "trainer/global_step", "train/global_step", "steps", "num_steps"),
    *("total_timesteps", "timesteps_total", "timesteps", "iteration", "iter", "iterations", "training_iteration"),
    *("total_steps", "totalenvinteracts", "num_updates", "update", "updates", "round", "epoch", "epochs"),
    *("episode", "episodes", "num_episodes"),
)
_EPISODES = ("episode", "episodes")
_OF_AN_EPISODE = ("step", "steps", "num_steps")  # beside a count of episodes these are often an episode's length
RUN_NAMES = ("_run", "run", "run_id", "run_name", "seed")
_CLOCKS = ("_timestamp", "timestamp", "wall_time", "walltime", "datetime", "time", "date", "ts")
_ELAPSED = (
    *("_runtime", "time_total_s", "runtime", "elapsed", "elapsed_time", "elapsed_s", "elapsed_seconds"),
    *("relative_time", "time_elapsed"),
)
_EITHER = ("wall_time", "walltime", "time")  # small numbers in these are seconds since the start, if they only grow


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was read: typed columns under the file's names, and what was lost.

    Attributes:
        begins: the rows before which the file's header stood again, which a program does that starts anew.
        is_series: whether the file held a list for each column, so that rows are steps though no column says so.
        whole: where only some rows were kept (`in_pieces.py`), what is known of all values of each key that lost some.
        kept: of a table of several attempts of which only some rows were kept, these; `frame` then shows what is stated
            of the run.
    """

    frame: pl.DataFrame
    lost: Lost = field(default_factory=Lost)
    warnings: tuple[str, ...] = ()
    begins: tuple[int, ...] = ()
    is_series: bool = False
    whole: Mapping[str, Whole] = field(default_factory=dict)
    kept: Kept | None = None


@dataclass(frozen=True, slots=True)
class Axes:
    """Names of the columns that hold the axes and the name of the run; None where there is none.

    `unit` is what the clock counts in, in parts of a second, where that is known of more rows than those at hand.
    """

    step: str | None = None
    clock: str | None = None
    elapsed: str | None = None
    run: str | None = None
    unit: float | None = None


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_")


def is_axis_name(name: str) -> bool:
    """Whether a column of this name may hold the step, the time or the name of the run."""
    return _plain(name) in (*STEP_NAMES, *RUN_NAMES, *_CLOCKS, *_ELAPSED)


def is_step_name(name: str) -> bool:
    """Whether a column of this name may hold the step."""
    return _plain(name) in STEP_NAMES


def kept_as_text(name: str) -> bool:
    """Names of runs stay as they were written: `007` is not 7."""
    return _plain(name) in RUN_NAMES and _plain(name) != "seed"


def find_axes(frame: pl.DataFrame, run: str | None = None) -> Axes:
    """The axes by the columns' names and values; `run` is the column of the run's name if that is known.

    The step is the first of STEP_NAMES whose numbers change and never fall (within a run), else the first that does not
    fall at every other row. Without one, it is a column whose last part is such a name ("train/epoch"), unless several
    parts of the run have theirs.
    """
    run = run or next((name for name in _named(frame, RUN_NAMES) if not _stands_once(frame[name])), None)
    steps = [name for name in _named(frame, STEP_NAMES) if _has_numbers(frame[name])]
    if not steps:
        steps = _prefixed_steps(frame)
    steps = _episodes_first(frame, steps, run)
    grows = (name for name in steps if _is_counter(frame, name, run))
    step = next(grows, None) or next((name for name in steps if _mostly_grows(frame[name])), None)
    clock = next((name for name in _named(frame, _CLOCKS) if seconds_of(frame[name]) is not None), None)
    elapsed = next((name for name in _named(frame, _ELAPSED) if _has_numbers(frame[name])), None)
    if elapsed is None:
        others = [n for n in _named(frame, _EITHER) if n != clock and _has_numbers(frame[n])]
        elapsed = next((n for n in others if _is_counter(frame, n, run) and frame[n].min() >= 0), None)  # type: ignore[operator]
    return Axes(step, clock, elapsed, run)


def _stands_once(column: pl.Series) -> bool:
    """Whether few rows name a run, and all the same: a line above the rows states it, and it parts none from others."""
    return 2 * column.null_count() >= len(column) > 1 and column.drop_nulls().n_unique() == 1


def fallen_steps(frame: pl.DataFrame, axes: Axes) -> list[str]:
    """Columns that are called as steps are but only fall, where there is no other step."""
    if axes.step is not None or STEP in frame.columns:
        return []
    return [name for name in _named(frame, STEP_NAMES) if _has_numbers(frame[name]) and falls(frame[name])]


def _episodes_first(frame: pl.DataFrame, steps: list[str], run: str | None) -> list[str]:
    """Where each row is another episode, the episode is the step and `steps` its length."""
    counts = [n for n in steps if _plain(n) in _EPISODES and _is_counter(frame, n, run)]
    each = [n for n in counts if frame.select([n, *([run] if run else [])]).is_unique().all()]
    lengths = [n for n in steps if each and _plain(n) in _OF_AN_EPISODE]
    return [n for n in steps if n not in lengths] + lengths


def _mostly_grows(column: pl.Series) -> bool:
    return 2 * len(falls(column)) < max(1, len(column) - column.null_count())


def _prefixed_steps(frame: pl.DataFrame) -> list[str]:
    found = {c: _plain(c.rpartition("/")[2]) for c in frame.columns if "/" in c and _has_numbers(frame[c])}
    steps = [c for c in found if found[c] in STEP_NAMES]
    one = len({c.rpartition("/")[0] for c in steps}) == 1
    return sorted(steps, key=lambda c: STEP_NAMES.index(found[c])) if one else []


def _named(frame: pl.DataFrame, names: Iterable[str]) -> list[str]:
    """Columns of these names, in the order of the names."""
    by_name: dict[str, str] = {}
    for column in frame.columns:
        by_name.setdefault(_plain(column), column)
    return [by_name[name] for name in names if name in by_name]


def _has_numbers(column: pl.Series) -> bool:
    return column.dtype.is_numeric() and column.null_count() < len(column)


def _is_counter(frame: pl.DataFrame, name: str, run: str | None) -> bool:
    """Does it change (where there are rows enough), and never fall within a run?"""
    keys = [name] if run is None or run == name else [run, name]
    rows = frame.select(keys).drop_nulls()
    parts = rows.partition_by(run, maintain_order=True) if run in keys else [rows]
    return all(not falls(part[name]) for part in parts) and (rows.height < 2 or rows[name].n_unique() > 1)


def falls(steps: pl.Series) -> list[int]:
    """The rows whose step is lower than the one before; nulls are passed over."""
    known = steps.is_not_null().arg_true()
    values = steps.gather(known)
    return known.filter(values < values.shift(1)).to_list()


def unit_of(column: pl.Series) -> float | None:
    """In how many parts of a second the numbers of a clock count; None if it is no clock of numbers."""
    if not column.dtype.is_numeric():
        return None
    finite = np.abs(column.cast(pl.Float64).drop_nulls().to_numpy())
    finite = finite[np.isfinite(finite)]
    size = float(np.median(finite)) if len(finite) else 0.0
    return next((unit for least, unit in UNITS if size >= least), None)


def seconds_of(column: pl.Series, unit: float | None = None) -> pl.Series | None:
    """Unix seconds from numbers of any usual unit, dates, or ISO texts; None if it is no clock."""
    known = column.drop_nulls()
    if not len(known):
        return None
    if column.dtype.is_temporal() and column.dtype not in (pl.Duration, pl.Time):
        return column.cast(pl.Datetime("us")).dt.timestamp("us") / 1e6
    if column.dtype == pl.String:
        return _parsed(column)
    unit = unit_of(column) if unit is None else unit
    if unit is None or not column.dtype.is_numeric():
        return None
    floats = column.cast(pl.Float64)
    return floats if unit == 1.0 else floats / unit


def _parsed(column: pl.Series) -> pl.Series | None:
    found: list[float | None] = []
    for text in column.to_list():
        try:
            moment = None if text is None else datetime.fromisoformat(text)
            found.append(None if moment is None else _stamp(moment))
        except (ValueError, OverflowError):
            return None
    return pl.Series(column.name, found, dtype=pl.Float64)


def _stamp(moment: date) -> float:
    """A moment without a zone is taken as UTC."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def with_axes(frame: pl.DataFrame, axes: Axes) -> pl.DataFrame:
    """The frame with `_step`, `_timestamp` and `_runtime`, where it has them under any name, in front.

    A row without a step has that of the row before (the first rows: of the first row that has one).
    """
    made: list[pl.Series] = []
    if axes.step is not None and axes.step != STEP:
        steps = frame[axes.step]
        made.append(steps.fill_null(strategy="forward").fill_null(strategy="backward").alias(STEP))
    if axes.clock is not None and (clock := seconds_of(frame[axes.clock], axes.unit)) is not None:
        made.append(clock.alias(TIME))
    if axes.elapsed is not None and axes.elapsed != RUNTIME:
        made.append(frame[axes.elapsed].cast(pl.Float64).alias(RUNTIME))
    renamed = frame.rename({n: f"{n}#metric" for n in (STEP, TIME, RUNTIME) if _is_taken(frame, n, made)})
    dated = [pl.col(c).dt.to_string("iso") for c, kind in renamed.schema.items() if kind.is_temporal()]
    whole = renamed.with_columns(dated).with_columns(made)
    return whole.select(in_order(whole.columns))


def _is_taken(frame: pl.DataFrame, name: str, made: list[pl.Series]) -> bool:
    """Does a column that is no axis have an axis's name?"""
    if name not in frame.columns or (name == TIME and any(s.name == TIME for s in made)):
        return False
    return not frame.schema[name].is_numeric() or any(s.name == name for s in made)
