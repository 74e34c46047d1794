"""Diverged seeds: never dropped in silence; how often each side diverges is compared by itself."""

import numpy as np
from scipy import special

__all__ = ["fisher"]


def fisher(diverged1: int, total1: int, diverged2: int, total2: int) -> float:
    """Two-sided p-value of Fisher's exact test that both sides diverge equally often.

    It sums the tables with the same margins that are no likelier than the one seen.
    """
    diverged, total = diverged1 + diverged2, total1 + total2
    k = np.arange(max(0, diverged - total2), min(diverged, total1) + 1)
    log_p = _log_choose(total1, k) + _log_choose(total2, diverged - k) - _log_choose(total, np.asarray(diverged))
    seen = log_p[diverged1 - k[0]]
    return float(min(1.0, np.exp(log_p[log_p <= seen + 1e-9]).sum()))


def _log_choose(n: int, k: "np.ndarray[tuple[int, ...], np.dtype[np.int_]]") -> "np.ndarray":
    return special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
