"""Best of k: what the same money buys when it trains the baseline k times and keeps the best run."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from runcompare.errors import UsageError
from runcompare.stats.arms import Arm, read_arm, read_values
from runcompare.stats.decision import Note, Scale
from runcompare.stats.law import Floats, metric_value

__all__ = ["BestOf", "best_of_k", "expected_maximum"]

FEWEST = 3  # runs from which a correlation can be estimated
N = 4000  # draws of the fiducial laws


@dataclass(frozen=True, slots=True)
class BestOf:
    """The value to expect of the best of `k` runs, in the metric's units.

    Attributes:
        k: how many runs are trained.
        expected: None if unknown: too few finite values for their noise, or for how well validation predicts them.
        low: lower end of its interval, None if unknown; `high` is the upper end.
        method: how it was estimated.
        warnings: values left out, how the best was chosen, unknown noise.
    """

    k: int
    expected: float | None
    low: float | None
    high: float | None
    method: str
    warnings: tuple[Note, ...] = ()


def best_of_k(
    values: ArrayLike,
    k: int,
    *,
    validation: ArrayLike | None = None,
    higher_is_better: bool = False,
    scale: Scale = "log",
    level: float = 0.95,
) -> BestOf:
    """The test value to expect of the run with the best validation value among `k`.

    Normal model on the scale: mean - rho sd e_k, where e_k is the expected maximum of k standard normals and rho the
    correlation of test with validation values. Chosen by the test value itself (rho = 1) the interval is exact:
    (mean - theta) sqrt(m) / sd follows a non-central t (one-sided normal tolerance limits; Owen 1968). With validation
    values rho is estimated as well, and the interval is that of a generalised pivot (Weerahandi 1993).

    Args:
        values: final test values of seeds that were run, shape (m,).
        k: how many runs are trained, 1 or more.
        validation: their validation values, by which the best would be chosen, shape (m,), same direction. Without
            them the choice is by the test value itself, which is optimistic.
        higher_is_better: the metric's direction.
        scale: "log" or "linear".
        level: confidence level of the interval.

    Raises:
        UsageError: `k` is below 1, or the values can't be read.
    """
    if k < 1:
        raise UsageError(f"k must be 1 or more, got {k}.", hint="It counts the runs that the money buys.")
    arm = read_arm(values, scale, "values")
    notes = []
    if arm.diverged or arm.refused:
        text = f"{len(arm.diverged) + len(arm.refused)} of {len(np.asarray(values))} values were not usable."
        notes.append(Note("left-out", text))
    if validation is None:
        notes.append(Note("chosen-by-test", "The best is chosen by the test value itself: an optimistic bound."))
    if arm.n < 2 or arm.identical:
        known = (k == 1 and arm.n > 0) or arm.identical
        center = metric_value(arm.mean, scale) if known else None
        notes.append(Note("no-noise", "Without two different values the noise is unknown."))
        return BestOf(k, center, None, None, "none: the noise is unknown", tuple(notes))
    gain = expected_maximum(k) * (1 if higher_is_better else -1)
    if validation is None or k == 1:
        found = _by_test(arm, gain, level)
        method = f"normal order statistics from {arm.n} runs"
    else:
        pairs = _pairs(read_values(validation, "validation"), read_values(values, "values"), scale)
        if len(pairs.x) < FEWEST:
            text = f"{len(pairs.x)} runs can't show how well validation predicts the test value: it takes {FEWEST}."
            notes.append(Note("no-correlation", text))
            return BestOf(k, None, None, None, "none: the correlation with validation is unknown", tuple(notes))
        found = _by_validation(pairs, gain, level)
        method = f"normal order statistics from {len(pairs.x)} runs, correlation with validation estimated"
    expected, low, high = (metric_value(x, scale) for x in found)
    return BestOf(k, expected, low, high, method, tuple(notes))


class _Found(NamedTuple):
    """On the scale."""

    expected: float
    low: float
    high: float


class _Pairs(NamedTuple):
    """Validation and test values of the same runs on the scale, each (m,)."""

    x: Floats
    y: Floats


def _by_test(arm: Arm, gain: float, level: float) -> _Found:
    """mean + gain sd, where both are estimated."""
    sd, root = float(np.sqrt(arm.variance)), float(np.sqrt(arm.n))
    tails = _noncentral_t_quantiles(arm.n - 1, gain * root, np.array([(1 - level) / 2, (1 + level) / 2]))
    low, high = (arm.mean + float(t) * sd / root for t in tails)
    return _Found(arm.mean + gain * sd, low, high)


def _by_validation(pairs: _Pairs, gain: float, level: float) -> _Found:
    """mean + gain rho sd, where rho is estimated too.

    rho sd is slope times the sd of validation, in the regression of test on validation values. Each of its parts is
    replaced by what it may be given these runs (its fiducial law); a negative slope counts as 0.
    """
    m = len(pairs.x)
    x, y = pairs.x - pairs.x.mean(), pairs.y - pairs.y.mean()
    squares = float(x @ x)
    slope = float(x @ y) / squares
    rest = y - slope * x
    draws = _draws(m)
    residual = np.sqrt(float(rest @ rest) / draws.chi2_rest)
    spread = np.sqrt(squares / draws.chi2)
    slopes = slope - draws.z_slope * residual / np.sqrt(squares)
    mean = pairs.y.mean() + draws.z_mean * np.sqrt((residual**2 + (slopes * spread) ** 2) / m)
    low, high = np.quantile(mean + gain * np.maximum(slopes * spread, 0.0), [(1 - level) / 2, (1 + level) / 2])
    expected = float(pairs.y.mean()) + gain * max(slope, 0.0) * float(np.sqrt(squares / (m - 1)))
    return _Found(expected, float(low), float(high))


class _Draws(NamedTuple):
    """Fixed random numbers, so that the same runs always give the same interval; each (N,)."""

    z_slope: Floats
    z_mean: Floats
    chi2: Floats
    chi2_rest: Floats


@lru_cache(maxsize=16)
def _draws(m: int) -> _Draws:
    rng = np.random.default_rng(m)
    return _Draws(rng.normal(size=N), rng.normal(size=N), rng.chisquare(m - 1, N), rng.chisquare(m - 2, N))


def _noncentral_t_quantiles(df: int, shift: float, p: Floats) -> Floats:
    """Quantiles by bisection: scipy's own inverse takes 10 ms each."""
    high = np.full_like(p, 1.0)
    while np.any(special.nctdtr(df, shift, high) < p) or np.any(special.nctdtr(df, shift, -high) > p):
        high *= 2
    low = -high
    for _ in range(50):
        middle = (low + high) / 2
        under = special.nctdtr(df, shift, middle) < p
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return np.asarray((low + high) / 2)


def expected_maximum(k: int) -> float:
    """Expected maximum of `k` independent standard normals (Gauss-Legendre over the quantile)."""
    if k == 1:
        return 0.0
    z, weights = _quadrature()
    density = k * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * special.ndtr(z) ** (k - 1)
    return float(np.sum(weights * z * density))


@lru_cache(maxsize=1)
def _quadrature() -> tuple[Floats, Floats]:
    """Points and weights from -10 to 10, outside of which the density is negligible; to find them takes 20 ms."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    return 10 * nodes, 10 * weights


def _pairs(validation: Floats, values: Floats, scale: Scale) -> _Pairs:
    """Runs with usable values of both; without spread in validation there is nothing to choose by, and none is left."""
    if validation.shape != values.shape:
        raise UsageError("validation must have one value for each run.", hint="Leave it out if there is none.")
    usable = np.isfinite(validation) & np.isfinite(values)
    if scale == "log":
        usable &= (validation > 0) & (values > 0)
        validation, values = np.log(validation[usable]), np.log(values[usable])
    else:
        validation, values = validation[usable], values[usable]
    return (
        _Pairs(validation, values) if len(validation) and np.ptp(validation) > 0 else _Pairs(validation[:0], values[:0])
    )
