"""The law of a difference of means for each situation: who has replicates, and what else is known of the noise.

Sample variances `v1`, `v2` of arms with `n1`, `n2` seeds are floats, or arrays of a common shape to make many
comparisons of one size at once.
"""

from collections.abc import Sequence

import numpy as np
from scipy import special

from runcompare.stats.law import Floats, Law
from runcompare.stats.prior import Prior

__all__ = [
    "against_many",
    "moderated",
    "moderated_paired",
    "one_each",
    "paired",
    "plain_welch",
    "stated",
    "trust",
    "trust_of_many",
    "trust_of_quiet",
    "trust_of_two",
    "welch",
]

# The history has all of its weight for seeds that lie between these quantiles of what it predicts, and none beyond the
# outer ones: noisier seeds would be called different too often, quieter ones would lose their power to history.
# Found by simulation: calibration.py prints the frontier.
TRUSTED, FOREIGN = 0.5, 0.76  # of the noisier arm
QUIET, TOO_QUIET = 0.25, 0.1  # of both arms' pooled variance
PAIRS_TRUSTED, PAIRS_FOREIGN = 0.5, 0.78  # of the differences of pairs, whose test is not conservative as Welch's is
ARMS_TRUSTED, ARMS_FOREIGN = 0.5, 0.88  # of each arm of pairs by itself
PAIRS_QUIET, PAIRS_TOO_QUIET = 0.2, 0.06
STEADY_DF = 4.0  # a history worth less, because its groups differ in noise, has less weight still
NODES = (np.arange(16) + 0.5) / 16


def welch(n1: int, v1: Floats | float, n2: int, v2: Floats | float) -> Law:
    """Welch 1947: each arm's own variance; see `_law` for the degrees of freedom."""
    return _law(v1 / n1, n1 - 1.0, v2 / n2, n2 - 1.0, balance=_evenness(n1, n2) ** 3)


def plain_welch(n1: int, v1: Floats | float, n2: int, v2: Floats | float) -> Law:
    """Welch 1947 with Satterthwaite's degrees of freedom as they are: quick, for many comparisons at once."""
    return _law(v1 / n1, n1 - 1.0, v2 / n2, n2 - 1.0, balance=1.0)


def moderated(n1: int, v1: Floats | float, n2: int, v2: Floats | float, *, prior: Prior) -> Law:
    """Welch with each arm's variance pulled towards the history's (Smyth 2004).

    The history's weight fades, until Welch is left, as the noisier arm gets noisier than the history predicts, as both
    arms together get quieter, and with unequal sizes, where a noisy small arm does most harm.
    """
    weight = _weight(prior) * trust_of_two(n1, v1, n2, v2, prior=prior)
    s1, d1 = _pull(n1, v1, prior, weight)
    s2, d2 = _pull(n2, v2, prior, weight)
    return _law(s1 / n1, d1, s2 / n2, d2, balance=_evenness(n1, n2) ** 3)


def against_many(n: int, v: Floats | float, prior: Prior | None = None, *, noisier: float = 1.0) -> Law:
    """One run against `n` replicates, whose own noise is taken to be `noisier` times theirs (1: is it one of them?)."""
    if prior is None:
        return Law(np.asarray(np.sqrt(v * (noisier**2 + 1 / n))), np.asarray(n - 1.0))
    variance, df = _pull(n, v, prior, _weight(prior) * trust_of_many(n, v, prior))
    return Law(np.asarray(np.sqrt(variance * (noisier**2 + 1 / n))), np.asarray(df))


def paired(n: int, v: Floats | float) -> Law:
    """The paired t test: `n` differences of pairs with variance `v` (Student 1908)."""
    return Law(np.asarray(np.sqrt(v / n)), np.asarray(n - 1.0))


def moderated_paired(n: int, v: Floats | float, arms: Sequence[Floats | float], *, prior: Prior, arm: Prior) -> Law:
    """The paired t test with the variance of the differences pulled towards the history's.

    Args:
        n: how many pairs.
        v: variance of their differences, shape (...).
        arms: variance of each side by itself, each of shape (...).
        prior: that of differences of pairs.
        arm: that of single arms: it shows whether one side is noisier than the history, which the differences hide.
    """
    quantile = _quantile(n - 1.0, v, prior)
    fit = 1 - _risen(quantile, PAIRS_TRUSTED, PAIRS_FOREIGN)
    for variance in arms:
        fit = np.minimum(fit, 1 - _risen(_quantile(n - 1.0, variance, arm), ARMS_TRUSTED, ARMS_FOREIGN))
    pulled, df = _pull(n, v, prior, _weight(prior) * fit * _risen(quantile, PAIRS_TOO_QUIET, PAIRS_QUIET))
    return Law(np.asarray(np.sqrt(pulled / n)), np.asarray(df))


def one_each(prior: Prior, *, noisier: float = 1.0) -> Law:
    """One run against one, both `noisier` times as noisy as the prior's (the moderated t without seeds of its own)."""
    return Law(np.asarray(noisier * np.sqrt(2 * prior.variance)), np.asarray(prior.df))


def stated(sd: float, n1: int, n2: int) -> Law:
    """Noise stated by hand, taken as exact."""
    return Law(np.asarray(sd * np.sqrt(1 / n1 + 1 / n2)), np.asarray(np.inf))


def trust(n: int, v: Floats | float, prior: Prior) -> Floats:
    """How far an arm of variance `v` is no noisier than the history predicts, 0 to 1."""
    return 1 - _risen(_quantile(n - 1.0, v, prior), TRUSTED, FOREIGN)


def trust_of_quiet(n1: int, v1: Floats | float, n2: int, v2: Floats | float, *, prior: Prior) -> Floats:
    """How far both arms together are no quieter than the history predicts, 0 to 1."""
    df = n1 + n2 - 2.0
    pooled = ((n1 - 1.0) * v1 + (n2 - 1.0) * v2) / df
    return _risen(_quantile(df, pooled, prior), TOO_QUIET, QUIET)


def trust_of_two(n1: int, v1: Floats | float, n2: int, v2: Floats | float, *, prior: Prior) -> Floats:
    """How much of its weight a history has beside two arms, 0 to 1: by the arms' noise, and by how even they are."""
    noisy = np.minimum(trust(n1, v1, prior), trust(n2, v2, prior))
    return np.asarray(noisy * trust_of_quiet(n1, v1, n2, v2, prior=prior) * _evenness(n1, n2) ** 4)


def trust_of_many(n: int, v: Floats | float, prior: Prior) -> Floats:
    """How much of its weight a history has beside `n` replicates that one run is held against, 0 to 1."""
    return np.asarray(trust(n, v, prior) * _risen(_quantile(n - 1.0, v, prior), TOO_QUIET, QUIET))


def _weight(prior: Prior) -> Floats:
    """How many degrees of freedom a history that fits counts for."""
    return np.asarray(prior.df * np.minimum(1.0, prior.df / STEADY_DF))


def _quantile(df: float, v: Floats | float, prior: Prior) -> Floats:
    """Where a variance with `df` degrees of freedom stands in what the history predicts."""
    return np.asarray(special.fdtr(df, prior.df, v / prior.variance))


def _risen(x: Floats, start: float, end: float) -> Floats:
    """0 up to `start`, 1 from `end`, linear between."""
    return np.asarray(np.clip((x - start) / (end - start), 0.0, 1.0))


def _pull(n: int, v: Floats | float, prior: Prior, weight: Floats) -> tuple[Floats, Floats]:
    """An arm's variance and degrees of freedom after the prior counted for `weight` degrees of freedom."""
    df = weight + n - 1.0
    return (weight * prior.variance + (n - 1.0) * v) / df, df


def _evenness(n1: float, n2: float) -> float:
    """1 for arms of one size, near 0 for very different ones."""
    return min(n1, n2) / max(n1, n2)


def _law(e1: Floats | float, d1: Floats | float, e2: Floats | float, d2: Floats | float, *, balance: float) -> Law:
    """The law from squared standard errors `e1`, `e2` with `d1`, `d2` degrees of freedom.

    Satterthwaite's degrees of freedom take the estimated variances for true, which is right for equal arms and wrong up
    to 7.6 % of the time for 3 seeds against 50. The less `balance` the sizes have, the more 1 / df is averaged over
    what the variance ratio may be (its fiducial F law, as in Behrens-Fisher); that keeps it under 7 %. For an arm of
    one degree of freedom, where the plain mean still goes wrong up to 9 % of the time, it is a cubic mean.
    """
    e1, e2 = np.asarray(e1, dtype=float), np.asarray(e2, dtype=float)
    share = _share(e1, e2)
    inverse = share**2 / d1 + (1 - share) ** 2 / d2
    if balance < 1:
        a1, a2 = np.asarray(d1, dtype=float)[..., None], np.asarray(d2, dtype=float)[..., None]
        shares = _share(e1[..., None] * special.fdtri(a2, a1, NODES), e2[..., None])
        exponent = np.clip(5 - 2 * np.minimum(d1, d2), 1.0, 3.0)  # from one to two degrees of freedom
        averaged = np.mean((shares**2 / a1 + (1 - shares) ** 2 / a2) ** exponent[..., None], axis=-1) ** (1 / exponent)
        inverse = balance * inverse + (1 - balance) * averaged
    return Law(np.asarray(np.sqrt(e1 + e2)), np.asarray(1 / inverse))


def _share(part: Floats, rest: Floats) -> Floats:
    """`part` of both, 0 to 1; NaN where both are 0."""
    with np.errstate(invalid="ignore"):
        return np.asarray(part / (part + rest))
