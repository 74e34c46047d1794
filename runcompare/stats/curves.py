"""The level of one run's curve: where its tail stands, with an interval for this run alone.

Neighbouring points of a training curve are alike, so n points are worth far fewer. They are counted as an AR(1)
process. A curve never measures what another seed would do.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from runcompare.stats.arms import read_arm
from runcompare.stats.decision import Note, Scale

__all__ = ["Level", "curve_level"]

LEAST = 8  # points under which the correlation of neighbours can't be estimated


@dataclass(frozen=True, slots=True)
class Level:
    """Level of the tail in the metric's units with a 95 % interval (None if unknown), for this run only.

    `points` were used; they are worth `effective` independent ones; neighbours correlate by `correlation`.
    """

    level: float | None
    low: float | None
    high: float | None
    points: int
    effective: float | None
    correlation: float | None
    warnings: tuple[Note, ...] = ()


def curve_level(values: ArrayLike, *, tail: float = 0.2, scale: Scale = "log", level: float = 0.95) -> Level:
    """The level of the last `tail` of a curve, shape (n,), in the order logged.

    The lag-1 correlation is corrected for its bias, rho = (n r + 1) / (n - 3) (Marriott and Pope 1954); n points
    are then worth n (1 - rho) / (1 + rho), and the variance is corrected for what the mean took from it.
    """
    arm = read_arm(values, scale, "values")
    total = arm.n + len(arm.diverged) + len(arm.refused)
    points = arm.values[-max(LEAST, round(tail * arm.n)) :]
    notes = []
    if total > arm.n:
        notes.append(Note("left-out", f"{total - arm.n} of {total} points were not usable."))
    n = len(points)
    if n < LEAST:
        center = _back(float(points.mean()), scale) if n else None
        notes.append(Note("short-curve", f"{n} points are too few to tell how much neighbours are alike."))
        return Level(center, None, None, n, None, None, tuple(notes))
    if _slopes(points):
        notes.append(Note("still-moving", "The tail still rises or falls: its level is not a final one."))
    return _level(points, scale, level, notes)


def _level(points: "np.ndarray", scale: Scale, level: float, notes: list[Note]) -> Level:
    n, center = len(points), float(points.mean())
    rest = points - center
    square = float(rest @ rest)
    raw = float(rest[1:] @ rest[:-1]) / square if square else 0.0
    rho = float(np.clip((n * raw + 1) / (n - 3), 0.0, 1 - 2 / n))
    effective = max(2.0, n * (1 - rho) / (1 + rho))
    variance = square / max(n - n / effective, 1.0)
    width = float(special.stdtrit(effective - 1, (1 + level) / 2) * np.sqrt(variance / effective))
    low, high = _back(center - width, scale), _back(center + width, scale)
    return Level(_back(center, scale), low, high, n, effective, rho, tuple(notes))


def _slopes(points: "np.ndarray") -> bool:
    """Do the halves of the tail differ by more than the spread of its points?"""
    half = len(points) // 2
    first, last = points[:half], points[-half:]
    return bool(abs(first.mean() - last.mean()) > 1.5 * np.sqrt((first.var() + last.var()) / 2))


def _back(x: float, scale: Scale) -> float:
    return float(np.exp(x)) if scale == "log" else x
