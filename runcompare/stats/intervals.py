"""Means and their confidence intervals, 95 % unless asked otherwise.

Values are taken on the scale that they come in. Of positive quantities such as costs, hand over the logarithms: the
interval is then that of the logarithm of a ratio of geometric means. Two values a side are the least that has an
interval, and they show little: callers say how many are enough.
"""

import math
from collections.abc import Sequence
from statistics import fmean, variance
from typing import Literal, NamedTuple

__all__ = ["ALPHA", "Interval", "center", "mean_interval", "welch_interval"]

ALPHA = 0.05


class Interval(NamedTuple):
    """Both bounds, in the unit of the values."""

    low: float
    high: float


def center(values: Sequence[float], scale: Literal["log", "logit", "linear"] = "log", full: float = 1.0) -> float:
    """The mean that stands for a group of runs: the geometric one on the log scale, where all values are positive; the
    mean of the log odds for shares, where all lie inside their bounds; else the arithmetic one.

    Args:
        values: one finite value or more.
        scale: "linear" for the arithmetic mean.
        full: what the whole of a share is: 1, or 100 for percentages.
    """
    if len(set(values)) == 1:
        return values[0]  # a mean would round
    if scale == "log" and min(values) > 0:
        return math.exp(math.fsum(map(math.log, values)) / len(values))
    if scale == "logit" and all(0 < v < full for v in values):
        odds = math.fsum(math.log(v / (full - v)) for v in values) / len(values)
        return full / (1 + math.exp(-odds))
    return math.fsum(values) / len(values)


def mean_interval(values: Sequence[float], alpha: float = ALPHA) -> Interval:
    """Student's interval of the mean.

    Args:
        values: two or more finite values.
        alpha: 1 - the level of confidence.
    """
    from scipy.special import stdtrit

    reach = float(stdtrit(len(values) - 1, 1 - alpha / 2)) * math.sqrt(variance(values) / len(values))
    return Interval(fmean(values) - reach, fmean(values) + reach)


def welch_interval(new: Sequence[float], old: Sequence[float], alpha: float = ALPHA) -> Interval:
    """Welch's interval (1947) of the mean of `new` minus the mean of `old`, by the law that decisions follow.

    `significance.welch` says how the degrees of freedom of very different numbers of values are found. At 2 against 10
    equally noisy values the interval covers 97 %, 94.5 % if the two are twice as noisy as the ten, 93.5 % at three
    times (Satterthwaite's alone: 89.7 % at equal noise).

    Args:
        new: two or more finite values.
        old: two or more finite values; their number and variance may differ from those of `new`.
        alpha: 1 - the level of confidence.

    Returns:
        An interval of no width where all values of each side are the same.
    """
    from runcompare.stats.significance import welch

    center, spreads = fmean(new) - fmean(old), (variance(new), variance(old))
    if spreads == (0, 0):
        return Interval(center, center)
    sides = [(len(new), spreads[0]), (len(old), spreads[1])]
    # the law is symmetric, but divides by the second side's variance
    (n1, v1), (n2, v2) = sides if spreads[1] else reversed(sides)
    reach = float(welch(n1, v1, n2, v2).half_width(alpha))
    return Interval(center - reach, center + reach)
