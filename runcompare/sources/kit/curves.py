"""Do two logs hold the same curves? What tells two doors to one training from two trainings.

A curve is the same where its values at common steps agree: to the digits that a logger writes for logs of one folder,
to single precision for logs that lie apart. What is set rather than measured (learning rates, counters) and clocks are
no evidence: they agree between seeds, or differ between loggers.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from runcompare.records.history import Series
from runcompare.records.run import Run

__all__ = ["FLOAT32", "ROUNDED", "Evidence", "are_apart", "compare_curves", "is_measured", "plain_name"]

ROUNDED, FLOAT32 = 2e-3, 2e-6  # relative: a CSV that keeps four digits; a value that went through single precision
ENOUGH = 0.9  # of the common steps
DISTINCT = 3  # values of a curve that two trainings don't share by chance
_GIVEN = re.compile(
    r"(^|[/._ -])(lr|learning_?rate|lr[-_].*|epochs?|(global_?|total_?)?(time)?steps?|iter(ation)?s?|updates?|rounds?|"
    r"n_updates|episodes?|batch_?size|(.*_)?time(stamp)?|time_elapsed|elapsed.*|.*runtime.*|fps|.*_per_sec(ond)?|"
    r"wall_?(clock|time)|memory.*|gpu.*|cpu.*|system|entropy_coef|seed|rank)$",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[/._ -]+")
_LEAD = re.compile(r"^(train|epoch)_")


def is_measured(key: str) -> bool:
    """Whether a key's name is that of something measured: no setting, counter, clock or gauge of the machine."""
    return _GIVEN.search(key) is None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Keys whose curves agree, the other run's name to the one's, and keys of one name that don't."""

    same: Mapping[str, str] = field(default_factory=dict)
    apart: tuple[str, ...] = ()
    is_strong: bool = False  # a curve of several distinct values agrees
    on_steps: bool = False  # at the same steps

    @property
    def is_same(self) -> bool:
        return bool(self.same) and not self.apart


def compare_curves(one: Run, other: Run, tolerance: float) -> Evidence:
    """The curves of two runs side by side: keys that differ by separators, or by `train/` in front, may be the same."""
    same: dict[str, str] = {}
    apart: list[str] = []
    strong = on_steps = False
    for key, name, met in _meetings(one, other, tolerance):
        if met.agrees:
            same[name] = key
            strong, on_steps = strong or met.distinct >= DISTINCT, on_steps or met.on_steps
        else:
            apart.append(key)
    return Evidence(same, tuple(apart), strong, on_steps)


def are_apart(one: Run, other: Run, tolerance: float) -> bool:
    """Whether a curve of one name differs between the runs; the first that does is enough."""
    return any(not met.agrees for _, _, met in _meetings(one, other, tolerance))


def _meetings(one: Run, other: Run, tolerance: float) -> Iterator[tuple[str, str, "_Met"]]:
    """The one's key, the other's and how their curves meet, of those that agree or that have one name."""
    names = _by_plain_name(other)
    for key in filter(is_measured, one.history.numeric_keys):
        for name in names.get(plain_name(key), ()):
            met = _met(one.history.series(key), other.history.series(name), tolerance)
            if met.agrees or (met.points and _same_name(name, key)):
                yield key, name, met


def _by_plain_name(run: Run) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key in run.history.numeric_keys:
        found.setdefault(plain_name(key), []).append(key)
    return found


def plain_name(key: str) -> str:
    """`train/loss` and `loss`, `eval/loss` and `eval_loss` are one name."""
    return _LEAD.sub("", _SEPARATORS.sub("_", key).lower())


def _same_name(one: str, other: str) -> bool:
    return _SEPARATORS.sub("_", one) == _SEPARATORS.sub("_", other)


class _Met(NamedTuple):
    """How many points two curves share, whether they agree there, how many distinct values that are, and whether the
    points were matched by step."""

    points: int
    agrees: bool = False
    distinct: int = 0
    on_steps: bool = True


def _met(one: Series, other: Series, tolerance: float) -> _Met:
    if _has_same_steps(one, other):
        met = _judged(one.value, other.value, tolerance, on_steps=True)
    else:
        common = np.intersect1d(one.step, other.step)
        met = _judged(_at(one, common), _at(other, common), tolerance, on_steps=True) if len(common) else _Met(0)
    if not met.agrees and len(one) == len(other) and len(one) >= DISTINCT:  # the same rows, counted otherwise
        in_order = _judged(one.value, other.value, tolerance, on_steps=False)
        return in_order if in_order.agrees and in_order.distinct >= DISTINCT else met
    return met


def _has_same_steps(one: Series, other: Series) -> bool:
    """Whether both have the same steps, each once: then nothing is to be sorted, which takes the most time."""
    steps = one.step
    return len(one) > 0 and np.array_equal(steps, other.step) and bool(np.all(steps[1:] > steps[:-1]))


def _at(series: Series, steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """The last value at each step, shape (steps,)."""
    kept, from_end = np.unique(series.step[::-1], return_index=True)
    return series.value[::-1][from_end[np.searchsorted(kept, steps)]]


def _judged(one: NDArray[np.float64], other: NDArray[np.float64], tolerance: float, *, on_steps: bool) -> _Met:
    close = np.isclose(one, other, rtol=tolerance, atol=0.0, equal_nan=True)
    finite = one[np.isfinite(one)]
    return _Met(len(one), bool(close.mean() >= ENOUGH), len(np.unique(finite)), on_steps)
