"""What a run may hold, checked where a Run is made: times that are times, numbers that fit, data that end.

Whoever wrote a log may have logged anything. What is no time is unknown, with a warning; a time in ms, µs or ns is
taken as such, by its size; what can't be encoded is written out.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, get_args

import numpy as np
import polars as pl

from runcompare.records.column_names import TAKEN_SUFFIX, as_column, as_text
from runcompare.records.history import AXES, TIME, History
from runcompare.records.run import Attempt, Hardware, Run, RunInfo, StageSpan, State

__all__ = ["UNITS", "Sound", "moment", "sound_frame", "sound_info", "sound_run", "sound_values"]

UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3), (1e8, 1.0))  # from this size on, a clock counts ns, µs, ms, s
LATEST = 6e10  # seconds: the year 3871; as far before 1970 there is hardly a date
DEEPEST, TOO_DEEP = 100, "(nested too deeply)"  # so that nothing that reads them meets its own limit
MOST_VALUES = 1_000_000  # of data that hold parts of themselves again, once these are written out
_BITS = 1023  # of a whole number: a float holds no longer one
_STATES = frozenset(get_args(State))
_PLAIN = (str, bool, float, type(None))
_MOST_DEVICES = 10_000_000


class Sound(NamedTuple):
    """What is left, the very same object if nothing was wrong, and what was."""

    value: Any
    warnings: tuple[str, ...] = ()


def moment(value: Any) -> float | None:
    """Unix seconds from a number of seconds, ms, µs or ns; None for what is no time."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    unit = next((unit for least, unit in UNITS if abs(seconds) >= least), 1.0)
    return seconds / unit if abs(seconds / unit) < LATEST else None


def sound_info(info: RunInfo) -> RunInfo:
    """The description with texts that can be written, a start that is a time, and a seed that is one."""
    changed: dict[str, Any] = {}
    for name in ("id", "name", "group", "project", "entity"):
        text = getattr(info, name)
        if text is not None and (found := as_text(str(text))) is not text:
            changed[name] = found
    for name in ("tags", "aliases"):
        texts = getattr(info, name)
        if any(as_text(str(text)) is not text for text in texts):
            changed[name] = tuple(as_text(str(text)) for text in texts)
    if info.started_at is not None and (start := moment(info.started_at)) != info.started_at:
        changed["started_at"] = start
    if info.state not in _STATES:
        changed["state"] = "unknown"
    if info.seed is not None and (seed := _seed(info.seed)) is not info.seed:
        changed["seed"] = seed
    return replace(info, **changed) if changed else info


def _seed(seed: Any) -> int | str | None:
    if isinstance(seed, str):
        return as_text(seed)
    if isinstance(seed, int) and not isinstance(seed, bool) and seed.bit_length() > _BITS:
        return None
    return seed if isinstance(seed, int) else None


def sound_run(run: Run) -> Run:
    """The run with all of it checked; the very same object if nothing is wrong."""
    parts = {
        "info": Sound(sound_info(run.info)),
        **{name: sound_values(getattr(run, name), name) for name in ("config", "summary", "metadata")},
        **{name: _rows(getattr(run, name)) for name in ("history", "system")},
        "attempts": _attempts(run.attempts),
        "stages": _stages(run.stages),
        "hardware": _hardware(run.hardware),
        "runtime_s": Sound(_duration(run.runtime_s)),
        "samples": Sound(_samples(run.samples)),
    }
    changed = {name: part.value for name, part in parts.items() if part.value is not getattr(run, name)}
    warnings = tuple(warning for part in parts.values() for warning in part.warnings)
    return replace(run, **changed, warnings=(*run.warnings, *warnings)) if changed or warnings else run


def _rows(history: History) -> Sound:
    found = sound_frame(history.frame)
    return Sound(history if found.value is history.frame else replace(history, frame=found.value), found.warnings)


def _duration(seconds: Any) -> float | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < LATEST:
        return None
    return seconds


def _samples(samples: Mapping[str, tuple[float, ...]]) -> Mapping[str, tuple[float, ...]]:
    return samples if all(as_text(key) is key for key in samples) else {as_text(k): v for k, v in samples.items()}


def _hardware(hardware: Hardware) -> Sound:
    """Counts of devices beyond any that exist are unknown."""
    counts = {name: getattr(hardware, name) for name in ("accelerator_count", "cpu_count", "world_size")}
    odd = [name for name, count in counts.items() if count is not None and not 0 <= count < _MOST_DEVICES]
    texts = {name: as_text(text) for name in ("accelerator", "cpu") if (text := getattr(hardware, name)) is not None}
    fields: dict[str, Any] = {name: text for name, text in texts.items() if text is not getattr(hardware, name)}
    fields |= {name: getattr(Hardware(), name) for name in odd}
    notes = tuple(f"The {name.replace('_', ' ')} is no count: unknown." for name in odd)
    return Sound(replace(hardware, **fields) if fields else hardware, notes)


def _attempts(attempts: Sequence[Attempt]) -> Sound:
    """Those that start at a time."""
    known = [(attempt, moment(attempt.started_at)) for attempt in attempts]
    kept = tuple(Attempt(start, moment(a.ended_at)) for a, start in known if start is not None)
    return _left(attempts, kept, "attempts")


def _stages(stages: Sequence[StageSpan]) -> Sound:
    """Those that start at a time."""
    known = [(stage, moment(stage.started_at)) for stage in stages]
    kept = tuple(StageSpan(as_text(s.name), at, moment(s.ended_at)) for s, at in known if at is not None)
    return _left(stages, kept, "stages")


def _left(before: Sequence[Any], kept: tuple[Any, ...], what: str) -> Sound:
    gone = len(before) - len(kept)
    return Sound(before if kept == before else kept, (f"{gone} {what} start at no time: left out.",) if gone else ())


def sound_frame(frame: pl.DataFrame) -> Sound:
    """Rows whose columns have names that can be used, and whose axes hold numbers: steps, and Unix seconds."""
    warnings: list[str] = []
    names = {name: as_column(name) for name in frame.columns}
    taken = [name for name in AXES if name in frame.columns and not _is_axis(frame.schema[name])]
    names |= {name: name + TAKEN_SUFFIX for name in taken}
    warnings += [f"'{name}' holds no numbers: it is kept as '{names[name]}'." for name in taken]
    changed = {old: new for old, new in names.items() if old != new}
    if changed:
        frame = frame.rename({old: new for old, new in changed.items() if new not in frame.columns})
    if TIME in frame.columns and frame.schema[TIME].is_numeric():
        clock = _clock(frame.get_column(TIME))
        if clock is not None:
            frame = frame.with_columns(clock.value)
            warnings += clock.warnings
    return Sound(frame, tuple(warnings))


def _is_axis(dtype: pl.DataType) -> bool:
    return dtype.is_numeric() or dtype == pl.Null


def _clock(column: pl.Series) -> Sound | None:
    """The times in seconds, unknown where they are none; None if they are already."""
    floats = column.cast(pl.Float64, strict=False).to_numpy()
    finite = np.abs(floats[np.isfinite(floats)])
    if not len(finite) or finite.max() < LATEST:
        return None if column.dtype != pl.Int128 else Sound(column.cast(pl.Float64))
    unit = next((unit for least, unit in UNITS if np.median(finite) >= least), 1.0)
    seconds = floats / unit
    odd = np.isfinite(seconds) & (np.abs(seconds) >= LATEST)
    seconds[odd] = np.nan
    notes = (f"{odd.sum()} rows have a time that is none.",) if odd.any() else ()
    return Sound(pl.Series(TIME, seconds, nan_to_null=True), notes)


def sound_values(values: Mapping[str, Any], what: str) -> Sound:
    """Settings or final values that end, with numbers and texts that can be written.

    What holds itself, or unfolds into more than a million values, is left out, with a warning.
    """
    sizes = _Sizes()
    too_large = [key for key, value in values.items() if sizes.of(value, 1) > MOST_VALUES and sizes.shared]
    kept = {key: value for key, value in values.items() if key not in too_large} if too_large else values
    found = _written(kept, 0)
    if not isinstance(found, Mapping):
        found = {}
    shown = ", ".join(str(key)[:40] for key in too_large[:3])
    odd = (f"The {what} leaves out {shown}: it holds itself, or repeats without end.",) if too_large else ()
    return Sound(found, odd)


class _Sizes:
    """How many values data would have written out. `shared`: whether anything stands in them twice."""

    def __init__(self) -> None:
        self.known: dict[int, float] = {}
        self.shared = False

    def of(self, value: Any, depth: int) -> float:
        if isinstance(value, _PLAIN) or not isinstance(value, Mapping | list | tuple) or depth > DEEPEST:
            return 1
        if id(value) in self.known:
            self.shared = True
            return self.known[id(value)]
        self.known[id(value)] = math.inf  # met again below itself
        items = value.values() if isinstance(value, Mapping) else value
        self.known[id(value)] = 1 + sum(self.of(item, depth + 1) for item in items)
        return self.known[id(value)]


def _written(value: Any, depth: int) -> Any:
    """Nested data whose texts can be encoded, whose whole numbers a float can hold, and that are not nested beyond
    what others can read; the same object if they are so already."""
    if isinstance(value, str):
        return as_text(value)
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > _BITS:
        return math.inf if value > 0 else -math.inf
    if isinstance(value, _PLAIN) or not isinstance(value, Mapping | list | tuple):
        return value
    if depth >= DEEPEST:
        return TOO_DEEP
    if isinstance(value, Mapping):
        pairs = {as_text(str(key)): _written(item, depth + 1) for key, item in value.items()}
        same = len(pairs) == len(value) and all(
            new is old and key is was for (key, new), (was, old) in zip(pairs.items(), value.items(), strict=True)
        )
        return value if same else pairs
    items = [_written(item, depth + 1) for item in value]
    same = all(new is old for new, old in zip(items, value, strict=True))
    return value if same else tuple(items) if isinstance(value, tuple) else items
