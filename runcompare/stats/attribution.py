"""Which factor made how much of a difference? Attribution of an experiment's total effect to its factors.

An experiment has k factors that are off in the baseline and on in the candidate, and arms that are combinations of
them, each with replicates. Every figure is a weighted sum of arm means, so that its error follows from the seed noise
of the arms. Shapley's shares are the average effect of switching a factor on, over all orders of switching: they add up
to the total, and are the plain effects where factors don't interact (Shapley 1953). They need all combinations. Fewer
arms give ranges, under an assumption that is named (see `Basis`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from runcompare.errors import UsageError
from runcompare.stats.arm_noise import ArmNoise
from runcompare.stats.designs import Cells
from runcompare.stats.intervals import ALPHA
from runcompare.stats.multiplicity import holm

__all__ = ["Attribution", "Basis", "Estimate", "Interaction", "attribute"]

# What shares rest on. All combinations: nothing. Balanced: no three factors interact. Both ends, of the orders that
# factors can be switched in: a factor does something in between where it is not first or last. Last or first only:
# besides, all interactions go in one direction.
Basis = Literal["all combinations", "balanced", "both ends", "last only", "first only"]
Weights = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its confidence interval; without an interval where nothing is known of the noise."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def is_shown(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


@dataclass(frozen=True, slots=True)
class Interaction:
    """How much more `first` does with `second` on than with it off, over the other factors' settings; where `second` is
    None, with all others on than with them off. `p_value` is corrected for the number of pairs (Holm)."""

    first: int
    second: int | None
    effect: Estimate
    p_value: float | None


@dataclass(frozen=True, slots=True)
class Attribution:
    """The total effect and its parts, one entry a factor in each tuple.

    `shapley` adds up to `total`. `shares` are its parts of the total, with Fieller's interval, None where the total may
    be 0. `main` is the effect averaged over the other factors' settings; `alone` that of switching the factor on first,
    `last` that of switching it on after all others; None where the arms don't tell. `remainder` is what the parts lack
    to the total before it is dealt out equally, None with all combinations: where it is shown, the parts' ranges hold
    all of it. `noise` is the pooled standard deviation within arms with `df` degrees of freedom.
    """

    total: Estimate
    shapley: tuple[Estimate, ...]
    shares: tuple[Estimate | None, ...]
    main: tuple[Estimate | None, ...]
    alone: tuple[Estimate | None, ...]
    last: tuple[Estimate | None, ...]
    interactions: tuple[Interaction, ...]
    basis: Basis
    remainder: Estimate | None
    noise: float | None
    df: float


def attribute(levels: ArrayLike, values: Sequence[ArrayLike], *, alpha: float = ALPHA) -> Attribution:
    """Attribute the difference between everything on and nothing on to the factors.

    Args:
        levels: shape (arms, k), True where the factor is on; each arm once, both corners among them.
        values: one array of replicates an arm, on a scale where effects add; one value or more each.
        alpha: 1 - the level of the intervals.

    Returns:
        Effects and shares with intervals that hold the seed noise.

    Raises:
        UsageError: an arm without a finite value, a missing corner, or levels that are no table.
    """
    table, arms = np.asarray(levels, dtype=bool), [np.asarray(v, dtype=float) for v in values]
    if table.ndim != 2 or len(table) != len(arms) or not table.shape[1]:
        raise UsageError("Levels must be a table with a row for each arm.", hint="levels has the shape (arms, k).")
    if not all(arm.ndim == 1 and len(arm) and np.isfinite(arm).all() for arm in arms):
        raise UsageError("Each arm needs one finite value or more.", hint="Leave out arms and seeds without a result.")
    try:
        cells = Cells.of(table)
    except ValueError as error:
        raise UsageError(f"These arms can't be attributed: {error}.", hint="Leave no corner out.") from None
    return _Experiment(cells, ArmNoise.of(arms), alpha).attribution()


@dataclass(frozen=True, slots=True)
class _Experiment:
    cells: Cells
    noise: ArmNoise
    alpha: float

    def attribution(self) -> Attribution:
        basis, k = self._basis(), self.cells.k
        parts = self._parts(basis)
        rest = self.cells.total - np.sum(parts, axis=0)
        remainder = None if basis == "all combinations" else self.estimate(rest)
        dealt = [part + rest / k for part in parts]
        shapley = tuple(self._ranged(i, part, rest, basis=basis, remainder=remainder) for i, part in enumerate(dealt))
        return Attribution(
            total=self.estimate(self.cells.total),
            shapley=shapley,
            shares=tuple(self._share(part, found) for part, found in zip(dealt, shapley, strict=True)),
            main=tuple(self.known(self.cells.main(i)) for i in range(k)),
            alone=tuple(self.known(self.cells.alone(i)) for i in range(k)),
            last=tuple(self.known(self.cells.last(i)) for i in range(k)),
            interactions=self._interactions(),
            basis=basis,
            remainder=remainder,
            noise=self.noise.pooled,
            df=self.noise.df,
        )

    def _basis(self) -> Basis:
        cells = self.cells
        if cells.complete:
            return "all combinations"
        if cells.balanced:
            return "balanced"
        ends = {
            name: all(end(i) is not None for i in range(cells.k))
            for name, end in (("last", cells.last), ("first", cells.alone))
        }
        if not any(ends.values()):
            hint = "Run, for each factor, the arm without it, or the arm with nothing else."
            raise UsageError("Too few arms are there to tell the factors apart.", hint=hint)
        return "both ends" if all(ends.values()) else "last only" if ends["last"] else "first only"

    def _parts(self, basis: Basis) -> list[Weights]:
        cells, factors = self.cells, range(self.cells.k)
        if basis == "all combinations":
            return [cells.shapley(i) for i in factors]
        if basis == "balanced":
            return _all(cells.main(i) for i in factors)
        if basis == "both ends":
            ends = zip(_all(map(cells.alone, factors)), _all(map(cells.last, factors)), strict=True)
            return [(first + last) / 2 for first, last in ends]
        return _all(cells.last(i) if basis == "last only" else cells.alone(i) for i in factors)

    def _ranged(self, i: int, part: Weights, rest: Weights, *, basis: Basis, remainder: Estimate | None) -> Estimate:
        """A part with the range that its basis allows."""
        found, k = self.estimate(part), self.cells.k
        ends: list[Weights] = []
        if basis == "both ends":
            ends = _all([self.cells.alone(i), self.cells.last(i)])
        elif basis in ("last only", "first only"):
            ends = [part - rest / k, part - rest / k + rest]
        if remainder is not None and remainder.is_shown:
            ends += [part - rest / k, part - rest / k + rest]
        return _hull([found, *map(self.estimate, ends)])

    def _share(self, part: Weights, found: Estimate) -> Estimate | None:
        """A part of the total (Fieller 1954), at least as wide as the part's own range; None if the total may be 0."""
        bounds, own = self.noise.ratio(part, self.cells.total, self.alpha), self.estimate(part)
        if bounds is None or None in (own.low, own.high, found.low, found.high):
            return None
        total = self.noise.mean(self.cells.total)
        more = [(own.low - found.low) / abs(total), (found.high - own.high) / abs(total)]  # type: ignore[operator]
        below, above = more if total > 0 else more[::-1]
        return Estimate(own.value / total, bounds.low - below, bounds.high + above)

    def _interactions(self) -> tuple[Interaction, ...]:
        pairs = [*self._pairs()]
        p_values = [self.noise.p_value(pair.weights) for pair in pairs]
        adjusted = iter(holm([p for p in p_values if p is not None]).tolist())
        return tuple(
            Interaction(pair.first, pair.second, self.estimate(pair.weights), None if p is None else next(adjusted))
            for pair, p in zip(pairs, p_values, strict=True)
        )

    def _pairs(self) -> "Iterator[_Pair]":
        cells = self.cells
        if cells.complete:
            for i, j in combinations(range(cells.k), 2):
                weights = cells.interaction(i, j)
                assert weights is not None
                yield _Pair(i, j, weights)
            return
        for i in range(cells.k):
            first, last = cells.alone(i), cells.last(i)
            if first is not None and last is not None:
                yield _Pair(i, None, last - first)

    def estimate(self, weights: Weights) -> Estimate:
        value, reach = self.noise.mean(weights), self.noise.reach(weights, self.alpha)
        return Estimate(value) if reach is None else Estimate(value, value - reach, value + reach)

    def known(self, weights: Weights | None) -> Estimate | None:
        return None if weights is None else self.estimate(weights)


class _Pair(NamedTuple):
    first: int
    second: int | None
    weights: Weights


def _all(weights: Iterable[Weights | None]) -> list[Weights]:
    return [w for w in weights if w is not None]


def _hull(estimates: Sequence[Estimate]) -> Estimate:
    """The first one's value, with an interval that holds all of theirs."""
    lows, highs = [e.low for e in estimates], [e.high for e in estimates]
    if any(bound is None for bound in (*lows, *highs)):
        values = [e.value for e in estimates]
        return estimates[0] if len(values) == 1 else Estimate(values[0], min(values), max(values))
    return Estimate(estimates[0].value, min(x for x in lows if x is not None), max(x for x in highs if x is not None))
