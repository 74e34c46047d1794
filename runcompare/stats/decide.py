"""The one door for arrays: two groups of final values in, a decision out."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from runcompare.errors import UsageError
from runcompare.stats.arms import Arm, History, read_arm, read_history
from runcompare.stats.conclude import cant_tell, conclude
from runcompare.stats.decision import Decision, Noise, Note, Scale, Verdict
from runcompare.stats.divergence import with_divergence
from runcompare.stats.law import Floats
from runcompare.stats.leave_out import hinges_on, outliers
from runcompare.stats.permutation import check_by_permutation
from runcompare.stats.situation import find_situation
from runcompare.stats.verdict import Question

__all__ = ["decide"]

MOST_PAIRED = 200  # replicates of one history group that are compared with each other


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
    `noise_cv` states the relative seed-to-seed noise by hand, for when a side has no replicates.

    Swapping the arms flips the effect's sign (on the log scale: inverts the ratio) and keeps the p-value. Raises
    UsageError for arguments that can't be read; data that can't be judged give "can't tell" with a warning.
    """
    question = Question(scale, higher_is_better, min_effect, alpha)
    if noise_cv is not None and not 0 < noise_cv < float("inf"):
        raise UsageError(f"noise_cv must be above 0, got {noise_cv:g}.", hint="0.06 stands for 6 % of the metric.")
    new, old = read_arm(candidate, scale, "candidate"), read_arm(baseline, scale, "baseline")
    past = read_history(history, scale)
    with np.errstate(all="ignore"):  # what overflows is not finite, and refused
        return with_divergence(_of_finite_seeds(new, old, past, noise_cv, question), new, old)


def _of_finite_seeds(new: Arm, old: Arm, past: History, noise_cv: float | None, question: Question) -> Decision:
    blocked = _blocked(new, old)
    if blocked is not None:
        return cant_tell(question, None, "none: no difference can be computed", Noise("unknown"), [blocked])
    found = find_situation(new, old, past, noise_cv, question.scale)
    found.warnings.extend(_notes(new, old, past))
    difference = new.mean - old.mean
    decision = conclude(difference, found, question)
    decision = replace(decision, placebo_p=_placebo(new, old, past, difference))
    return _doubted(decision, new, old, question)


def _blocked(new: Arm, old: Arm) -> Note | None:
    """Why no difference can be computed at all."""
    refused = len(new.refused) + len(old.refused)
    if refused:
        text = f"The log scale needs values above 0, and {refused} are not: compare on the linear scale."
        return Note("not-positive", text)
    if not (new.n and old.n):
        return Note("no-values", f"The {'baseline' if new.n else 'candidate'} has no finite value.")
    return None


def _notes(new: Arm, old: Arm, past: History) -> list[Note]:
    notes = []
    for arm, name in ((new, "candidate"), (old, "baseline")):
        if arm.identical:
            text = f"All {arm.n} values of the {name} are the same: they count as one run. Does the seed reach it?"
            notes.append(Note("identical-values", text))
    if past.left_out:
        text = f"{past.left_out} groups of the history hold fewer than two different usable values: left out."
        notes.append(Note("history-left-out", text))
    return notes


def _doubted(decision: Decision, new: Arm, old: Arm, question: Question) -> Decision:
    hinge = hinges_on(new, old, decision.verdict, question)
    if hinge:
        return replace(decision, verdict=Verdict.INCONCLUSIVE, warnings=(*decision.warnings, hinge))
    doubts = (
        outliers(new, old, decision.verdict, question),
        check_by_permutation(new.values, old.values, decision.p_value, question.alpha),
    )
    return replace(decision, warnings=(*decision.warnings, *(note for note in doubts if note)))


def _placebo(new: Arm, old: Arm, past: History, difference: float) -> float | None:
    """How often two replicates of one config differ by as much, each group with the same weight."""
    if max(new.informative, old.informative) > 1 or not past.groups:
        return None
    groups = np.split(past.values, np.cumsum(past.df + 1).astype(int)[:-1])
    return float(np.mean([_share_apart(values[:MOST_PAIRED], abs(difference)) for values in groups]))


def _share_apart(values: Floats, distance: float) -> float:
    """Which share of the pairs of different values lies `distance` apart or more."""
    n = len(values)
    apart = np.count_nonzero(np.abs(values[:, None] - values) >= distance)
    return (apart - (n if distance == 0 else 0)) / (n * (n - 1))
