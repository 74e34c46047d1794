"""Equivalence: two one-sided tests (Schuirmann 1987) against the smallest effect of interest."""

import numpy as np

from runcompare.stats.law import Floats, Law

__all__ = ["tost"]


def tost(difference: Floats | float, law: Law, margin: float) -> Floats:
    """p-value against |true difference| >= `margin`: the larger one of the two one-sided tests."""
    return law.tail(margin - np.abs(difference))
