"""One side's final values made ready: scale, diverged seeds set apart, values without spread recognised."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from runcompare.errors import UsageError
from runcompare.stats.decision import Scale
from runcompare.stats.law import Floats

__all__ = ["SAME", "Arm", "History", "read_arm", "read_history", "read_values"]

SAME = 1e-12  # relative spread under which values are taken for copies of one number


@dataclass(frozen=True, slots=True)
class Arm:
    """The final values of one side.

    Attributes:
        values: the finite values in the units of the scale, shape (n,).
        seeds: their places in the input, n of them.
        diverged: places of the values that are not finite.
        refused: places of finite values that the log scale can't hold.
        identical: two values or more without spread: the seed had no effect, or the values are copies.
    """

    values: Floats
    seeds: tuple[int, ...]
    diverged: tuple[int, ...]
    refused: tuple[int, ...]
    identical: bool

    @property
    def n(self) -> int:
        return len(self.values)

    @property
    def total(self) -> int:
        return self.n + len(self.diverged)

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))

    @property
    def informative(self) -> int:
        """How many runs these values are worth: copies of one number are one run."""
        return 1 if self.identical else self.n

    @property
    def variance(self) -> float:
        return float(np.var(self.values, ddof=1))


def read_arm(values: ArrayLike, scale: Scale, name: str) -> Arm:
    """The arm of final `values`, shape (n,), one per seed.

    Raises:
        UsageError: the values are not numbers in one dimension; `name` stands in the message.
    """
    raw = read_values(values, name)
    finite = np.isfinite(raw)
    refused = np.flatnonzero(finite & (raw <= 0)) if scale == "log" else np.array([], dtype=int)
    kept = np.flatnonzero(finite & ((raw > 0) | (scale == "linear")))
    used = np.log(raw[kept]) if scale == "log" else raw[kept]
    size = 1.0 if scale == "log" else float(np.abs(used).max(initial=0.0))
    identical = len(used) > 1 and float(np.ptp(used)) <= SAME * size
    return Arm(used, _places(kept), _places(np.flatnonzero(~finite)), _places(refused), identical)


@dataclass(frozen=True, slots=True)
class History:
    """Replicated groups of the project, on the scale.

    Attributes:
        variances: sample variance of each group, shape (G,).
        df: their degrees of freedom, shape (G,).
        values: all usable values, shape (N,).
        group: which group each value belongs to, shape (N,).
        left_out: how many groups hold fewer than two different usable values.
    """

    variances: Floats
    df: Floats
    values: Floats
    group: NDArray[np.intp]
    left_out: int

    @property
    def groups(self) -> int:
        return len(self.variances)

    @property
    def runs(self) -> int:
        return len(self.values)


def read_history(groups: Sequence[ArrayLike], scale: Scale) -> History:
    """The history of `groups`, each of shape (n,): every group with two or more different usable values.

    Raises:
        UsageError: a group is not numbers in one dimension.
    """
    raw = [read_values(group, f"history[{i}]") for i, group in enumerate(groups)]
    values = np.concatenate([*raw, np.empty(0)])
    group = np.repeat(np.arange(len(raw)), [len(g) for g in raw])
    usable = np.isfinite(values) & ((values > 0) | (scale == "linear"))
    values, group = values[usable], group[usable]
    if scale == "log":
        values = np.log(values)
    n = np.bincount(group, minlength=len(raw)).astype(float)
    mean = np.bincount(group, values, len(raw)) / np.maximum(n, 1)
    variance = np.bincount(group, (values - mean[group]) ** 2, len(raw)) / np.maximum(n - 1, 1)
    size = 1.0 if scale == "log" else np.abs(mean)
    kept = (n > 1) & (variance > (SAME * size) ** 2) & np.isfinite(variance)
    inside = kept[group]
    renumbered = np.cumsum(kept)[group[inside]] - 1
    return History(variance[kept], n[kept] - 1, values[inside], renumbered, int((~kept).sum()))


def read_values(values: ArrayLike, name: str, *, one_per: str = "seed") -> Floats:
    """`values` as floats of shape (n,).

    Raises:
        UsageError: they are not numbers in one dimension. `name` and `one_per` stand in the message.
    """
    hint = f"Pass a flat list with one number per {one_per}."
    try:
        raw = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{name} must be numbers.", hint=hint) from error
    if raw.ndim != 1:
        raise UsageError(f"{name} must have one dimension, got {raw.ndim}.", hint=hint)
    return raw


def _places(index: "np.ndarray[tuple[int], np.dtype[np.intp]]") -> tuple[int, ...]:
    return tuple(int(i) for i in index)
