"""Exact tests by relabelling seeds, as a check on Welch; refused where too few seeds can never give a small p."""

from functools import lru_cache
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from runcompare.errors import UsageError
from runcompare.stats.decision import Note
from runcompare.stats.law import Floats

__all__ = ["check_by_permutation", "permutation_p", "smallest_p"]

MIN_SEEDS = 4
MOST = 20_000
CHECKED_FROM, CHECKED_TO = 5, 1000  # seeds an arm, relabellings: what `decide` checks at little cost
DOUBT = 2.0  # a permutation p-value above so many times alpha contradicts Welch


def smallest_p(n1: int, n2: int) -> float:
    """The smallest two-sided p-value that relabelling `n1` and `n2` seeds can give: 1/3 at 2 against 2, 0.1 at 3."""
    return (2 if n1 == n2 else 1) / comb(n1 + n2, n1)


def check_by_permutation(first: Floats, second: Floats, p_value: float | None, alpha: float) -> Note | None:
    """A warning where Welch finds a difference that relabelling the seeds does not confirm."""
    n1, n2 = len(first), len(second)
    if p_value is None or p_value >= alpha or min(n1, n2) < CHECKED_FROM or comb(n1 + n2, n1) > CHECKED_TO:
        return None
    p = permutation_p(first, second)
    if p <= DOUBT * alpha:
        return None
    text = (
        f"An exact permutation test gives p = {p:.2g} where Welch gives {p_value:.2g}: the seeds are far from normal."
    )
    return Note("permutation-disagrees", text)


def permutation_p(first: Floats, second: Floats, *, ranks: bool = False) -> float:
    """Exact two-sided p-value over all relabellings of two samples.

    Args:
        first: shape (n1,).
        second: shape (n2,).
        ranks: the statistic is the rank sum (Mann-Whitney, mid-ranks for ties) instead of Welch's t. The latter is
            valid for larger n also when the arms are not equally noisy (studentised permutation; Janssen 1997).

    Raises:
        UsageError: fewer than 4 seeds an arm, or more than 20,000 relabellings, where Welch needs no check.
    """
    n1, n2 = len(first), len(second)
    if min(n1, n2) < MIN_SEEDS:
        raise UsageError(
            f"A permutation or Mann-Whitney test of {n1} against {n2} seeds can't give p < {smallest_p(n1, n2):.2g}.",
            hint="It needs 4 seeds an arm; Welch's t test works from 2.",
        )
    if comb(n1 + n2, n1) > MOST:
        raise UsageError(f"{n1} against {n2} seeds have too many relabellings.", hint="Use Welch's t test.")
    pooled = np.concatenate([first, second])
    if ranks:
        pooled = (pooled[:, None] > pooled).sum(1) + 0.5 * ((pooled[:, None] == pooled).sum(1) + 1)
    chosen = _splits(n1, n2)
    statistic = _rank_distance(pooled, chosen) if ranks else _welch_t(pooled, chosen)
    return float(np.mean(statistic >= statistic[0] * (1 - 1e-12)))


def _rank_distance(ranks: Floats, chosen: NDArray[np.bool_]) -> Floats:
    n1 = int(chosen[0].sum())
    return np.asarray(np.abs(chosen @ ranks - n1 * (len(ranks) + 1) / 2))


def _welch_t(pooled: Floats, chosen: NDArray[np.bool_]) -> Floats:
    pooled = pooled - pooled.mean()  # for accuracy: the variances below are differences of squares
    n1 = int(chosen[0].sum())
    n2 = len(pooled) - n1
    s1, q1 = chosen @ pooled, chosen @ pooled**2
    s2, q2 = pooled.sum() - s1, (pooled**2).sum() - q1
    squared_error = (q1 - s1**2 / n1) / (n1 * (n1 - 1)) + (q2 - s2**2 / n2) / (n2 * (n2 - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(s1 / n1 - s2 / n2) / np.sqrt(np.maximum(squared_error, 0.0))
    return np.asarray(np.nan_to_num(t, nan=0.0, posinf=np.finfo(float).max))


@lru_cache(maxsize=16)
def _splits(n1: int, n2: int) -> NDArray[np.bool_]:
    """Every choice of `n1` places of n1 + n2; the first row is the real one."""
    n = n1 + n2
    rows = np.fromiter((i for split in combinations(range(n), n1) for i in split), dtype=np.intp).reshape(-1, n1)
    chosen = np.zeros((len(rows), n), dtype=bool)
    np.put_along_axis(chosen, rows, True, axis=1)
    return chosen
