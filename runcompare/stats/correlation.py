"""What runs of a pair share: the correlation of both sides over pairs, and what pairing makes of the noise.

Of two equally noisy sides the sum and the difference are independent, and their variances have the ratio
(1 + rho) / (1 - rho). So the ratio of their sample variances is that times F, which gives the interval
(after Pitman 1939 and Morgan 1939). It is pooled over groups of pairs; each has the weight of its noise.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy import special

from runcompare.stats.law import Floats

__all__ = ["Correlation", "pooled_correlation"]


class Correlation(NamedTuple):
    """The correlation of both sides over pairs, with the interval of the level asked for.

    `df` are the degrees of freedom behind it, `groups` the comparisons with two complete pairs or more.
    """

    value: float
    low: float
    high: float
    df: int
    groups: int


def pooled_correlation(groups: Iterable[tuple[Floats, Floats]], level: float = 0.95) -> Correlation | None:
    """The correlation over all groups of pairs; None where none has two different pairs.

    Args:
        groups: both sides' values of the complete pairs of one comparison, on the scale, each of shape (n,).
        level: that of the interval.
    """
    used = [(new, old) for new, old in groups if len(new) > 1]
    together = sum((_squares(new + old) for new, old in used), 0.0)
    apart = sum((_squares(new - old) for new, old in used), 0.0)
    if not 0 < together + apart < np.inf:
        return None
    df = sum(len(new) - 1 for new, _ in used)
    tail = (1 - level) / 2
    low, high = (float(special.fdtri(df, df, q)) for q in (1 - tail, tail))
    value, at_least, at_most = (_rho(together, apart * f) for f in (1.0, low, high))
    return Correlation(value, at_least, at_most, df, len(used))


def _rho(together: float, apart: float) -> float:
    return (together - apart) / (together + apart)


def _squares(x: Floats) -> float:
    return float(((x - x.mean()) ** 2).sum())
