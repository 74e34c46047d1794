"""The sampling law of a difference: a scaled t distribution. p-value, interval and equivalence all follow from it,
so the interval excludes 0 exactly when the p-value is below alpha.

Arrays of any common shape: each element is a comparison of its own (the simulation makes many at once).
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from runcompare.stats.decision import Scale
from runcompare.stats.largest import Floats, largest_beyond, width_of_largest

__all__ = ["Floats", "Law", "effect_of", "metric_value", "relative_noise", "stated_sd"]


@dataclass(frozen=True, slots=True)
class Law:
    """The error of a difference is `se` times a t distribution with `df` degrees of freedom (infinite: normal); where a
    side is the best of a search, the largest of `searched` such errors, see `largest`."""

    se: Floats
    df: Floats
    searched: int = 1

    def tail(self, x: Floats | float) -> Floats:
        """P(error > x)."""
        if self.searched > 1:
            return largest_beyond(np.asarray(x, dtype=float) / self.se, self.df, self.searched, two_sided=False)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(special.stdtr(self.df, -np.asarray(x, dtype=float) / self.se))

    def p_two_sided(self, difference: Floats | float) -> Floats:
        """P(|error| >= |difference|)."""
        if self.searched > 1:
            return largest_beyond(np.abs(difference) / self.se, self.df, self.searched, two_sided=True)
        return np.asarray(2 * self.tail(np.abs(difference)))

    def half_width(self, alpha: float) -> Floats:
        """The x with P(|error| > x) = alpha."""
        if self.searched > 1:
            return np.asarray(width_of_largest(alpha, self.df, self.searched) * self.se)
        normal = np.isinf(self.df)
        quantile = special.stdtrit(np.where(normal, 1.0, self.df), 1 - alpha / 2)
        return np.asarray(np.where(normal, special.ndtri(1 - alpha / 2), quantile) * self.se)

    def p_equivalent(self, difference: Floats | float, margin: float) -> Floats:
        """p-value against |true difference| >= `margin`: the larger of two one-sided tests (Schuirmann 1987)."""
        return self.tail(margin - np.abs(difference))


def effect_of(difference: float, scale: Scale) -> float:
    """The effect of a `difference` on the scale: a relative change on the log scale, itself on the linear one."""
    if scale == "linear":
        return difference
    return math.expm1(difference) if difference < 700 else math.inf


def metric_value(x: float, scale: Scale) -> float:
    """The value in the metric's units that stands at `x` on the scale."""
    return float(np.exp(x)) if scale == "log" else float(x)


def relative_noise(sd: float, center: float, scale: Scale) -> float | None:
    """Coefficient of variation of values with standard deviation `sd` on the scale (log-normal, if log)."""
    if scale == "log":
        return math.sqrt(math.expm1(sd**2)) if sd < 26 else math.inf
    return sd / abs(center) if center else None


def stated_sd(cv: float, center: float, scale: Scale) -> float:
    """Standard deviation on the scale of values with coefficient of variation `cv`: `relative_noise` inverted."""
    return math.sqrt(math.log1p(cv**2)) if scale == "log" else cv * abs(center)
