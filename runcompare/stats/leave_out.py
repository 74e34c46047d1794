"""Does the verdict hinge on one seed? Each one is left out in turn."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runcompare.stats.arms import Arm
from runcompare.stats.decision import Note, Verdict
from runcompare.stats.law import Floats
from runcompare.stats.significance import plain_welch
from runcompare.stats.verdict import Question

__all__ = ["hinges_on", "outliers"]

MOST = 20  # seeds of an arm that are left out in turn: those furthest from the mean
FEW = 5  # seeds an arm: with fewer, leaving one out costs so much power that losing significance means little


@dataclass(frozen=True, slots=True)
class _Without:
    seed: str
    difference: float
    p_value: float
    p_equivalent: float

    def verdict(self, question: Question) -> Verdict:
        return question.verdict(self.difference, self.p_value, self.p_equivalent)


def hinges_on(new: Arm, old: Arm, verdict: Verdict, question: Question) -> Note | None:
    """The seed without which a definite verdict turns into another definite one, or the difference into its opposite.

    Losing significance with a seed is not a flip: fewer seeds always have less power.
    """
    if not (verdict.is_difference or verdict == Verdict.EQUIVALENT):
        return None
    whole = new.mean - old.mean
    for without in _without_each(new, old, question.margin):
        word = without.verdict(question)
        turned = verdict != Verdict.EQUIVALENT and without.difference * whole <= 0
        if turned or word not in (verdict, Verdict.INCONCLUSIVE):
            text = f"'{verdict}' hinges on {without.seed}: without it the verdict would be '{word}'."
            return Note("hinges", text)
    return None


def outliers(new: Arm, old: Arm, verdict: Verdict, question: Question) -> Note | None:
    """With five seeds an arm or more: the seed that alone makes, or alone spoils, a definite verdict."""
    if min(new.n, old.n) < FEW:
        return None
    for without in _without_each(new, old, question.margin):
        word = without.verdict(question)
        if verdict == Verdict.INCONCLUSIVE and word != verdict:
            return Note(
                "spoiled-by-one-seed", f"Without {without.seed} the verdict would be '{word}': look at that run."
            )
        if verdict.is_difference and without.p_value > 2 * question.alpha:
            text = f"'{verdict}' rests on {without.seed}: without it p would be {without.p_value:.2g}."
            return Note("rests-on-one-seed", text)
    return None


def _without_each(new: Arm, old: Arm, margin: float) -> Iterator[_Without]:
    """Every comparison with one seed fewer, for arms of three or more against replicates, by Welch's test."""
    if min(new.informative, old.informative) < 2:
        return
    for arm, other, name, sign in ((new, old, "candidate", 1), (old, new, "baseline", -1)):
        if arm.n < 3:
            continue
        oddest = np.argsort(-np.abs(arm.values - arm.mean))[:MOST]
        mean, variance = _left_out(arm.values, oddest)
        difference = sign * (mean - other.mean)
        with np.errstate(all="ignore"):
            law = plain_welch(arm.n - 1, variance, other.n, other.variance)
            p, p_equivalent = law.p_two_sided(difference), law.p_equivalent(difference, margin)
        for i, *numbers in zip(oddest, difference, p, p_equivalent, strict=True):
            yield _Without(f"the {name}'s seed at {arm.seeds[i]}", *map(float, numbers))


def _left_out(values: Floats, places: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Mean and variance without the value at each of `places`, shapes (m,)."""
    n, center = len(values), values - values.mean()
    mean = -center[places] / (n - 1)
    variance = (center @ center - center[places] ** 2 - (n - 1) * mean**2) / (n - 2)
    return mean + values.mean(), np.maximum(variance, 0.0)
