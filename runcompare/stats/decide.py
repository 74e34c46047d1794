"""The entry point for arrays: two groups of final values in, a decision out."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from runcompare.errors import UsageError
from runcompare.stats.arms import Arm, read_arm, read_history
from runcompare.stats.conclude import cant_tell, conclude
from runcompare.stats.decision import Decision, Noise, Note, Scale
from runcompare.stats.divergence import with_divergence
from runcompare.stats.law import Floats
from runcompare.stats.leave_out import notable_seed
from runcompare.stats.others import Others
from runcompare.stats.permutation import check_by_permutation
from runcompare.stats.situation import Evidence, Situation, find_situation
from runcompare.stats.verdict import Question

__all__ = ["decide"]

MOST_PAIRED = 200  # replicates of one history group that are compared with each other


def decide(
    candidate: ArrayLike,
    baseline: ArrayLike,
    *,
    history: Sequence[ArrayLike] = (),
    scale: Scale = "log",
    higher_is_better: bool | None = False,
    min_effect: float = 0.02,
    alpha: float = 0.05,
    noise_cv: float | None = None,
    others: Others | None = None,
    searched: int = 1,
    limits: Sequence[float] = (),
) -> Decision:
    """Is the candidate better than the baseline, or is that noise?

    Swapping the arms flips the effect's sign (on the log scale: inverts the ratio) and keeps the p-value.

    Args:
        candidate: final values, shape (n1,), one per seed; NaN and infinite values are diverged seeds.
        baseline: the same, shape (n2,).
        history: one array of final values for each replicated group of the project (other configs than these two).
        scale: "log" for positive metrics (relative effects), "linear" for the others (effects in the metric's units).
        higher_is_better: the metric's direction; None where it is not known, and the verdict is "higher" or "lower".
        min_effect: the smallest effect of interest: relative on the log scale, in the metric's units on the linear one.
            With 0 nothing is called equivalent.
        alpha: level of the test; the interval has level 1 - alpha.
        noise_cv: relative seed-to-seed noise stated by hand, for when a side has no replicates.
        others: the noise of other people's runs of this kind, for one run a side and no history; it never makes more
            than "likely better" or "likely worse".
        searched: how many runs or configs one side was chosen from for its value. p-values and the interval are those
            of the largest of as many errors (`largest`), which holds whatever the configs have in common.
        limits: where the metric ends, such as 0 and 1 for a share. Equal values there are no copies: each counts as a
            run, if the other side's seeds differ.

    Returns:
        The decision; data that can't be judged give "can't tell" with a warning.

    Raises:
        UsageError: an argument can't be read.
    """
    question = Question(scale, higher_is_better, min_effect, alpha, searched)
    if noise_cv is not None and not 0 < noise_cv < float("inf"):
        raise UsageError(f"noise_cv must be above 0, got {noise_cv:g}.", hint="0.06 stands for 6 % of the metric.")
    new, old = read_arm(candidate, scale, "candidate"), read_arm(baseline, scale, "baseline")
    evidence = Evidence(*_at_limits(new, old, limits), read_history(history, scale), scale, searched)
    with np.errstate(all="ignore"):  # what overflows is not finite, and refused
        return with_divergence(_of_finite_seeds(evidence, question, noise_cv, others), new, old)


def _of_finite_seeds(evidence: Evidence, question: Question, noise_cv: float | None, others: Others | None) -> Decision:
    new, old = evidence.new, evidence.old
    blocked = _blocked(new, old)
    if blocked is not None:
        situation = Situation(None, Noise("unknown"), "none: no difference can be computed", (blocked,))
        return cant_tell(situation, question)
    found = find_situation(evidence, noise_cv, others).with_warnings(*_notes(evidence))
    if question.searched > 1:
        text = f"One side is the best of {question.searched}: p and the interval are corrected for that."
        found = replace(found, assumptions=(*found.assumptions, Note("searched", text)))
    difference = new.mean - old.mean
    decision = replace(conclude(difference, found, question), placebo_p=_placebo(evidence, difference))
    return _checked(decision, new, old, question)


def _at_limits(new: Arm, old: Arm, limits: Sequence[float]) -> tuple[Arm, Arm]:
    """The arms with the one that lies at a limit of the metric taken as replicates without noise."""
    ends = [arm.identical and float(arm.values[0]) in limits for arm in (new, old)]
    if sum(ends) != 1 or (old if ends[0] else new).informative < 2:
        return new, old
    return (replace(new, identical=False), old) if ends[0] else (new, replace(old, identical=False))


def _blocked(new: Arm, old: Arm) -> Note | None:
    """Why no difference can be computed at all."""
    refused = len(new.refused) + len(old.refused)
    if refused:
        text = f"The log scale needs values above 0, and {refused} are not: compare on the linear scale."
        return Note("not-positive", text)
    if not (new.n and old.n):
        return Note("no-values", f"The {'baseline' if new.n else 'candidate'} has no finite value.")
    return None


def _notes(evidence: Evidence) -> list[Note]:
    notes = []
    for arm, name in ((evidence.new, "candidate"), (evidence.old, "baseline")):
        if arm.identical:
            text = f"All {arm.n} values of the {name} are the same: they count as one run. Does the seed reach it?"
            notes.append(Note("identical-values", text))
        elif arm.n > 1 and arm.variance == 0:
            text = f"All {arm.n} values of the {name} lie at the metric's limit: the noise is the other side's alone."
            notes.append(Note("at-limit", text))
    left_out = evidence.past.left_out
    if left_out:
        text = f"{left_out} groups of the history hold fewer than two different usable values: left out."
        notes.append(Note("history-left-out", text))
    return notes


def _checked(decision: Decision, new: Arm, old: Arm, question: Question) -> Decision:
    """The decision with what leaving seeds out and relabelling them shows; relabelling knows nothing of a search."""
    alone = decision.p_value if question.searched == 1 else None
    doubts = (
        notable_seed(new, old, decision.verdict, question),
        check_by_permutation(new.values, old.values, alone, question.alpha),
    )
    return replace(decision, warnings=(*decision.warnings, *(note for note in doubts if note)))


def _placebo(evidence: Evidence, difference: float) -> float | None:
    """How often two replicates of one config differ by as much, each group with the same weight."""
    past = evidence.past
    if max(evidence.new.informative, evidence.old.informative) > 1 or not past.groups:
        return None
    groups = np.split(past.values, np.cumsum(past.df + 1).astype(int)[:-1])
    return float(np.mean([_share_apart(values[:MOST_PAIRED], abs(difference)) for values in groups]))


def _share_apart(values: Floats, distance: float) -> float:
    """Which share of the pairs of different values lies `distance` apart or more."""
    n = len(values)
    apart = np.count_nonzero(np.abs(values[:, None] - values) >= distance)
    return (apart - (n if distance == 0 else 0)) / (n * (n - 1))
