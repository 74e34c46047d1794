"""Which factor made how much of a difference? Attribution of an experiment's total effect to its factors.

An experiment has k factors that are off in the baseline and on in the candidate, and arms that are combinations of
them, each with replicates. Every figure is a weighted sum of arm means, so that its error follows from the seed noise
of the arms. Shapley's shares are the average effect of switching a factor on, over all orders of switching: they add up
to the total, and are the plain effects where factors don't interact (Shapley 1953).
"""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Attribution", "Basis", "Estimate", "Interaction"]

# what shares rest on: all combinations; averages that are right if no three factors interact; both ends of the orders
# that factors can be switched in; one end; a single factor
Basis = Literal["all combinations", "no three-way", "both ends", "last only", "first only"]


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
    """How much more `first` does with `second` on than with it off, over the other factors' settings. `p_value` is
    corrected for the number of pairs (Holm)."""

    first: int
    second: int
    effect: Estimate
    p_value: float | None


@dataclass(frozen=True, slots=True)
class Attribution:
    """The total effect and its parts, one entry a factor in each tuple.

    `shapley` adds up to `total` exactly. `shares` are its parts of the total, with Fieller's interval, None where the
    total may be 0. `main` is the effect averaged over the other factors' settings; `alone` that of switching the factor
    on first, `last` that of switching it on after all others; None where the arms don't tell. `noise` is the pooled
    standard deviation within arms with `df` degrees of freedom.
    """

    total: Estimate
    shapley: tuple[Estimate, ...]
    shares: tuple[Estimate | None, ...]
    main: tuple[Estimate | None, ...]
    alone: tuple[Estimate | None, ...]
    last: tuple[Estimate | None, ...]
    interactions: tuple[Interaction, ...]
    basis: Basis
    noise: float | None
    df: float
