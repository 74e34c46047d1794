"""Between the scale that the statistics work on and the effect that people read.

Log scale: a difference x of natural logs is a relative change exp(x) - 1, so that noise is relative, poolable across
configs, and multiplicative losses get more power. Linear scale: a difference stays a difference.
"""

import math

from runcompare.stats.decision import Scale

__all__ = ["from_scale", "relative_noise", "stated_sd"]


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
