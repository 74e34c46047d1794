"""How did a run stand at a step, or at the end of a stage?

Rows, telemetry, attempts and stages end there. A summary value that later rows changed is what the rows logged up to
then. One that no row ever logged has no time: numbers of that kind stay only if they belong to a stage that had ended
(`operator/gate` belongs to `operator`), texts and truth values stay. What is left out is listed.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import polars as pl

from runcompare.errors import DataError, UsageError, did_you_mean
from runcompare.records.as_json import JSON_SUFFIX
from runcompare.records.conventions import canonical
from runcompare.records.history import RUNTIME, STEP, TIME, History
from runcompare.records.last_row import last_value
from runcompare.records.run import Attempt, Run, StageSpan, origin, time_of_attempts

__all__ = ["Slice", "at_stage", "at_step"]


S = TypeVar("S", Attempt, StageSpan)


@dataclass(frozen=True, slots=True)
class Slice:
    """A run that was cut, or the whole run if nothing came later. `dropped` are summary keys, `rows` those kept."""

    run: Run
    when: str
    whole: bool
    rows: int
    rows_before: int
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Cut:
    """Where a run is cut: a mask of its rows, the time in Unix seconds if known, the stages that had ended, and
    whether the run has more stages than those."""

    kept: pl.Series
    until: float | None
    ended: frozenset[str]
    more: bool = True

    def has_ended(self, key: str) -> bool:
        return "/" in key and any(_belongs(key, stage) for stage in self.ended)


def at_step(run: Run, limit: float, text: str | None = None) -> Slice:
    """The rows of a step up to `limit`, on the tracker's step axis; rows count as steps where there is none.

    A row without a step has that of the row before. Raises DataError if the run logged no row by then.
    """
    frame = run.history.frame
    steps = _numbers(frame, STEP)
    if steps is None:
        steps = pl.Series(STEP, range(frame.height), dtype=pl.Int64)
    kept = (steps.fill_null(strategy="forward") <= _within(limit)).fill_null(True)
    when = f"step={text if text is not None else f'{limit:g}'}"
    if not kept.any():
        first = f"its first step is {min(steps.drop_nulls().to_list())}" if frame.height else "it has no logged rows"
        raise DataError(f"{run.id} can't be cut at {when}: {first}.", hint="Name a later step, or the whole run.")
    if kept.all():
        return Slice(run, when, True, frame.height, frame.height)
    until = _last_time(frame.filter(kept))
    return _sliced(run, _Cut(kept, until, _ended(run, kept, until)), when)


def _within(limit: float) -> float:
    """Polars compares with whole numbers of 64 bits."""
    return limit if abs(limit) < 2**63 else float(limit)


def at_stage(run: Run, name: str) -> Slice:
    """The run as it stood when its stage `name` ended, by the stage's marks, else by the last row that logged it.

    Raises UsageError if the run has no such stage.
    """
    wanted, when = canonical(name), f"stage={name}"
    cut = _at_marks(run, wanted) or _at_rows(run, wanted)
    if cut is None:
        hint = did_you_mean(name, _stages(run)) or f"It has: {', '.join(_stages(run)) or 'none'}."
        raise UsageError(f"{run.id} has no stage '{name}'.", hint=hint)
    if cut.kept.all() and not cut.more:
        return Slice(run, when, True, len(run.history), len(run.history))
    return _sliced(run, cut, when)


def _at_marks(run: Run, stage: str) -> _Cut | None:
    """By the times of the stage's marks; a mark without an end ends where the next stage starts, or not at all."""
    times = _numbers(run.history.frame, TIME)
    marks = [span for span in run.stages if canonical(span.name) == stage]
    if not marks or (times is None and len(run.history)):
        return None
    until = max(_end(span, run) for span in marks)
    kept = pl.Series([], dtype=pl.Boolean)
    if times is not None:
        kept = (times.fill_null(strategy="forward") <= until).fill_null(True)
    more = any(span.started_at >= until for span in run.stages)
    return _Cut(kept, until, _ended(run, kept, until), more)


def _end(span: StageSpan, run: Run) -> float:
    if span.ended_at is not None:
        return span.ended_at
    return min((s.started_at for s in run.stages if s.started_at > span.started_at), default=math.inf)


def _at_rows(run: Run, stage: str) -> _Cut | None:
    """By the last row that logs a key of the stage."""
    frame = run.history.frame
    logged = [frame[key].is_not_null().arg_true() for key in run.history.keys if _belongs(key, stage)]
    last = max((rows[-1] for rows in logged if len(rows)), default=None)
    if last is None:
        return None
    kept = pl.Series(range(frame.height), dtype=pl.Int64) <= last
    until = _last_time(frame.filter(kept))
    return _Cut(kept, until, _ended(run, kept, until) | {stage}, len(_stages(run)) > 1)


def _sliced(run: Run, cut: _Cut, when: str) -> Slice:
    frame = run.history.frame.filter(cut.kept)
    summary = _summary(run, cut)
    info = replace(run.info, id=f"{run.id}@{when}", name=f"{run.name}@{when}")
    attempts = _clipped(run.attempts, cut.until)
    changed = replace(
        run,
        info=info,
        summary=summary,
        history=History(frame),
        system=_telemetry(run.system, cut.until),
        attempts=attempts,
        runtime_s=_runtime(frame, time_of_attempts(attempts)),
        stages=_clipped(run.stages, cut.until),
        samples={key: values for key, values in run.samples.items() if cut.has_ended(key)},
        figures={},
        claims=(),
        alternatives=(),
        metadata={**run.metadata, "cut": when, "cut_from": origin(run)},
    )
    dropped = tuple(key for key in run.summary if key not in summary)
    return Slice(changed, when, False, frame.height, run.history.frame.height, dropped)


def _clipped(spans: tuple[S, ...], until: float | None) -> tuple[S, ...]:
    """Without what began later; what was going on ends there."""
    if until is None:
        return ()
    ends = [until if span.ended_at is None else min(span.ended_at, until) for span in spans]
    return tuple(replace(s, ended_at=end) for s, end in zip(spans, ends, strict=True) if s.started_at < until)


def _summary(run: Run, cut: _Cut) -> dict[str, Any]:
    frame = run.history.frame
    later, now = frame.filter(~cut.kept), frame.filter(cut.kept)
    found: dict[str, Any] = {}
    for key, value in run.summary.items():
        columns = [name for name in (key, f"{key}{JSON_SUFFIX}") if name in frame.columns]
        if not columns:
            if isinstance(value, str | bool) or cut.has_ended(key):
                found[key] = value
        elif all(_last(later, name) is None for name in columns):
            found[key] = value
        elif _same(value, _last(frame, key)) and (before := _last(now, key)) is not None:
            found[key] = before  # a summary that is a minimum or mean of all rows can't be had of some
    return found


def _last(frame: pl.DataFrame, key: str) -> Any:
    return last_value(frame[key]) if key in frame.columns else None


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) or (one != one and other != other)


def _ended(run: Run, kept: pl.Series, until: float | None) -> frozenset[str]:
    """The stages that were over: all their marks ended, or, without marks, they log only rows before the cut."""
    if run.stages:
        limit = -math.inf if until is None else until
        going = {canonical(span.name) for span in run.stages if _end(span, run) > limit}
        return frozenset({canonical(span.name) for span in run.stages} - going)
    later = run.history.frame.filter(~kept)
    going = {_prefix(key) for key in run.history.keys if _last(later, key) is not None}
    return frozenset({_prefix(key) for key in run.history.keys} - going)


def _belongs(key: str, stage: str) -> bool:
    return (prefix := _prefix(key)) == stage or prefix.startswith(f"{stage}/")


def _prefix(key: str) -> str:
    """The stage that a key's name begins with."""
    return canonical(key.rpartition("/")[0])


def _stages(run: Run) -> list[str]:
    marked = [canonical(s.name) for s in sorted(run.stages, key=lambda s: s.started_at)]
    return list(dict.fromkeys(marked or [_prefix(key) for key in run.history.keys]))


def _numbers(frame: pl.DataFrame, name: str) -> pl.Series | None:
    """A column with null for what is no number."""
    if name not in frame.columns:
        return None
    column = frame[name]
    return column if column.dtype.is_integer() else column.cast(pl.Float64, strict=False).fill_nan(None)


def _last_time(frame: pl.DataFrame) -> float | None:
    times = _numbers(frame, TIME)
    finite = [float(t) for t in times.drop_nulls() if abs(t) < math.inf] if times is not None else []
    return max(finite, default=None)


def _telemetry(system: History, until: float | None) -> History:
    times = _numbers(system.frame, TIME)
    if times is None or until is None:
        return History()
    return History(system.frame.filter((times <= until).fill_null(False)))


def _runtime(kept: pl.DataFrame, attempts: float | None) -> float | None:
    clock = _numbers(kept, RUNTIME)
    finite = [float(t) for t in clock.drop_nulls() if abs(t) < math.inf] if clock is not None else []
    return max(finite, default=attempts)
