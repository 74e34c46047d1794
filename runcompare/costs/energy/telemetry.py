"""Power, energy and utilisation of accelerators, as W&B, MLflow and Trackio log them, and their integrals.

Power between two samples is a straight line, unless they lie further apart than `gap` (the greater of 60 s and three
times the usual distance): then nothing is known between them. Time that no samples cover draws the mean power of the
time that they do, so energy is never lower for samples that got lost; how much was filled is noted.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from runcompare.costs.durations.running import LATEST, running
from runcompare.costs.durations.spans import Span, length
from runcompare.costs.energy.counters import Steps, joules_per, steps_of
from runcompare.records.history import RUNTIME
from runcompare.records.run import Run

__all__ = ["Integral", "Samples", "Telemetry", "integrate", "read_telemetry", "share_idle", "time_mean"]

IDLE_PERCENT = 5.0
MOST = 1e6  # watts or per cent; no device has more
MIN_GAP, GAPS = 60.0, 3.0

_KEY = re.compile(
    r"(?:system[./])?gpu(?P<process>[./]process)?[._/](?P<index>\d+)[._/](?P<quantity>[A-Za-z_]+)(?P<node>/l:.+)?"
)
_QUANTITY = {
    "powerWatts": "power",
    "power_usage_watts": "power",
    "power": "power",
    "gpu": "utilisation",
    "utilization_percentage": "utilisation",
    "utilization": "utilisation",
}


@dataclass(frozen=True, slots=True)
class Samples:
    """One device's samples in order of time. Arrays of shape (n,); `time` is Unix seconds."""

    time: NDArray[np.float64]
    value: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Telemetry:
    """By device, of the devices that the run used: power in watts, utilisation in percent, energy counters as the
    power that they come to."""

    power: Mapping[str, Samples]
    utilisation: Mapping[str, Samples]
    used: int | None  # devices that the tracker saw the run's process on, None if not logged
    counters: Mapping[str, Steps] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def meters(self) -> Mapping[str, Samples | Steps]:
        """Each device's meter of energy: its counter, which misses nothing between samples, else power samples."""
        return {**self.power, **self.counters}


@dataclass(frozen=True, slots=True)
class Integral:
    """Joules of the `covered` seconds, and the highest power seen."""

    joules: float
    covered: float
    peak: float


def read_telemetry(run: Run) -> Telemetry:
    """The accelerators in a run's system rows.

    If the tracker logged which devices the process was on, only those count; else the busiest, as many as the hardware
    record counts.
    """
    found: dict[str, dict[str, Samples]] = {"power": {}, "utilisation": {}}
    counters: dict[str, Steps] = {}
    notes = []
    on_process: set[str] = set()
    for key in run.system.numeric_keys:
        match = _KEY.fullmatch(key)
        if match is None:
            continue
        device = match["index"] + (match["node"] or "")
        if match["process"]:
            on_process.add(device)
        elif quantity := _QUANTITY.get(match["quantity"]):
            samples = _samples(run, key)
            if len(samples.time):
                found[quantity][device] = samples
        elif match["quantity"].lower().startswith("energy"):
            counter = _counter(run, key, match["quantity"])
            notes += [counter.note] if counter.note else []
            if counter.steps is not None:
                counters.setdefault(device, counter.steps)
    chosen = on_process or _busiest(found, counters, run.hardware.accelerator_count)
    power, utilisation = ({d: s for d, s in found[q].items() if d in chosen} for q in ("power", "utilisation"))
    counted = {d: s for d, s in counters.items() if d in chosen}
    return Telemetry(power, utilisation, len(on_process) or None, counted, tuple(notes))


class _Counter(NamedTuple):
    steps: Steps | None
    note: str = ""


def _counter(run: Run, key: str, name: str) -> _Counter:
    """A device's energy counter; `name` is the part of the key that may hold the unit."""
    series, unit = run.system.series(key), joules_per(name)
    pauses = [(a[1], b[0]) for a, b in pairwise(running(run).spans)]
    steps = steps_of(_moments(run, key), series.value, unit, pauses)
    if steps is None:
        return _Counter(None, f"{key} gives no energy: it does not grow, or not as a device's energy in any unit would")
    if unit is None:
        return _Counter(steps, f"{key} names no unit: read in the one that makes it {steps.watts.mean():.0f} W")
    return _Counter(steps)


def _moments(run: Run, key: str) -> NDArray[np.float64]:
    """Unix seconds of a key's samples, by the run time where no time stamps were logged."""
    time = run.system.series(key).time
    if not np.isfinite(time).any() and RUNTIME in run.system.frame.columns:
        start = run.attempts[0].started_at if run.attempts else run.info.started_at or 0.0
        time = start + run.system.series(key, RUNTIME).step
    return time


def _samples(run: Run, key: str) -> Samples:
    series, time = run.system.series(key), _moments(run, key)
    good = (np.abs(time) < LATEST) & (series.value >= 0) & (series.value < MOST)
    order = np.argsort(time[good], kind="stable")
    return Samples(time[good][order], series.value[good][order])


def _busiest(found: Mapping[str, Mapping[str, Samples]], counters: Mapping[str, Steps], count: int) -> set[str]:
    devices = {*found["power"], *found["utilisation"], *counters}
    if not 0 < count < len(devices):
        return devices

    def load(device: str) -> tuple[float, ...]:
        kinds = (found["utilisation"], found["power"])
        counted = float(counters[device].watts.mean()) if device in counters else 0.0
        return (*(float(s[device].value.mean()) if device in s else 0.0 for s in kinds), counted)

    return set(sorted(devices, key=load, reverse=True)[:count])


def gap(samples: Samples) -> float:
    """The longest distance between two samples over which power is still a straight line, in seconds."""
    steps = np.diff(samples.time)
    return max(MIN_GAP, GAPS * float(np.median(steps))) if len(steps) else MIN_GAP


def integrate(samples: Samples | Steps, spans: Iterable[Span]) -> Integral:
    """Trapezoids over the parts of `spans` that lie between samples close enough together; a counter's steps whole."""
    if isinstance(samples, Steps):
        return _integrate_steps(samples, spans)
    t, p = samples.time, samples.value
    steps = np.diff(t)
    joined = (steps > 0) & (steps <= gap(samples))
    t0, t1, p0, p1 = t[:-1][joined], t[1:][joined], p[:-1][joined], p[1:][joined]
    joules = covered = 0.0
    for start, end in spans:
        a, b = np.clip(t0, start, end), np.clip(t1, start, end)
        slope = (p1 - p0) / (t1 - t0)
        joules += float(((b - a) * (p0 + slope * ((a + b) / 2 - t0))).sum())
        covered += float((b - a).sum())
    return Integral(joules, covered, float(p.max(initial=0.0)))


def _integrate_steps(steps: Steps, spans: Iterable[Span]) -> Integral:
    joules = covered = 0.0
    for start, end in spans:
        seconds = np.clip(steps.end, start, end) - np.clip(steps.start, start, end)
        joules += float((seconds * steps.watts).sum())
        covered += float(seconds.sum())
    return Integral(joules, covered, float(steps.watts.max(initial=0.0)))


def time_mean(devices: Mapping[str, Samples], spans: Sequence[Span]) -> float | None:
    """The mean over devices and sampled time, None where nothing was sampled."""
    parts = [integrate(s, spans) for s in devices.values()]
    covered = sum(p.covered for p in parts)
    return sum(p.joules for p in parts) / covered if covered else None


def share_idle(devices: Mapping[str, Samples], spans: Sequence[Span]) -> float | None:
    """The share of utilisation samples below 5 %, None where nothing was sampled."""
    inside = [s.value[_within(s.time, spans)] for s in devices.values()]
    values = np.concatenate(inside) if inside else np.empty(0)
    return float((values < IDLE_PERCENT).mean()) if len(values) and length(spans) else None


def _within(time: NDArray[np.float64], spans: Sequence[Span]) -> NDArray[np.bool_]:
    hit = np.zeros(len(time), dtype=bool)
    for start, end in spans:
        hit |= (time >= start) & (time <= end)
    return hit
