"""The prior on the noise variance that the project's history gives, by empirical Bayes.

Each replicated group g of the history has a sample variance s_g^2 with d_g degrees of freedom. If the true variances of
the groups follow a scaled inverse chi-square law, s_g^2 follows s0^2 times F(d_g, d0); s0^2 and d0 come from the
mean and the variance of log s_g^2 (Smyth 2004, section 6.2: limma's fitFDist). A large d0 means that all groups
are equally noisy; a small one that the history tells little about a new group.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from runcompare.stats.law import Floats

__all__ = ["MIN_GROUPS", "Prior", "fit_prior", "lone_prior", "prior_of_spread"]

MIN_GROUPS = 5
LONE_DF = 8.0  # where no seeds at hand can contradict the history
MAX_DF = 6.0  # trusting the history more gains no power and breaks the error rate where it is too quiet (simulated)


@dataclass(frozen=True, slots=True)
class Prior:
    """Typical variance and the degrees of freedom that it is worth, each of shape (...)."""

    variance: Floats
    df: Floats


def fit_prior(variances: Floats, df: Floats, max_df: float = MAX_DF) -> Prior:
    """The prior from groups that were measured (Smyth 2004, section 6.2).

    Args:
        variances: sample variances, shape (..., G) with G >= 2.
        df: their degrees of freedom, shape (..., G).
        max_df: most degrees of freedom that the prior may be worth.
    """
    log_variance = np.log(variances) - special.digamma(df / 2) + np.log(df / 2)
    center = log_variance.mean(axis=-1)
    spread = log_variance.var(axis=-1, ddof=1) - _trigamma(df / 2).mean(axis=-1)
    own = 2 * _trigamma_inverse(np.maximum(spread, 1e-6))
    shift = np.where(spread > 0, special.digamma(own / 2) - np.log(own / 2), 0.0)
    return Prior(np.exp(center + shift), np.minimum(own, max_df))


def lone_prior(variances: Floats, df: Floats) -> Prior:
    """The prior for runs without replicates of their own, where nothing can contradict it.

    With fewer than five groups it is their pooled variance: how much groups differ can't be seen then.

    Args:
        variances: sample variances, shape (..., G) with G >= 1.
        df: their degrees of freedom, shape (..., G).
    """
    total = df.sum(axis=-1)
    if variances.shape[-1] < MIN_GROUPS:
        return Prior((variances * df).sum(axis=-1) / total, np.minimum(total, LONE_DF))
    prior = fit_prior(variances, df, LONE_DF)
    return Prior(prior.variance, np.minimum(prior.df, total))


def prior_of_spread(typical: float, spread: float) -> Prior:
    """The prior for noise that is `typical` as a standard deviation, and whose logarithm has the sd `spread`."""
    own = 2 * _trigamma_inverse(np.asarray(4.0 * spread**2))
    return Prior(np.exp(2 * np.log(typical) + special.digamma(own / 2) - np.log(own / 2)), own)


def _trigamma_inverse(y: Floats) -> Floats:
    """x with trigamma(x) = y, by Newton on 1 / trigamma (Smyth 2004, appendix)."""
    x = 0.5 + 1 / y
    for _ in range(8):
        trigamma = _trigamma(x)
        x = x - trigamma * (1 - trigamma / y) / (2 * special.zeta(3, x))
    return x


def _trigamma(x: Floats) -> Floats:
    return np.asarray(special.zeta(2, x))
