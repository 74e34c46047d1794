"""The level of one run's curve: where its tail stands, with an interval for this run alone.

Neighbouring points of a training curve are alike, so n points are worth far fewer. They are counted as an AR(1)
process. A curve never measures what another seed would do.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from runcompare.stats.arms import read_arm
from runcompare.stats.decision import Note, Scale
from runcompare.stats.law import Floats, metric_value

__all__ = ["Level", "curve_level", "lag_one"]

LEAST = 8  # points under which the correlation of neighbours can't be estimated


@dataclass(frozen=True, slots=True)
class Level:
    """Level of a curve's tail, in the metric's units, for this run only.

    Attributes:
        level: mean of the tail on the scale; None without points.
        low: lower end of its interval, None if unknown; `high` is the upper end.
        points: how many points were used.
        effective: how many independent points those are worth.
        correlation: of neighbouring points.
        warnings: points left out, a curve too short or still moving.
    """

    level: float | None
    low: float | None
    high: float | None
    points: int
    effective: float | None
    correlation: float | None
    warnings: tuple[Note, ...] = ()


def curve_level(values: ArrayLike, *, tail: float = 0.2, scale: Scale = "log", level: float = 0.95) -> Level:
    """The level of the last part of a curve.

    The lag-1 correlation is corrected for its bias, rho = (n r + 1) / (n - 3) (Marriott and Pope 1954); n points
    are then worth n (1 - rho) / (1 + rho), and the variance is corrected for the mean's own error.

    Args:
        values: the curve, shape (n,), in the order logged.
        tail: which share of it is its last part.
        scale: "log" or "linear".
        level: confidence level of the interval.

    Raises:
        UsageError: `values` are not numbers in one dimension.
    """
    arm = read_arm(values, scale, "values")
    total = arm.n + len(arm.diverged) + len(arm.refused)
    points = arm.values[-max(LEAST, round(tail * arm.n)) :]
    notes = []
    if total > arm.n:
        notes.append(Note("left-out", f"{total - arm.n} of {total} points were not usable."))
    n = len(points)
    if n < LEAST:
        center = metric_value(float(points.mean()), scale) if n else None
        notes.append(Note("short-curve", f"{n} points are too few to tell how much neighbours are alike."))
        return Level(center, None, None, n, None, None, tuple(notes))
    if _slopes(points):
        notes.append(Note("still-moving", "The tail still rises or falls: its level is not a final one."))
    return replace(_level(points, scale, level), warnings=tuple(notes))


def _level(points: Floats, scale: Scale, level: float) -> Level:
    n, center = len(points), float(points.mean())
    rest = points - center
    square = float(rest @ rest)
    raw = float(rest[1:] @ rest[:-1]) / square if square else 0.0
    rho = lag_one(raw, n)
    effective = max(2.0, n * (1 - rho) / (1 + rho))
    variance = square / max(n - n / effective, 1.0)
    width = float(special.stdtrit(effective - 1, (1 + level) / 2) * np.sqrt(variance / effective))
    low, high = metric_value(center - width, scale), metric_value(center + width, scale)
    return Level(metric_value(center, scale), low, high, n, effective, rho)


def lag_one(raw: float, n: float) -> float:
    """The lag-1 correlation of `n` points corrected for its bias (Marriott and Pope 1954), 0 to 1 - 2 / n."""
    return float(np.clip((n * raw + 1) / (n - 3), 0.0, 1 - 2 / n))


def _slopes(points: Floats) -> bool:
    """Do the halves of the tail differ by more than the spread of its points?"""
    half = len(points) // 2
    first, last = points[:half], points[-half:]
    return bool(abs(first.mean() - last.mean()) > 1.5 * np.sqrt((first.var() + last.var()) / 2))
