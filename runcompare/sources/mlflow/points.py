"""MLflow's metric points: those of a run as arrays, and telemetry as rows. What is no telemetry: `history.py`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from runcompare.records.columns import Frame, Part, frame_of_parts
from runcompare.records.history import TIME
from runcompare.sources.kit.keys import column_name

__all__ = ["HUGE", "SYSTEM", "Points", "Series", "frame_of", "is_system", "join", "system_rows", "together"]

SYSTEM = "system/"
HUGE = float(np.finfo(np.float64).max)  # how MLflow's databases write infinity
_NODE = re.compile(r"system/(?P<node>.+)/(?P<device>gpu_\d+_.+)")
Ints = NDArray[np.int64]


class Series(NamedTuple):
    """One metric's values in the store's order, times in Unix milliseconds."""

    times: list[int]
    values: list[float]
    steps: list[int]

    def extend(self, other: "Series") -> None:
        """Put the other's values behind these."""
        self.times.extend(other.times)
        self.values.extend(other.values)
        self.steps.extend(other.steps)


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


def together(some: Sequence[Points]) -> Points:
    """Points of one run, one after the other."""
    code, value, time, step = (np.concatenate([getattr(p, n) for p in some]) for n in ("code", "value", "time", "step"))
    return Points(some[0].keys, code, value, time, step)


def system_rows(points: Points) -> Frame:
    """Telemetry rows, which hold what was logged in one millisecond; `system/NODE/gpu_0_x` becomes
    `system/gpu_0_x/l:NODE`, the form in which telemetry of several machines is understood."""
    if not len(points):
        return Frame(pl.DataFrame(), [])
    times, row = np.unique(points.time, return_inverse=True)
    keys = [f"{SYSTEM}{m['device']}/l:{m['node']}" if (m := _NODE.fullmatch(k)) else k for k in points.keys]
    named = Points(keys, points.code, points.value, points.time, points.step)
    frame, notes = frame_of(named, row.astype(np.int64), len(times))
    return Frame(pl.DataFrame([pl.Series(TIME, times / 1000.0)]).hstack(frame), notes)


def is_system(keys: Iterable[str]) -> NDArray[np.bool_]:
    """Which keys are telemetry; shape (keys,)."""
    return np.array([key.startswith(SYSTEM) for key in keys], dtype=bool)


def frame_of(points: Points, rows: Ints, height: int) -> Frame:
    """A frame of `height` rows with the points in these, a column a key."""
    order = np.argsort(points.code, kind="stable")
    codes, begins = np.unique(points.code[order], return_index=True)
    parts = {}
    for code, at in zip(codes.tolist(), np.split(order, begins[1:]), strict=True):
        parts[column_name(points.keys[code])] = [Part(rows[at], points.value[at])]
    return frame_of_parts(parts, height)
