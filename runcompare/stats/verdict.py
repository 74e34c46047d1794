"""The verdict by ordered rules. No arithmetic on data here."""

import math
from dataclasses import dataclass

from runcompare.errors import UsageError
from runcompare.stats.decision import Scale, Verdict

__all__ = ["Question", "verdict"]


def verdict(
    *,
    comparable: bool = True,
    p_value: float | None,
    p_equivalent: float | None,
    improvement: float | None,
    alpha: float = 0.05,
    directed: bool = True,
) -> Verdict:
    """The verdict of the first rule that holds.

    1. not comparable: the sides measure different things.
    2. can't tell: there is no p-value, because the noise is unknown.
    3. inconclusive: the answer hinges on one seed.
    4. worse, 5. better: shown not to be 0, however small; `improvement` > 0 is to the good. Where the direction is not
       known: lower, higher.
    6. equivalent: not shown to differ, and shown to be smaller than the smallest effect of interest (`p_equivalent`).
    6. inconclusive: none of these was shown.

    Args:
        comparable: whether both sides measure the same thing.
        p_value: against no difference.
        p_equivalent: against a difference of the smallest effect of interest or more.
        improvement: the difference, positive where the candidate is better (higher, without a direction).
        alpha: level of both tests.
        directed: whether it is known which direction is better.
    """
    if not comparable:
        return Verdict.NOT_COMPARABLE
    if p_value is None or improvement is None:
        return Verdict.CANT_TELL
    if p_value < alpha and improvement != 0:
        if directed:
            return Verdict.BETTER if improvement > 0 else Verdict.WORSE
        return Verdict.HIGHER if improvement > 0 else Verdict.LOWER
    if p_equivalent is not None and p_equivalent < alpha:
        return Verdict.EQUIVALENT
    return Verdict.INCONCLUSIVE


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a difference: scale, direction, smallest effect of interest, level, how many were searched.

    Raises:
        UsageError: one of them is out of range.
    """

    scale: Scale
    higher_is_better: bool | None
    min_effect: float
    alpha: float
    searched: int = 1

    def __post_init__(self) -> None:
        if self.scale not in ("log", "linear"):
            raise UsageError(f"Unknown scale '{self.scale}'.", hint="Use 'log' or 'linear'.")
        if not 0 < self.alpha < 1:
            raise UsageError(f"alpha must lie between 0 and 1, got {self.alpha:g}.", hint="0.05 is usual.")
        if not 0 <= self.min_effect < math.inf:
            raise UsageError(f"min_effect must be 0 or more, got {self.min_effect:g}.", hint="0.02 stands for 2 %.")
        if self.searched < 1:
            raise UsageError(f"searched must be 1 or more, got {self.searched}.", hint="1 stands for no search.")

    @property
    def margin(self) -> float:
        """Half the equivalence region on the scale; symmetric there, so that swapping the arms changes nothing."""
        return math.log1p(self.min_effect) if self.scale == "log" else self.min_effect

    def verdict(self, difference: float, p_value: float, p_equivalent: float) -> Verdict:
        """The verdict on a `difference` of candidate minus baseline on the scale."""
        gain = -difference if self.higher_is_better is False else difference
        return verdict(
            p_value=p_value,
            p_equivalent=p_equivalent if self.min_effect > 0 else None,
            improvement=gain,
            alpha=self.alpha,
            directed=self.higher_is_better is not None,
        )
