"""Seeds that the verdict depends on: each one is left out in turn, and what changes is reported.

No verdict is withdrawn for it. Losing significance with a seed is no sign of anything, since fewer seeds always have
less power; and "better" never turns into "worse": where leaving a seed out turns the difference round, that seed's
distance has made |t| smaller than 1 in the first place.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from runcompare.stats.arms import Arm
from runcompare.stats.decision import Note, Verdict
from runcompare.stats.law import Floats
from runcompare.stats.significance import plain_welch
from runcompare.stats.verdict import Question

__all__ = ["notable_seed"]

MOST = 20  # seeds of an arm that are left out in turn: those furthest from the mean
FEW = 5  # seeds an arm: with fewer, an arm's own other seeds are too few to judge one of them by
FAR = 0.05  # how often a seed is called far from the others where all seeds are alike


@dataclass(frozen=True, slots=True)
class _Without:
    """The comparison without one seed; `p_far` is how likely the furthest of all seeds lies that far out."""

    seed: str
    difference: float
    p_value: float
    p_equivalent: float
    p_far: float

    def verdict(self, question: Question) -> Verdict:
        return question.verdict(self.difference, self.p_value, self.p_equivalent)


def notable_seed(new: Arm, old: Arm, verdict: Verdict, question: Question) -> Note | None:
    """The seed that lies far from the others, or that alone makes or spoils the verdict.

    Far: its externally studentised distance from the other seeds of its arm is significant at 5 % for all seeds
    together (Bonferroni); the noise is that of the arm's other seeds, with fewer than five that of both arms.
    """
    found = list(_without_each(new, old, question))
    furthest = min(found, key=lambda without: without.p_far, default=None)
    if furthest is not None and furthest.p_far < FAR:
        word = furthest.verdict(question)
        change = f"with it the verdict is '{verdict}', without it '{word}'"
        same = f"with and without it the verdict is '{verdict}'"
        text = f"{furthest.seed} lies far from the others; {same if word == verdict else change}. Look at that run."
        return Note("far-seed", text[0].upper() + text[1:])
    if min(new.n, old.n) < FEW:
        return None
    return next(filter(None, (_deciding(without, verdict, question) for without in found)), None)


def _deciding(without: _Without, verdict: Verdict, question: Question) -> Note | None:
    word = without.verdict(question)
    if verdict == Verdict.INCONCLUSIVE and word != verdict:
        text = f"Without {without.seed} the verdict would be '{word}': look at that run."
        return Note("spoiled-by-one-seed", text)
    if verdict in (Verdict.WORSE, Verdict.BETTER) and without.p_value > 2 * question.alpha:
        text = f"'{verdict}' rests on {without.seed}: without it p would be {without.p_value:.2g}."
        return Note("rests-on-one-seed", text)
    return None


def _without_each(new: Arm, old: Arm, question: Question) -> Iterator[_Without]:
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
            law = replace(plain_welch(arm.n - 1, variance, other.n, other.variance), searched=question.searched)
            p, p_equivalent = law.p_two_sided(difference), law.p_equivalent(difference, question.margin)
            p_far = (new.n + old.n) * _p_far(arm.values[oddest] - mean, arm.n - 1, variance, other=other)
        for i, *numbers in zip(oddest, difference, p, p_equivalent, p_far, strict=True):
            yield _Without(f"the {name}'s seed at {arm.seeds[i]}", *map(float, numbers))


def _left_out(values: Floats, places: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Mean and variance without the value at each of `places`, shapes (m,)."""
    n, center = len(values), values - values.mean()
    mean = -center[places] / (n - 1)
    variance = (center @ center - center[places] ** 2 - (n - 1) * mean**2) / (n - 2)
    return mean + values.mean(), np.maximum(variance, 0.0)


def _p_far(distance: Floats, n: int, variance: Floats, *, other: Arm) -> Floats:
    """Two-sided p-value of a value's distance from the mean of `n` others with that variance."""
    df = n - 1.0
    if n + 1 < FEW:
        variance = (df * variance + (other.n - 1) * other.variance) / (df + other.n - 1)
        df += other.n - 1
    return np.asarray(2 * special.stdtr(df, -np.abs(distance) / np.sqrt(variance * (1 + 1 / n))))
