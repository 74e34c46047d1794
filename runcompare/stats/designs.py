"""Which combinations of factors to run, and what weights of their means give the effects of factors.

A design is a table of arms by factors, True where the factor is on. All designs hold both corners, nothing on and
everything on, for the total effect is between them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import factorial

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "MOST_FACTORS",
    "Cells",
    "Levels",
    "factorial_design",
    "fractional_design",
    "one_in_design",
    "one_out_design",
]

MOST_FACTORS = 10  # of a full factorial: 1,024 arms
Levels = NDArray[np.bool_]
Weights = NDArray[np.float64]


def factorial_design(k: int) -> Levels:
    """All 2^k combinations of `k` factors, shape (2^k, k), fewest factors first."""
    table = (np.arange(2**k)[:, None] >> np.arange(k)) & 1
    return table[np.argsort(table.sum(axis=1), kind="stable")].astype(bool)


def one_out_design(k: int) -> Levels:
    """Both corners, and everything on but one factor each: shape (k + 2, k)."""
    return _unique(np.vstack([np.zeros((1, k), bool), ~np.eye(k, dtype=bool), np.ones((1, k), bool)]))


def one_in_design(k: int) -> Levels:
    """Both corners, and one factor on each: shape (k + 2, k)."""
    return _unique(np.vstack([np.zeros((1, k), bool), np.eye(k, dtype=bool), np.ones((1, k), bool)]))


def fractional_design(k: int) -> Levels:
    """A fraction in which no factor's main effect is mixed with an interaction of two: a Hadamard matrix and its mirror
    image (Box and Hunter 1961), 2m arms for the smallest power of two m >= k."""
    m = 1
    while m < k:
        m *= 2
    from scipy.linalg import hadamard  # loads all of scipy's linear algebra, which nothing else here needs

    signs = hadamard(m)[:, :k] if m > 1 else np.ones((1, 1))
    return _unique(np.vstack([signs < 0, signs > 0]))


def _unique(levels: Levels) -> Levels:
    """Each arm once, the empty corner first and the full one last."""
    rows = np.unique(levels, axis=0)
    return rows[np.argsort(rows.sum(axis=1), kind="stable")]


@dataclass(frozen=True, slots=True)
class Cells:
    """The arms that have values, by which factors are on: bit i of a key is factor i."""

    k: int
    rows: Mapping[int, int]  # from the key to the arm's row

    @classmethod
    def of(cls, levels: Levels) -> "Cells":
        """Raises ValueError if two arms are the same combination, or a corner is missing."""
        keys = [int(np.dot(row, 1 << np.arange(levels.shape[1]))) for row in levels.astype(int)]
        cells = cls(levels.shape[1], {key: row for row, key in enumerate(keys)})
        if len(cells.rows) < len(keys):
            raise ValueError("two arms are the same combination of factors")
        if not {0, cells.full} <= {*cells.rows}:
            raise ValueError("an arm with all factors on and one with none are needed")
        return cells

    @property
    def full(self) -> int:
        return (1 << self.k) - 1

    @property
    def complete(self) -> bool:
        """Whether all combinations are there."""
        return len(self.rows) == 1 << self.k

    @property
    def balanced(self) -> bool:
        """Whether each arm's mirror image is there too, and each two factors are on together in a quarter of the arms:
        main effects are then free of interactions of two factors."""
        keys, n = [*self.rows], len(self.rows)
        mirrored = all(self.full ^ key in self.rows for key in keys)
        signs = np.array([[1 if key >> i & 1 else -1 for i in range(self.k)] for key in keys])
        return mirrored and bool(np.array_equal(signs.T @ signs, n * np.eye(self.k, dtype=int)))

    def difference(self, on: int, off: int) -> Weights | None:
        """The mean of one arm minus that of another; None if one is missing."""
        if not {on, off} <= {*self.rows}:
            return None
        weights = np.zeros(len(self.rows))
        weights[self.rows[on]] += 1
        weights[self.rows[off]] -= 1
        return weights

    @property
    def total(self) -> Weights:
        weights = self.difference(self.full, 0)
        assert weights is not None
        return weights

    def alone(self, i: int) -> Weights | None:
        """Factor `i` on, against nothing on."""
        return self.difference(1 << i, 0)

    def last(self, i: int) -> Weights | None:
        """Everything on, against everything but factor `i`."""
        return self.difference(self.full, self.full ^ (1 << i))

    def main(self, i: int) -> Weights | None:
        """Factor `i` on against off, over the other factors' settings; None where the arms are not balanced."""
        if not (self.complete or self.balanced):
            return None
        return self._signed({key: 1.0 if key >> i & 1 else -1.0 for key in self.rows}) * (2 / len(self.rows))

    def interaction(self, i: int, j: int) -> Weights | None:
        """How much the effect of `i` grows as `j` is switched on, over the other factors' settings."""
        if not self.complete or self.k < 2:
            return None
        signs = {key: 1.0 if (key >> i & 1) == (key >> j & 1) else -1.0 for key in self.rows}
        return self._signed(signs) * (4 / len(self.rows))

    def shapley(self, i: int) -> Weights:
        """The average effect of switching `i` on over all orders of switching (Shapley 1953); of all combinations."""
        weights = np.zeros(len(self.rows))
        for key, row in self.rows.items():
            size = key.bit_count()
            if key >> i & 1:
                weights[row] += factorial(size - 1) * factorial(self.k - size)
            else:
                weights[row] -= factorial(size) * factorial(self.k - size - 1)
        return weights / factorial(self.k)

    def _signed(self, signs: Mapping[int, float]) -> Weights:
        weights = np.zeros(len(self.rows))
        for key, row in self.rows.items():
            weights[row] = signs[key]
        return weights
