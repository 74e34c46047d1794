"""The sampling law of a difference: a scaled t distribution. p-value, interval and equivalence all follow from it,
so the interval excludes 0 exactly when the p-value is below alpha.

Arrays of any common shape: each element is a comparison of its own (the simulation makes many at once).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from runcompare.stats.decision import Scale

__all__ = ["Floats", "Law", "from_scale", "relative_noise", "stated_sd"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Law:
    """The error of a difference is `se` times a t distribution with `df` degrees of freedom (infinite: normal)."""

    se: Floats
    df: Floats

    def tail(self, x: Floats | float) -> Floats:
        """P(error > x)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(special.stdtr(self.df, -np.asarray(x, dtype=float) / self.se))

    def p_two_sided(self, difference: Floats | float) -> Floats:
        """P(|error| >= |difference|)."""
        return np.asarray(2 * self.tail(np.abs(difference)))

    def half_width(self, alpha: float) -> Floats:
        """The x with P(|error| > x) = alpha."""
        normal = np.isinf(self.df)
        quantile = special.stdtrit(np.where(normal, 1.0, self.df), 1 - alpha / 2)
        return np.asarray(np.where(normal, special.ndtri(1 - alpha / 2), quantile) * self.se)

    def p_equivalent(self, difference: Floats | float, margin: float) -> Floats:
        """p-value against |true difference| >= `margin`: the larger of two one-sided tests (Schuirmann 1987)."""
        return self.tail(margin - np.abs(difference))


def from_scale(x: float, scale: Scale) -> float:
    """The effect of a difference `x` on the scale."""
    if scale == "linear":
        return x
    return math.expm1(x) if x < 700 else math.inf


def relative_noise(sd: float, center: float, scale: Scale) -> float | None:
    """Coefficient of variation of values with standard deviation `sd` on the scale (log-normal, if log)."""
    if scale == "log":
        return math.sqrt(math.expm1(sd**2)) if sd < 26 else math.inf
    return sd / abs(center) if center else None


def stated_sd(cv: float, center: float, scale: Scale) -> float:
    """Standard deviation on the scale of values with coefficient of variation `cv`: `relative_noise` backwards."""
    return math.sqrt(math.log1p(cv**2)) if scale == "log" else cv * abs(center)
