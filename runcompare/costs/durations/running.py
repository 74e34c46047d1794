"""When a run ran: its attempts, or the clock of what it logged. Times are Unix seconds.

Attempts of a resumed run add up; where they overlap, a moment counts once; the time between them does not count. An
attempt without an end counts up to its last sign of life. Stretches on which the clock goes backwards count as
nothing. Without attempts, a silence between rows of over 10 minutes and 20 times the usual gap is taken as downtime,
unless silences of like length recur.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl

from runcompare.costs.durations.spans import Span, length, union
from runcompare.records.counted import counted
from runcompare.records.figure import Figure, Provenance
from runcompare.records.history import TIME
from runcompare.records.pauses import longest_step, pauses
from runcompare.records.run import Attempt, Run

__all__ = [
    "LATEST",
    "Cleaned",
    "Running",
    "Stretches",
    "cleaned",
    "row_times",
    "running",
    "signs_of_life",
    "without_downtime",
]

LATEST = 1e11  # seconds; as Unix time the year 5138: what is longer or later was not meant in seconds


@dataclass(frozen=True, slots=True)
class Running:
    """When a run ran, as far as known, and for how many seconds in all; `notes` are the rules that were needed."""

    spans: tuple[Span, ...]
    total: Figure
    notes: tuple[str, ...] = ()


class Stretches(NamedTuple):
    """Spans of time and the rules that were needed to find them."""

    spans: tuple[Span, ...]
    notes: tuple[str, ...] = ()


def running(run: Run) -> Running:
    """When the run ran: by its attempts, the tracker's run time, its rows or its telemetry, the first that there is."""
    if run.attempts:
        how = "start to end" if len(run.attempts) == 1 else f"{len(run.attempts)} attempts, overlaps counted once"
        spans, notes = _attempts(run)
        return Running(spans, Figure(length(spans), "s", provenance=Provenance.MEASURED, source=how), notes)
    if run.runtime_s is not None and run.runtime_s > 0:
        return Running((), Figure(run.runtime_s, "s", provenance=Provenance.MEASURED, source="the tracker's run time"))
    noted: tuple[str, ...] = ()
    for what, times in (("logged row", row_times(run)), ("telemetry sample", _column(run.system.frame, TIME))):
        spans, notes = without_downtime(times)
        noted += notes
        if spans:
            source = f"first to last {what}"
            return Running(spans, Figure(length(spans), "s", provenance=Provenance.DERIVED, source=source), noted)
    return Running((), Figure.missing("no clock was recorded", "s"), noted)


def row_times(run: Run) -> list[float]:
    """The rows' times in the order they were logged, without those that have none."""
    return _column(run.history.frame, TIME)


def signs_of_life(run: Run) -> list[float]:
    """Every time at which the run is known to have lived."""
    marks = [t for s in run.stages for t in (s.started_at, s.ended_at) if t is not None]
    return [*row_times(run), *_column(run.system.frame, TIME), *marks]


def without_downtime(times: Sequence[float]) -> Stretches:
    """Stretches between rows that are not the silence of a dead process; `times` in the order logged."""
    notes = []
    if any(b < a for a, b in pairwise(times)):
        notes.append("the clock of the rows goes backwards: those steps count as nothing")
    steps = [(a, b) for a, b in pairwise(times) if b > a]
    if not steps:
        return Stretches((), tuple(notes))
    gaps = [b - a for a, b in steps]
    kept = [step for step, is_pause in zip(steps, pauses(gaps), strict=True) if not is_pause]
    if len(kept) < len(steps):
        silence = longest_step(gaps)
        notes.append(
            f"{counted(len(steps) - len(kept), 'silence')} of over {silence:.0f} s between rows taken as downtime"
        )
    return Stretches(union(kept), tuple(notes))


def _attempts(run: Run) -> Stretches:
    attempts = sorted(run.attempts, key=lambda a: a.started_at)
    spans, notes = [], []
    for attempt, following in zip(attempts, [*attempts[1:], None], strict=True):
        end = attempt.ended_at
        if end is None:
            end = _last_sign(run, attempt, following)
            still = "is still going" if run.info.state == "running" and following is None else "has no end"
            notes.append(f"an attempt {still}: counted up to its last sign of life")
        if end < attempt.started_at:
            notes.append("the clock goes backwards in an attempt: it counts as nothing")
        spans.append((attempt.started_at, end))
    if run.info.state in ("interrupted", "failed"):
        how = "was interrupted" if run.info.state == "interrupted" else "failed"
        notes.append(f"the run {how}: what it used counts")
    return Stretches(union(spans), tuple(notes))


def _last_sign(run: Run, attempt: Attempt, following: Attempt | None) -> float:
    until = following.started_at if following else np.inf
    return max((t for t in signs_of_life(run) if attempt.started_at <= t < until), default=attempt.started_at)


def _column(frame: pl.DataFrame, name: str) -> list[float]:
    if name not in frame.columns or not frame.schema[name].is_numeric():
        return []
    return [float(t) for t in frame[name].drop_nulls() if abs(t) < LATEST]


class Cleaned(NamedTuple):
    """The run without what makes no sense, and what was left out."""

    run: Run
    notes: tuple[str, ...]


def cleaned(run: Run) -> Cleaned:
    """The run without stated amounts below 0, not finite or upside down, and without times that are no times."""
    notes: list[str] = []
    figures = {n: Figure.missing(f.source, f.unit) if f.is_missing else f for n, f in run.figures.items()}
    for name in [n for n, f in figures.items() if _is_cost(n) and not _is_amount(f)]:
        del figures[name]
        notes.append(f"the stated {name} is no amount: left out")
    stages = tuple(replace(s, ended_at=_time(s.ended_at)) for s in run.stages if _time(s.started_at) is not None)
    attempts = tuple(replace(a, ended_at=_time(a.ended_at)) for a in run.attempts if _time(a.started_at) is not None)
    if len(stages) < len(run.stages) or len(attempts) < len(run.attempts):
        notes.append("attempts or stages that start at no time are left out")
    runtime = run.runtime_s if run.runtime_s is not None and 0 < run.runtime_s < LATEST else None
    kept = replace(run, figures=figures, stages=stages, attempts=attempts, runtime_s=runtime)
    return Cleaned(kept, tuple(notes))


def _time(moment: float | None) -> float | None:
    return moment if moment is not None and abs(moment) < LATEST else None


def _is_cost(name: str) -> bool:
    return name in ("cost", "energy", "time") or name.endswith(("/time", "_time", "/epochs"))


def _is_amount(figure: Figure) -> bool:
    if figure.is_missing:
        return True
    known = [x for x in (figure.low, figure.value, figure.high) if x is not None]
    ordered = figure.low is None or figure.high is None or figure.low <= figure.high
    return figure.mid is not None and ordered and all(0 <= x < LATEST for x in known)
