"""The one door for arrays: two groups of final values in, a decision out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from runcompare.errors import UsageError
from runcompare.stats.arms import Arm, History, read_arm, read_history
from runcompare.stats.decision import Decision, Noise, Note, Scale, SeedRange, Verdict
from runcompare.stats.divergence import with_divergence
from runcompare.stats.effect import from_scale, margin
from runcompare.stats.law import Floats
from runcompare.stats.leave_out import hinges_on, outliers
from runcompare.stats.power import seeds_for
from runcompare.stats.situation import Situation, find_situation
from runcompare.stats.verdict import verdict

__all__ = ["decide"]

POWER = 0.8
MOST_PAIRED = 200  # replicates of one group that are compared with each other


def decide(
    candidate: ArrayLike,
    baseline: ArrayLike,
    *,
    history: Sequence[ArrayLike] = (),
    scale: Scale = "log",
    higher_is_better: bool = False,
    min_effect: float = 0.02,
    alpha: float = 0.05,
    noise_cv: float | None = None,
) -> Decision:
    """Is the candidate better than the baseline, or is that noise?

    `candidate` and `baseline` are 1-D: one final value a seed; NaN and infinite values are diverged seeds. `history`
    holds one 1-D array for each replicated group of the project (other configs than these two). `min_effect`
    is what the user would act on: relative on the log scale, in the metric's units on the linear one.
    `noise_cv` states the relative seed-to-seed noise by hand for a side without replicates.

    Swapping the arms flips the effect's sign (on the log scale: inverts the ratio) and keeps the p-value. Raises
    UsageError for arguments that can't be read; data that can't be judged give "can't tell" with a warning.
    """
    _check(scale, min_effect, alpha, noise_cv)
    new, old = read_arm(candidate, scale, "candidate"), read_arm(baseline, scale, "baseline")
    past = read_history(history, scale)
    case = _Case(new, old, past, scale, higher_is_better, min_effect, alpha)
    with np.errstate(all="ignore"):  # overflow shows as a non-finite result, which is refused below
        return case.judge(noise_cv)


def _check(scale: str, min_effect: float, alpha: float, noise_cv: float | None) -> None:
    if scale not in ("log", "linear"):
        raise UsageError(f"Unknown scale '{scale}'.", hint="Use 'log' or 'linear'.")
    if not 0 < alpha < 1:
        raise UsageError(f"alpha must lie between 0 and 1, got {alpha:g}.", hint="0.05 is usual.")
    if not 0 <= min_effect < math.inf:
        raise UsageError(f"min_effect must be 0 or more, got {min_effect:g}.", hint="0.02 stands for 2 %.")
    if noise_cv is not None and not 0 < noise_cv < math.inf:
        raise UsageError(f"noise_cv must be above 0, got {noise_cv:g}.", hint="0.06 stands for 6 % of the metric.")


@dataclass(frozen=True, slots=True)
class _Case:
    new: Arm
    old: Arm
    past: History
    scale: Scale
    higher_is_better: bool
    min_effect: float
    alpha: float

    def judge(self, noise_cv: float | None) -> Decision:
        blocked = self._blocked()
        if blocked is not None:
            return with_divergence(self._cant_tell(blocked), self.new, self.old)
        found = find_situation(self.new, self.old, self.past, noise_cv, self.scale)
        return with_divergence(self._decision(found), self.new, self.old)

    def _blocked(self) -> Note | None:
        """Why no difference can be computed at all."""
        refused = len(self.new.refused) + len(self.old.refused)
        if refused:
            text = f"The log scale needs values above 0, and {refused} are not: compare on the linear scale."
            return Note("not-positive", text)
        if not (self.new.n and self.old.n):
            side = "candidate" if not self.new.n else "baseline"
            return Note("no-values", f"The {side} has no finite value.")
        return None

    def _cant_tell(self, why: Note) -> Decision:
        method = "none: no difference can be computed"
        return self._frame(
            Decision(Verdict.CANT_TELL, None, None, None, None, method, Noise("unknown"), warnings=(why,))
        )

    def _frame(self, decision: Decision) -> Decision:
        return replace(decision, scale=self.scale, alpha=self.alpha, min_effect=self.min_effect)

    def _decision(self, found: Situation) -> Decision:
        x = self.new.mean - self.old.mean
        notes = [*found.warnings, *self._notes()]
        effect = from_scale(x, self.scale)
        base = self._frame(
            Decision(Verdict.CANT_TELL, effect, None, None, None, found.method, found.noise, warnings=tuple(notes))
        )
        law = found.law
        if law is None or not math.isfinite(law.se) or not math.isfinite(effect):
            return base
        edge = margin(self.min_effect, self.scale)
        p, p_equivalent = float(law.p_two_sided(x)), float(law.p_equivalent(x, edge))
        width = float(law.half_width(self.alpha))
        word = verdict(p_value=p, p_equivalent=p_equivalent, improvement=self._gain(x), alpha=self.alpha)
        word, doubts = self._doubt(word, edge)
        detectable = width + float(law.half_width(2 * (1 - POWER)))
        return replace(
            base,
            verdict=word,
            warnings=(*base.warnings, *doubts),
            low=from_scale(x - width, self.scale),
            high=from_scale(x + width, self.scale),
            p_value=p,
            p_equivalent=p_equivalent,
            detectable=from_scale(detectable, self.scale),
            seeds_for_effect=self._seeds(x, found.noise),
            seeds_for_min_effect=self._seeds(edge, found.noise),
            assumptions=tuple(found.assumptions),
            placebo_p=self._placebo(x),
        )

    def _gain(self, x: float) -> float:
        return x if self.higher_is_better else -x

    def _doubt(self, word: Verdict, edge: float) -> tuple[Verdict, list[Note]]:
        """The verdict after leaving each seed out in turn."""
        hinge = hinges_on(self.new, self.old, word, edge, self.higher_is_better, self.alpha)
        if hinge:
            return Verdict.INCONCLUSIVE, [hinge]
        note = outliers(self.new, self.old, word, edge, self.higher_is_better, self.alpha)
        return word, [note] if note else []

    def _seeds(self, x: float, noise: Noise) -> SeedRange | None:
        if noise.sd is None or noise.df is None:
            return None
        return seeds_for(x, noise.sd, noise.df, POWER, self.alpha)

    def _placebo(self, x: float) -> float | None:
        """How often two replicates of one config differ by as much, each group with the same weight."""
        if max(self.new.informative, self.old.informative) > 1 or not self.past.groups:
            return None
        groups = np.split(self.past.values, np.cumsum(self.past.df + 1).astype(int)[:-1])
        return float(np.mean([_share_apart(values[:MOST_PAIRED], abs(x)) for values in groups]))

    def _notes(self) -> list[Note]:
        notes = []
        for arm, name in ((self.new, "candidate"), (self.old, "baseline")):
            if arm.identical:
                text = f"All {arm.n} values of the {name} are the same: they count as one run. Does the seed reach it?"
                notes.append(Note("identical-values", text))
        if self.past.left_out:
            text = f"{self.past.left_out} groups of the history hold fewer than two different usable values: left out."
            notes.append(Note("history-left-out", text))
        return notes


def _share_apart(values: Floats, distance: float) -> float:
    """Which share of the pairs of different values lies `distance` apart or more."""
    n = len(values)
    apart = np.count_nonzero(np.abs(values[:, None] - values) >= distance)
    return (apart - (n if distance == 0 else 0)) / (n * (n - 1))
