"""The seed noise of many arms at once, and what follows for weighted sums of their means.

Arms of one experiment are about equally noisy, but not exactly. Each arm's variance is pulled towards the pooled one as
far as the arms' variances agree (Smyth 2004): arms that agree give the pooled variance with all degrees of freedom,
arms that don't give Welch's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from runcompare.stats.intervals import Interval
from runcompare.stats.law import Law
from runcompare.stats.prior import fit_prior

__all__ = ["ArmNoise"]

Weights = NDArray[np.float64]

MOST_PULL = 50.0  # degrees of freedom that the pooled variance may be worth
FEWEST_ARMS = 3  # with replicates, from which their variances show how far they agree
# an arm's noise is pulled with all weight up to this quantile of what the other arms predict, and not at all beyond the
# outer one: found by simulation (tests/stats/test_attribution.py)
TRUSTED, FOREIGN = 0.7, 0.95


@dataclass(frozen=True, slots=True)
class ArmNoise:
    """Means, variances and sizes of arms, shape (arms,) each; `pull` is how many degrees of freedom the pooled variance
    counts for beside each arm's own."""

    means: NDArray[np.float64]
    variances: NDArray[np.float64]
    sizes: NDArray[np.float64]
    pull: Weights

    @classmethod
    def of(cls, arms: Sequence[NDArray[np.float64]]) -> "ArmNoise":
        """From each arm's replicates."""
        variances = np.array([arm.var(ddof=1) if len(arm) > 1 else 0.0 for arm in arms])
        sizes = np.array([len(arm) for arm in arms], dtype=float)
        return cls(np.array([arm.mean() for arm in arms]), variances, sizes, _pull(variances, sizes - 1))

    @property
    def df(self) -> float:
        """The degrees of freedom of the pooled variance."""
        return float((self.sizes - 1).sum())

    @property
    def pooled(self) -> float | None:
        """The standard deviation within arms; None without replicates."""
        return math.sqrt(self._pooled_variance) if self.df else None

    @property
    def _pooled_variance(self) -> float:
        return float(((self.sizes - 1) * self.variances).sum() / self.df)

    @property
    def _kept(self) -> Weights:
        """How much of an arm's own variance counts beside the pooled one, 0 to 1."""
        own = self.sizes - 1
        return np.asarray(np.where(own > 0, own / np.maximum(own + self.pull, 1.0), 0.0))

    @property
    def _smooth(self) -> Weights:
        """Each arm's variance after the pull."""
        return self._kept * self.variances + (1 - self._kept) * self._pooled_variance

    def mean(self, weights: Weights) -> float:
        """The weighted sum of the arms' means."""
        return float(weights @ self.means)

    def law(self, weights: Weights) -> Law | None:
        """The law of the error of a weighted sum; None without replicates.

        The squared error is a weighted sum of the arms' variances, its degrees of freedom Satterthwaite's (1946).
        """
        if not self.df:
            return None
        own_df, each, kept = self.sizes - 1, weights**2 / self.sizes, self._kept
        shared = float((each * (1 - kept)).sum())
        parts = each * kept + shared * own_df / self.df  # of each arm's own variance
        squared = float(parts @ self.variances)
        if squared <= 0:
            return Law(np.asarray(0.0), np.asarray(np.inf))
        smooth = self._smooth
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.where(own_df > 0, (parts * smooth) ** 2 / own_df, 0.0).sum()
        return Law(np.asarray(math.sqrt(squared)), np.asarray(float((parts @ smooth) ** 2 / spread)))

    def reach(self, weights: Weights, alpha: float) -> float | None:
        """How far the interval of a weighted sum reaches to both sides; None without replicates."""
        law = self.law(weights)
        if law is None:
            return None
        return float(law.half_width(alpha)) if law.se > 0 else 0.0

    def p_value(self, weights: Weights) -> float | None:
        """How often noise alone makes a weighted sum as far from 0; None without replicates."""
        law, value = self.law(weights), self.mean(weights)
        if law is None:
            return None
        return float(law.p_two_sided(value)) if law.se > 0 else float(value == 0)

    def ratio(self, part: Weights, whole: Weights, alpha: float) -> Interval | None:
        """Fieller's interval (1954) of one weighted sum over another; None where the other one may be 0."""
        laws = self.law(part), self.law(whole)
        if laws[0] is None or laws[1] is None:
            return None
        t_squared = max(float(law.half_width(alpha) / law.se) ** 2 if law.se > 0 else 0.0 for law in laws if law)
        top, bottom = self.mean(part), self.mean(whole)
        a = bottom**2 - t_squared * self._covariance(whole, whole)
        if a <= 0:
            return None
        b = top * bottom - t_squared * self._covariance(part, whole)
        root = math.sqrt(max(0.0, b * b - a * (top**2 - t_squared * self._covariance(part, part))))
        return Interval((b - root) / a, (b + root) / a)

    def _covariance(self, one: Weights, other: Weights) -> float:
        return float((one * other * self._smooth / self.sizes).sum())


def _pull(variances: Weights, df: Weights) -> Weights:
    """How many degrees of freedom the pooled variance counts for beside each arm's own: fewer for arms that are noisier
    than the others predict."""
    seen = (df > 0) & (variances > 0)
    if seen.sum() < FEWEST_ARMS:
        return np.full(len(df), MOST_PULL)
    pull = float(fit_prior(variances[seen], df[seen], MOST_PULL).df)
    others = df.sum() - df
    with np.errstate(divide="ignore", invalid="ignore"):
        typical = ((df * variances).sum() - df * variances) / others
        quantile = np.where(seen & (others > 0), special.fdtr(df, others, variances / typical), 0.0)
    return np.asarray(pull * (1 - np.clip((quantile - TRUSTED) / (FOREIGN - TRUSTED), 0.0, 1.0)))
