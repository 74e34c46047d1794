"""Many metrics: one primary metric declared beforehand, Holm for guardrails, Benjamini-Hochberg when exploring."""

from collections.abc import Sequence

import numpy as np

from runcompare.errors import UsageError
from runcompare.stats.law import Floats

__all__ = ["benjamini_hochberg", "holm"]


def holm(p_values: Sequence[float] | Floats) -> Floats:
    """p-values adjusted for the family-wise error rate (Holm 1979).

    Those at most alpha are significant with a chance of alpha at most that any true null is among them.

    Args:
        p_values: shape (m,).

    Returns:
        Adjusted p-values, shape (m,), in the order given.

    Raises:
        UsageError: not a flat list of numbers from 0 to 1.
    """
    p = _checked(p_values)
    order = np.argsort(p)
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _in_given_order(np.minimum(1.0, stepped), order)


def benjamini_hochberg(p_values: Sequence[float] | Floats) -> Floats:
    """p-values adjusted for the false discovery rate: q-values (Benjamini and Hochberg 1995).

    Of those at most alpha, a fraction of alpha at most is expected to be false.

    Args:
        p_values: shape (m,).

    Returns:
        Adjusted p-values, shape (m,), in the order given.

    Raises:
        UsageError: not a flat list of numbers from 0 to 1.
    """
    p = _checked(p_values)
    order = np.argsort(p)
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    stepped = np.minimum.accumulate(scaled[::-1])[::-1]
    return _in_given_order(np.minimum(1.0, stepped), order)


def _checked(p_values: Sequence[float] | Floats) -> Floats:
    p = np.asarray(p_values, dtype=float)
    if p.ndim != 1 or not bool(np.all((p >= 0) & (p <= 1))):
        raise UsageError("p-values must be a flat list of numbers from 0 to 1.", hint="Leave tests without a p out.")
    return p


def _in_given_order(adjusted: Floats, order: "np.ndarray[tuple[int], np.dtype[np.intp]]") -> Floats:
    result = np.empty_like(adjusted)
    result[order] = adjusted
    return result
