"""Means with their intervals, as far as costs need them: whether a search gained, whether two groups differ.

Student's t throughout, 95 %. Too few values show nothing: the callers say how many are enough.
"""

import math
from collections.abc import Sequence
from statistics import fmean, variance

__all__ = ["mean_interval", "welch_interval"]

ALPHA = 0.05


def mean_interval(values: Sequence[float], alpha: float = ALPHA) -> tuple[float, float]:
    """The 1 - alpha interval of the mean of at least two values."""
    from scipy.special import stdtrit

    reach = float(stdtrit(len(values) - 1, 1 - alpha / 2)) * math.sqrt(variance(values) / len(values))
    return fmean(values) - reach, fmean(values) + reach


def welch_interval(new: Sequence[float], old: Sequence[float], alpha: float = ALPHA) -> tuple[float, float]:
    """Welch's interval (1947) of the difference of the means of at least two values a side."""
    from scipy.special import stdtrit

    parts = [variance(side) / len(side) for side in (new, old)]
    center, error = fmean(new) - fmean(old), math.sqrt(sum(parts))
    if error == 0:
        return center, center
    df = sum(parts) ** 2 / sum(p**2 / (len(side) - 1) for p, side in zip(parts, (new, old), strict=True))
    reach = float(stdtrit(df, 1 - alpha / 2)) * error
    return center - reach, center + reach


def _student_t(df: int) -> float:
    """The 97.5 % point of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.975))
