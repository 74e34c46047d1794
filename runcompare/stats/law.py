"""The sampling law of a difference: a mixture of scaled t distributions around it.

Welch's test has one component. Noise that is either like the project's history or not has two, weighed by how well
the seeds at hand agree with the history. Everything else (p-value, interval, equivalence) follows from the law, so
the interval excludes 0 exactly when the p-value is below alpha.

Arrays of shape (..., K): K components; leading axes are independent comparisons (simulation uses many at once).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["Floats", "Law"]

Floats = NDArray[np.float64]
_STEPS = 50


@dataclass(frozen=True, slots=True)
class Law:
    """`se` > 0, `df` (infinite: normal) and `weight` (sums to 1), each of shape (..., K)."""

    se: Floats
    df: Floats
    weight: Floats

    @classmethod
    def t(cls, se: Floats | float, df: Floats | float) -> "Law":
        """One component: `se` times a t distribution with `df` degrees of freedom."""
        se, df = np.broadcast_arrays(np.asarray(se, dtype=float), np.asarray(df, dtype=float))
        return cls(se[..., None], df[..., None], np.ones((*se.shape, 1)))

    def tail(self, x: Floats | float) -> Floats:
        """P(error > x), shape (...)."""
        z = np.asarray(x, dtype=float)[..., None] / self.se
        return np.asarray(np.sum(self.weight * _upper_t(self.df, z), axis=-1))

    def p_two_sided(self, difference: Floats | float) -> Floats:
        """P(|error| >= |difference|), shape (...)."""
        return np.asarray(np.minimum(1.0, 2 * self.tail(np.abs(difference))))

    def half_width(self, alpha: float) -> Floats:
        """The x with P(|error| > x) = alpha, shape (...)."""
        quantile = -_t_quantile(self.df, alpha / 2) * self.se
        low, high = quantile.min(axis=-1), quantile.max(axis=-1)
        if self.se.shape[-1] == 1:
            return np.asarray(high)
        for _ in range(_STEPS):  # bisection: the tail is monotone but may bend sharply between the components
            middle = (low + high) / 2
            above = 2 * self.tail(middle) > alpha
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        return np.asarray(high)


def _upper_t(df: Floats, z: Floats) -> Floats:
    return np.where(np.isinf(df), special.ndtr(-z), special.stdtr(np.where(np.isinf(df), 1.0, df), -z))


def _t_quantile(df: Floats, p: float) -> Floats:
    return np.where(np.isinf(df), special.ndtri(p), special.stdtrit(np.where(np.isinf(df), 1.0, df), p))
