"""How many seeds it takes, as ranges, because the noise itself is uncertain."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from runcompare.stats.decision import SeedRange
from runcompare.stats.law import Floats

__all__ = ["Plan", "noise_range", "plan", "power", "seeds_beyond", "seeds_for", "seeds_per_arm"]

MAX_SEEDS = 1_000_000
MOST_BEYOND = 1_000
FARTHEST = 30.0  # standard errors; beyond, the non-central t underflows
FEW = 30
NOISE_LEVEL = 0.8  # four times in five the true noise lies in the range


def power(effect_in_sd: Floats | float, seeds: Floats | float, alpha: float = 0.05, *, paired: bool = False) -> Floats:
    """Power of the two-sided two-sample t test, or of the paired one (non-central t).

    Args:
        effect_in_sd: true difference in units of the noise, shape (...). The noise of pairs is that of their
            differences over the root of 2, so that pairs that share nothing are as noisy as seeds.
        seeds: seeds per arm, or pairs, 2 or more, shape (...).
        alpha: level of the test.
        paired: whether the seeds are pairs.
    """
    seeds = np.asarray(seeds, dtype=float)
    df, shift = (1 if paired else 2) * (seeds - 1), np.abs(effect_in_sd) * np.sqrt(seeds / 2)
    critical = special.stdtrit(df, 1 - alpha / 2)
    wrong_side = np.nan_to_num(special.nctdtr(df, shift, -critical))  # NaN where it underflows
    return np.asarray(1 - special.nctdtr(df, shift, critical) + wrong_side)


def seeds_per_arm(
    effect_in_sd: Floats | float, power: float = 0.8, alpha: float = 0.05, *, paired: bool = False
) -> Floats:
    """Seeds per arm, or pairs, for `power` at a true difference of `effect_in_sd` units of the noise, shape (...).

    At least 2; infinite at 0. By the normal formula, refined with t quantiles, and exactly up to 30 seeds.
    """
    effect = np.maximum(np.abs(np.asarray(effect_in_sd, dtype=float)), 1e-150)
    n = 2 * ((special.ndtri(1 - alpha / 2) + special.ndtri(power)) / effect) ** 2
    for _ in range(4):
        df = (1 if paired else 2) * (np.clip(n, FEW, MAX_SEEDS) - 1)
        n = 2 * ((special.stdtrit(df, 1 - alpha / 2) + special.stdtrit(df, power)) / effect) ** 2
    table = _smallest_effects(power, alpha, paired)
    few = 2 + np.searchsorted(-table, -effect)  # the formula above is off by one among few seeds
    return np.asarray(np.where(effect >= table[-1], few, np.ceil(n)), dtype=float)


@lru_cache(maxsize=64)
def _smallest_effects(target: float, alpha: float, paired: bool) -> Floats:
    """The effect that 2, 3, ... `FEW` seeds per arm detect with power `target`: falling, shape (FEW - 1,)."""
    seeds = np.arange(2.0, FEW + 1)
    low, high = np.zeros_like(seeds), np.full_like(seeds, 1e3)
    for _ in range(60):
        middle = (low + high) / 2
        detected = ~(power(middle, seeds, alpha, paired=paired) < target)  # NaN where the shift is too large to miss
        low, high = np.where(detected, low, middle), np.where(detected, middle, high)
    return high


def noise_range(sd: float, df: float, level: float = NOISE_LEVEL) -> tuple[float, float]:
    """Where the true noise lies, given an estimate with `df` degrees of freedom (chi-square interval)."""
    if np.isinf(df):
        return sd, sd
    low, high = special.chdtri(df, [(1 - level) / 2, (1 + level) / 2])
    return float(sd * np.sqrt(df / low)), float(sd * np.sqrt(df / high))


def seeds_for(
    difference: float, sd: float, df: float, *, power: float = 0.8, alpha: float = 0.05, paired: bool = False
) -> SeedRange | None:
    """Seeds per arm, or pairs, to detect a true `difference` on the scale, over the range of the noise.

    Args:
        difference: in the units of `sd`.
        sd: estimated noise.
        df: its degrees of freedom; infinite if it is known exactly.

    Returns:
        The range; None for more than a million seeds, or a difference of 0.
    """
    if difference == 0 or sd <= 0:
        return None
    low, high = (float(seeds_per_arm(difference / s, power, alpha, paired=paired)) for s in noise_range(sd, df))
    return SeedRange(int(low), int(min(high, MAX_SEEDS))) if low <= MAX_SEEDS else None


def seeds_beyond(distance: float, sd: float, df: float, *, power: float = 0.8, alpha: float = 0.05) -> SeedRange | None:
    """Seeds for a one-sided, one-sample t test to show that a mean lies a true `distance` beyond a number.

    Args:
        distance: in the units of `sd`, of either sign.
        sd: estimated noise.
        df: its degrees of freedom; infinite if it is known exactly.
        power: the chance to show it.
        alpha: level of the one-sided test.

    Returns:
        The range over the uncertain noise; None for more than a thousand seeds, or a distance of 0.
    """
    if distance == 0 or sd <= 0:
        return None
    low, high = (_seeds_beyond(abs(distance) / s, power, alpha) for s in noise_range(sd, df))
    return SeedRange(low, high or MOST_BEYOND) if low else None


def _seeds_beyond(effect_in_sd: float, power: float, alpha: float) -> int | None:
    """The fewest seeds by the exact power (non-central t); None for too many."""
    seeds = np.arange(2.0, MOST_BEYOND + 1)
    critical = special.stdtrit(seeds - 1, 1 - alpha)
    missed = special.nctdtr(seeds - 1, np.minimum(effect_in_sd * np.sqrt(seeds), FARTHEST), critical)
    enough = np.flatnonzero(missed <= 1 - power)
    return int(seeds[enough[0]]) if len(enough) else None


@dataclass(frozen=True, slots=True)
class Plan:
    """What an experiment needs, as ranges over the uncertain noise.

    Attributes:
        seeds: seeds per arm.
        missing: runs of both arms that are still to be made.
        cost: what those cost, in the unit of the cost given.
    """

    seeds: SeedRange
    missing: SeedRange
    cost: tuple[float, float]


def plan(
    difference: float,
    sd: float,
    df: float,
    *,
    have: tuple[int, int] = (0, 0),
    cost_per_run: tuple[float, float] = (0.0, 0.0),
    power: float = 0.8,
    alpha: float = 0.05,
    paired: bool = False,
) -> Plan | None:
    """What it takes to detect a true `difference` on the scale; None where `seeds_for` is.

    Args:
        difference: in the units of `sd`.
        sd: estimated noise.
        df: its degrees of freedom.
        have: seeds that candidate and baseline have already.
        cost_per_run: what one run of each costs.
        power: how likely the difference is to be detected.
        alpha: level of the test.
        paired: whether the noise is that of pairs, and seeds are pairs.
    """
    seeds = seeds_for(difference, sd, df, power=power, alpha=alpha, paired=paired)
    if seeds is None:
        return None
    missing = [[max(0, n - h) for h in have] for n in seeds]
    cost = [sum(m * c for m, c in zip(side, cost_per_run, strict=True)) for side in missing]
    return Plan(seeds, SeedRange(sum(missing[0]), sum(missing[1])), (cost[0], cost[1]))
