"""What is asked of a difference: on which scale, which way is better, how much matters, at which error rate."""

import math
from dataclasses import dataclass

from runcompare.errors import UsageError
from runcompare.stats.decision import Scale, Verdict
from runcompare.stats.verdict import verdict

__all__ = ["Question"]


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
