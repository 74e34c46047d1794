"""The verdict: one page of ordered rules without arithmetic of their own, and whether the candidate is worth it."""

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
    hinges: bool = False,
) -> Verdict:
    """The first rule that holds.

    1. not comparable: the sides measure different things.
    2. can't tell: there is no p-value, because nothing is known of the noise.
    3. inconclusive: the answer hinges on one seed.
    4. worse, 5. equivalent, 6. better: a difference shown to be smaller than the smallest effect of interest
       (`p_equivalent`) is equivalent even if it is shown not to be 0; `improvement` > 0 is to the good.
    7. inconclusive: none of these was shown.
    """
    if not comparable:
        return Verdict.NOT_COMPARABLE
    if p_value is None or improvement is None:
        return Verdict.CANT_TELL
    equivalent = p_equivalent is not None and p_equivalent < alpha
    different = p_value < alpha and not equivalent
    if hinges:
        return Verdict.INCONCLUSIVE
    if different and improvement < 0:
        return Verdict.WORSE
    if equivalent:
        return Verdict.EQUIVALENT
    if different and improvement > 0:
        return Verdict.BETTER
    return Verdict.INCONCLUSIVE


@dataclass(frozen=True, slots=True)
class Question:
    """Raises UsageError if a part can't be read."""

    scale: Scale
    higher_is_better: bool
    min_effect: float
    alpha: float

    def __post_init__(self) -> None:
        if self.scale not in ("log", "linear"):
            raise UsageError(f"Unknown scale '{self.scale}'.", hint="Use 'log' or 'linear'.")
        if not 0 < self.alpha < 1:
            raise UsageError(f"alpha must lie between 0 and 1, got {self.alpha:g}.", hint="0.05 is usual.")
        if not 0 <= self.min_effect < math.inf:
            raise UsageError(f"min_effect must be 0 or more, got {self.min_effect:g}.", hint="0.02 stands for 2 %.")

    @property
    def margin(self) -> float:
        """Half the equivalence region on the scale; symmetric there, so that swapping the arms changes nothing."""
        return math.log1p(self.min_effect) if self.scale == "log" else self.min_effect

    def verdict(self, difference: float, p_value: float, p_equivalent: float) -> Verdict:
        """The verdict on a `difference` of candidate minus baseline on the scale."""
        gain = difference if self.higher_is_better else -difference
        return verdict(p_value=p_value, p_equivalent=p_equivalent, improvement=gain, alpha=self.alpha)
