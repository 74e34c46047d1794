"""MLflow's metric points as history rows and telemetry rows.

A metric that was ever logged with a step other than 0 has one row a step, shared with the other metrics of that step;
of several values at one step the last by time counts (the last in the store's order where times are the same). A
metric that was only logged at step 0, MLflow's default, has no steps: each of its values is kept, in the order of time,
and what was logged within a second of one another shares a row. A row's time is that of its last value.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from runcompare.records.columns import Frame, Part, frame_of_parts
from runcompare.records.history import STEP, TIME
from runcompare.sources.kit.keys import column_name

__all__ = ["HUGE", "Frames", "Points", "Series", "frames_of", "join"]

SYSTEM = "system/"
HUGE = float(np.finfo(np.float64).max)  # how MLflow's databases write infinity
_BURST_MS = 1_000
_NODE = re.compile(r"system/(?P<node>.+)/(?P<device>gpu_\d+_.+)")
Ints = NDArray[np.int64]


class Series(NamedTuple):
    """One metric's values in the store's order, times in Unix milliseconds."""

    times: list[int]
    values: list[float]
    steps: list[int]


def _ints() -> Ints:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Points:
    """Logged values in the store's order: `keys[code[i]]` was `value[i]` at `step[i]`, `time[i]` (ms). Arrays (n,)."""

    keys: list[str] = field(default_factory=list)
    code: Ints = field(default_factory=_ints)
    value: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    time: Ints = field(default_factory=_ints)
    step: Ints = field(default_factory=_ints)

    def __len__(self) -> int:
        return len(self.code)

    def where(self, chosen: NDArray[np.bool_] | Ints) -> "Points":
        return Points(self.keys, self.code[chosen], self.value[chosen], self.time[chosen], self.step[chosen])


def join(by_key: Mapping[str, Series]) -> Points:
    """Points of several metrics."""
    keys = list(by_key)
    code = np.repeat(np.arange(len(keys), dtype=np.int64), [len(some.times) for some in by_key.values()])
    times, values, steps = ([x for some in by_key.values() for x in some[i]] for i in range(3))
    return Points(keys, code, np.array(values, np.float64), np.array(times, np.int64), np.array(steps, np.int64))


class Frames(NamedTuple):
    """A run's history rows and its telemetry rows."""

    history: pl.DataFrame
    system: pl.DataFrame
    warnings: list[str]


def frames_of(points: Points) -> Frames:
    """The rows of a run. Telemetry rows hold what was logged in one millisecond; `system/NODE/gpu_0_x`
    becomes `system/gpu_0_x/l:NODE`, the form in which telemetry of several machines is understood."""
    is_system = np.array([key.startswith(SYSTEM) for key in points.keys], dtype=bool)
    telemetry = is_system[points.code]
    history, notes = _history(points.where(~telemetry))
    system, odd = _system(points.where(telemetry))
    return Frames(history, system, [*notes, *odd])


def _history(points: Points) -> Frame:
    if not len(points):
        return Frame(pl.DataFrame(), [])
    stepped = np.bincount(points.code, weights=points.step != 0, minlength=len(points.keys)) > 0
    by_step, dropped = _last_of_each(points.where(stepped[points.code]))
    by_time = points.where(~stepped[points.code])
    by_time = by_time.where(np.argsort(by_time.time, kind="stable"))
    steps, step_row = np.unique(by_step.step, return_inverse=True)
    time_row = _bursts(by_time, by_step.time[by_step.step == 0], int(np.searchsorted(steps, 0)), len(steps))
    both = _concatenated(by_step, by_time)
    rows, ends, order = _in_order(np.concatenate([step_row, time_row]), both.time, len(steps))
    axes = [pl.Series(STEP, np.where(order < len(steps), np.append(steps, 0)[np.minimum(order, len(steps))], 0))]
    frame, notes = _frame(both, rows, len(ends))
    if dropped:
        notes.insert(0, f"{dropped} values were logged again at the same step: the last by time is kept.")
    if len(by_time) > len(np.unique(by_time.code)):
        notes.insert(0, "Metrics that were logged without a step are in the order of time, all at step 0.")
    return Frame(pl.DataFrame([*axes, pl.Series(TIME, ends / 1000.0)]).hstack(frame), notes)


def _concatenated(a: Points, b: Points) -> Points:
    code, time, step = (np.concatenate(pair) for pair in ((a.code, b.code), (a.time, b.time), (a.step, b.step)))
    return Points(a.keys, code, np.concatenate([a.value, b.value]), time, step)


class _Last(NamedTuple):
    points: Points
    dropped: int  # earlier values of the same key and step


def _last_of_each(points: Points) -> _Last:
    """The last value by time of each key and step."""
    order = np.lexsort((points.time, points.step, points.code))
    p = points.where(order)
    last = np.ones(len(p), dtype=bool)
    last[:-1] = (p.code[1:] != p.code[:-1]) | (p.step[1:] != p.step[:-1])
    return _Last(p.where(last), int((~last).sum()))


def _bursts(points: Points, at_zero: Ints, zero: int, first: int) -> Ints:
    """The row of each point, points in the order of time: a pause or a key that comes again begins a new one.

    Rows count from `first`, but what was logged together with step 0 (at the times `at_zero`) is in its row `zero`.
    """
    rows = np.empty(len(points), dtype=np.int64)
    row, last, seen = first - 1, 0, set[int]()
    for i, (code, time) in enumerate(zip(points.code.tolist(), points.time.tolist(), strict=True)):
        if row < first or code in seen or time - last > _BURST_MS:
            row += 1
            seen.clear()
        seen.add(code)
        rows[i], last = row, time
    burst = points.time[rows == first]
    if not len(burst) or not len(at_zero):
        return rows
    after, before = int(burst.min()) - int(at_zero.max()), int(at_zero.min()) - int(burst.max())
    together = max(after, before) <= _BURST_MS
    return np.where(rows == first, zero, rows) if together else rows


def _in_order(row: Ints, time: Ints, by_step: int) -> tuple[Ints, Ints, Ints]:
    """The points' rows renumbered in order, when each row was last written, and its old number.

    The first `by_step` old rows stay in the order of steps, the others come between them by time.
    """
    used, place = np.unique(row, return_inverse=True)
    ends = np.full(len(used), np.iinfo(np.int64).min)
    np.maximum.at(ends, place, time)
    stepped = used < by_step
    clock = np.concatenate([np.maximum.accumulate(ends[stepped]), ends[~stepped]])
    order = np.argsort(clock, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[place], ends[order], used[order]


def _system(points: Points) -> Frame:
    if not len(points):
        return Frame(pl.DataFrame(), [])
    times, row = np.unique(points.time, return_inverse=True)
    keys = [f"{SYSTEM}{m['device']}/l:{m['node']}" if (m := _NODE.fullmatch(k)) else k for k in points.keys]
    named = Points(keys, points.code, points.value, points.time, points.step)
    frame, notes = _frame(named, row.astype(np.int64), len(times))
    return Frame(pl.DataFrame([pl.Series(TIME, times / 1000.0)]).hstack(frame), notes)


def _frame(points: Points, rows: Ints, height: int) -> Frame:
    order = np.argsort(points.code, kind="stable")
    codes, begins = np.unique(points.code[order], return_index=True)
    parts = {}
    for code, at in zip(codes.tolist(), np.split(order, begins[1:]), strict=True):
        parts[column_name(points.keys[code])] = [Part(rows[at], points.value[at])]
    return frame_of_parts(parts, height)
