"""Best of k: what the same money buys when it trains the baseline k times and keeps the best run."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from runcompare.errors import UsageError
from runcompare.stats.arms import Arm, read_arm, read_values
from runcompare.stats.decision import Note, Scale
from runcompare.stats.law import Floats, metric_value

__all__ = ["BestOf", "best_of_k", "expected_maximum"]


@dataclass(frozen=True, slots=True)
class BestOf:
    """The value to expect of the best of `k` runs, in the metric's units.

    Attributes:
        k: how many runs are trained.
        expected: None if unknown: no finite value, or a single one and k > 1.
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
    correlation of test with validation values. The interval is exact for known rho: (mean - theta) sqrt(m) / sd
    follows a non-central t (one-sided normal tolerance limits; Owen 1968).

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
    rho = 1.0
    if validation is None:
        notes.append(Note("chosen-by-test", "The best is chosen by the test value itself: an optimistic bound."))
    else:
        rho = _correlation(read_values(validation, "validation"), read_values(values, "values"), scale)
    if arm.n < 2 or arm.identical:
        known = (k == 1 and arm.n > 0) or arm.identical
        center = metric_value(arm.mean, scale) if known else None
        notes.append(Note("no-noise", "Without two different values the noise is unknown."))
        return BestOf(k, center, None, None, "none: the noise is unknown", tuple(notes))
    gain = rho * expected_maximum(k) * (1 if higher_is_better else -1)
    low, high = (metric_value(x, scale) for x in _interval(arm, gain, level))
    expected = metric_value(arm.mean + gain * float(np.sqrt(arm.variance)), scale)
    return BestOf(k, expected, low, high, f"normal order statistics from {arm.n} runs", tuple(notes))


def _interval(arm: Arm, gain: float, level: float) -> tuple[float, float]:
    """The interval of mean + gain sd on the scale, where both are estimated."""
    sd, root = float(np.sqrt(arm.variance)), float(np.sqrt(arm.n))
    tails = _noncentral_t_quantiles(arm.n - 1, gain * root, np.array([(1 - level) / 2, (1 + level) / 2]))
    low, high = (arm.mean + float(t) * sd / root for t in tails)
    return low, high


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
    nodes, weights = np.polynomial.legendre.leggauss(200)
    z = 10 * nodes  # the density outside of +-10 is negligible
    density = k * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * special.ndtr(z) ** (k - 1)
    return float(10 * np.sum(weights * z * density))


def _correlation(validation: Floats, values: Floats, scale: Scale) -> float:
    if validation.shape != values.shape:
        raise UsageError("validation must have one value for each run.", hint="Leave it out if there is none.")
    usable = np.isfinite(validation) & np.isfinite(values)
    if scale == "log":
        usable &= (validation > 0) & (values > 0)
        validation, values = np.log(np.where(usable, validation, 1.0)), np.log(np.where(usable, values, 1.0))
    if usable.sum() < 3 or np.ptp(validation[usable]) == 0 or np.ptp(values[usable]) == 0:
        return 0.0
    return float(np.clip(np.corrcoef(validation[usable], values[usable])[0, 1], 0.0, 1.0))
