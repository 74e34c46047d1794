"""Energy counters: numbers that only grow while a device draws power, and fall when they start again.

- A device's counter (`gpu.0.energy`, NVML's since the driver was loaded) gives the energy between two of its samples. A
  step on which it falls, or that spans time between attempts, is left out: power there is the mean of the rest.
- A run's counter (codecarbon's `energy_consumed`) starts at zero with each process: what it reached before each
  fall, and in the end, is added up. After a resume on which it does not fall it is taken to have counted on.

The unit is in the key's name (kWh, Wh, J, mJ). A device's key without one is read in the only unit that makes it 3 to
3000 W; `energy_consumed` is kWh.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from runcompare.costs.durations.running import LATEST
from runcompare.costs.durations.spans import Span
from runcompare.records.counted import counted
from runcompare.records.figure import Figure
from runcompare.records.run import Run

__all__ = ["Steps", "counted_energy", "joules_per", "steps_of"]

Floats = NDArray[np.float64]

LEAST_WATTS, MOST_WATTS = 3.0, 3000.0  # of one device; no two units fit in between
JOULES = {"kwh": 3.6e6, "wh": 3600.0, "j": 1.0, "mj": 1e-3}
_SPELT = {"millijoules": "mj", "millijoule": "mj", "joules": "j", "joule": "j"}
_UNIT = re.compile(r"(?:_|(?<=[a-z])(?=[A-Z]))(kwh|wh|mj|j|millijoules?|joules?)$", re.IGNORECASE)
_RUN_KEY = re.compile(
    r"(?:.+[/.])?(?:energy_consumed(?:_(?P<unit>kwh|wh|mj|j))?|(?:total_energy|energy|energy_consumption)_kwh)"
)


@dataclass(frozen=True, slots=True)
class Steps:
    """A counter's readings as constant power of `watts` from `start` to `end`. Arrays of shape (n,), times in Unix
    seconds, in order and without overlaps."""

    start: Floats
    end: Floats
    watts: Floats


def joules_per(name: str) -> float | None:
    """Joules in one unit of a counter by its name ("energy_mJ", "energyJoules"), None if the name has no unit."""
    found = _UNIT.search(name)
    return JOULES[_SPELT.get(found[1].lower(), found[1].lower())] if found else None


def steps_of(time: Floats, value: Floats, joules: float | None, pauses: Sequence[Span]) -> Steps | None:
    """A device's counter as steps of power.

    Args:
        time: Unix seconds, shape (n,), in any order.
        value: the counter's readings, shape (n,); what is not finite or below 0 is left out.
        joules: joules in one unit of the counter; None to find the unit.
        pauses: spans of time that belong to no attempt of the run.

    Returns:
        None where no step can be used.
    """
    good = np.isfinite(time) & (np.abs(time) < LATEST) & np.isfinite(value) & (value >= 0)
    order = np.argsort(time[good], kind="stable")
    t, v = time[good][order], value[good][order]
    kept = np.diff(t, prepend=-np.inf) > 0  # of samples at one moment the first
    t, v = t[kept], v[kept]
    start, end, rate = t[:-1], t[1:], np.diff(v) / np.diff(t)
    known = rate >= 0
    for a, b in pauses:
        known &= (end <= a) | (start >= b)
    if not known.any():
        return None
    unit = joules if joules is not None else _fitting(rate[known])
    if unit is None:
        return None
    known &= rate * unit <= MOST_WATTS
    return Steps(start[known], end[known], rate[known] * unit) if known.any() else None


def _fitting(rate: Floats) -> float | None:
    """The unit in which a device's mean power is one that devices have."""
    fits = [j for j in JOULES.values() if LEAST_WATTS <= float(rate.mean()) * j < MOST_WATTS]
    return fits[0] if fits else None


def counted_energy(run: Run) -> Figure | None:
    """kWh of the whole run by a counter of its own; None if it logged none."""
    for history in (run.history, run.system):
        for key in history.numeric_keys:
            if match := _RUN_KEY.fullmatch(key):
                logged = history.series(key).value
                if found := _added_up(_with_last(logged, run.summary.get(key)), key, match["unit"]):
                    return found
    for key, value in run.summary.items():
        match = _RUN_KEY.fullmatch(key)
        if match and (found := _added_up(_with_last(np.empty(0), value), key, match["unit"])):
            return replace(found, source=f"summary {key}")
    return None


def _with_last(logged: Floats, last: object) -> Floats:
    """The samples that are amounts, and the summary's value behind them if it has counted on."""
    good = logged[np.isfinite(logged) & (logged >= 0)]
    number = isinstance(last, int | float) and not isinstance(last, bool) and 0 < last < float("inf")
    more = number and (not len(good) or float(last) > good[-1])  # type: ignore[arg-type]
    return np.append(good, float(last)) if more else good  # type: ignore[arg-type]


def _added_up(values: Floats, key: str, unit: str | None) -> Figure | None:
    if not len(values) or values.max() <= 0:
        return None
    falls = np.flatnonzero(np.diff(values) < 0)
    total = float(values[falls].sum() + values[-1]) * JOULES[(unit or "kwh").lower()] / JOULES["kwh"]
    again = f", which started again {counted(len(falls), 'time')}" if len(falls) else ""
    return Figure(total, "kWh", source=f"counter {key}{again}")
