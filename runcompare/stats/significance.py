"""The law of a difference of means for each situation: who has replicates, and what else is known of the noise.

All functions take arrays (or floats) of any common shape: sample variances `v1`, `v2` of arms with `n1`, `n2` seeds.
"""

from dataclasses import replace

import numpy as np
from scipy import special

from runcompare.stats.law import Floats, Law
from runcompare.stats.prior import Prior

__all__ = ["against_many", "moderated", "one_each", "stated", "welch"]

GATE = 0.8  # an arm noisier than this quantile of what the history predicts is judged by its own seeds


def welch(n1: Floats | float, v1: Floats | float, n2: Floats | float, v2: Floats | float) -> Law:
    """Welch 1947: each arm's own variance, Satterthwaite's degrees of freedom."""
    return _satterthwaite(v1 / n1, n1 - 1, v2 / n2, n2 - 1)


def moderated(n1: Floats | float, v1: Floats | float, n2: Floats | float, v2: Floats | float, prior: Prior) -> Law:
    """Welch with each arm's variance pulled towards the history's (Smyth 2004), where both arms look like it."""
    own = welch(n1, v1, n2, v2)
    a, b = _pull(n1, v1, prior), _pull(n2, v2, prior)
    both = _satterthwaite(a.variance / n1, a.df, b.variance / n2, b.df)
    fits = (_fits(n1, v1, prior) & _fits(n2, v2, prior))[..., None]
    return replace(own, se=np.where(fits, both.se, own.se), df=np.where(fits, both.df, own.df))


def against_many(n: Floats | float, v: Floats | float, prior: Prior | None = None) -> Law:
    """One run against `n` replicates: is it one of them? Both sides are taken to be equally noisy."""
    own = Law.t(np.sqrt(v * (1 + 1 / n)), n - 1.0)
    if prior is None:
        return own
    pulled = _pull(n, v, prior)
    both = Law.t(np.sqrt(pulled.variance * (1 + 1 / n)), pulled.df)
    fits = np.asarray(_fits(n, v, prior))[..., None]
    return replace(own, se=np.where(fits, both.se, own.se), df=np.where(fits, both.df, own.df))


def one_each(prior: Prior) -> Law:
    """One run against one: the history's noise alone (the moderated t with no seeds of its own)."""
    return Law.t(np.sqrt(2 * prior.variance), prior.df)


def stated(sd: float, n1: int, n2: int) -> Law:
    """Noise that somebody stated, taken as exact."""
    return Law.t(sd * np.sqrt(1 / n1 + 1 / n2), np.inf)


def _pull(n: Floats | float, v: Floats | float, prior: Prior) -> Prior:
    df = n - 1.0
    return Prior((prior.df * prior.variance + df * v) / (prior.df + df), prior.df + df)


def _fits(n: Floats | float, v: Floats | float, prior: Prior) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
    return np.asarray(special.fdtr(n - 1.0, prior.df, v / prior.variance) <= GATE)


def _satterthwaite(e1: Floats | float, d1: Floats | float, e2: Floats | float, d2: Floats | float) -> Law:
    """Squared standard errors `e1`, `e2` with `d1`, `d2` degrees of freedom."""
    return Law.t(np.sqrt(e1 + e2), (e1 + e2) ** 2 / (e1**2 / d1 + e2**2 / d2))
