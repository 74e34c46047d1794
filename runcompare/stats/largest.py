"""How far out is the largest of k errors that share one estimate of their noise?

The best of k configs has been picked for its error. Whatever the configs have in common, the largest of k normal errors
is at most as large as that of k independent ones (Sidak 1967); what they are divided by is one estimate of the noise,
not k of them. That matters with few seeds: an estimate that is too small by luck is so for all k at once, and counting
it k times, as correcting a p-value does, makes the smallest difference that can be seen five times larger.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["largest_beyond", "width_of_largest"]

Floats = NDArray[np.float64]
NORMAL = 1e5  # degrees of freedom from which the noise counts as known
NODES, ENDS = 120, 1e-13  # of the integral over the noise, and what it leaves out on either side
HALVINGS = 40


def largest_beyond(t: Floats, df: Floats, k: int, *, two_sided: bool) -> Floats:
    """P(the largest of `k` errors is beyond `t`), in standard errors that were estimated with `df` degrees of freedom.

    Args:
        t: shape (...), 0 or more if `two_sided`.
        df: of a shape that broadcasts with it.
        k: how many errors there are.
        two_sided: whether errors count by their size.
    """
    t, df = np.broadcast_arrays(np.asarray(t, dtype=float), np.asarray(df, dtype=float))
    points, weights = _noise_nodes(df)
    return np.asarray(np.sum(weights * _beyond(t[..., None] * points, k, two_sided=two_sided), axis=-1))


def width_of_largest(alpha: float, df: Floats, k: int) -> Floats:
    """The t with P(the largest of `k` errors is beyond t by its size) = `alpha`, by bisection."""
    df = np.asarray(df, dtype=float)
    points, weights = _noise_nodes(df)
    low = np.zeros(df.shape)
    high = np.asarray(special.stdtrit(np.minimum(df, NORMAL), 1 - alpha / (2 * k)))  # each error by itself, Bonferroni
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        p = np.sum(weights * _beyond(middle[..., None] * points, k, two_sided=True), axis=-1)
        low, high = np.where(p > alpha, middle, low), np.where(p > alpha, high, middle)
    return np.asarray((low + high) / 2)


def _beyond(z: Floats, k: int, *, two_sided: bool) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(-np.expm1(k * np.log1p(-(1 + two_sided) * special.ndtr(-z))))


def _noise_nodes(df: Floats) -> tuple[Floats, Floats]:
    """What the estimated noise may be in units of the true one, and how likely it is: nodes and weights, (..., m)."""
    shape = df.shape
    flat = np.minimum(df.ravel(), NORMAL)[:, None]
    x, weights = _legendre()
    half = flat / 2
    low, high = np.log(special.gammaincinv(half, ENDS)), np.log(special.gammainccinv(half, ENDS))
    logs = low + (high - low) * (1 + x) / 2
    density = np.exp(half * logs - np.exp(logs) - special.gammaln(half)) * weights
    shares = density / density.sum(axis=1, keepdims=True)
    return np.sqrt(np.exp(logs) / half).reshape(*shape, -1), shares.reshape(*shape, -1)


@lru_cache(maxsize=1)
def _legendre() -> tuple[Floats, Floats]:
    x, weights = np.polynomial.legendre.leggauss(NODES)
    return np.asarray(x), np.asarray(weights)
