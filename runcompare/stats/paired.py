"""Pairs: both sides ran with the same seeds, folds or tasks, so that what a pair shares cancels in its difference.

Whether pairs are compared as pairs is decided before the effect is known: because they were declared, or because both
sides list the same keys and saw the same data in the same order. `pairing_decides` is the rule for which of the two
tests gives the verdict; the other is shown beside it. The rule sees no value of the pairs at hand, only earlier ones:
a test that is chosen by independent data keeps its error rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from runcompare.errors import UsageError
from runcompare.stats import significance
from runcompare.stats.arms import Arm, History, read_arm, read_history, read_values
from runcompare.stats.conclude import cant_tell, conclude
from runcompare.stats.correlation import Correlation, pooled_correlation
from runcompare.stats.decision import Decision, Noise, NoiseSource, Note, Scale
from runcompare.stats.divergence import with_divergence
from runcompare.stats.law import Floats, Law, relative_noise
from runcompare.stats.prior import MIN_GROUPS, fit_prior, lone_prior
from runcompare.stats.situation import FEW, Situation
from runcompare.stats.verdict import Question

__all__ = ["decide_paired", "pair_correlation", "pair_noise", "pairing_decides"]

MANY = 16  # pairs from which the paired test loses at most 3 points of power, at any effect, where pairs share nothing
WORTH = 0.15  # correlation from which it has more power than the unpaired test, by simulation with 2 to 10 pairs

Pairs = tuple[ArrayLike, ArrayLike]


class _Complete(NamedTuple):
    """Both sides of the pairs whose two values are finite, on the scale, each of shape (n,)."""

    new: Floats
    old: Floats


class _Past(NamedTuple):
    """Earlier pairs: their differences, and the arms by themselves."""

    differences: History
    arms: History


def pairing_decides(pairs: int, past: Correlation | None = None, *, declared: bool = False) -> bool:
    """Whether the paired test gives the verdict, rather than the test that ignores the pairs.

    It does where the pairing was declared. Where it was only found, five or more earlier groups of pairs decide: they
    show whether pairs share enough for the lost degrees of freedom. Without them it takes 16 pairs.

    Args:
        pairs: complete pairs at hand.
        past: what earlier pairs share (`pair_correlation`).
        declared: whether the user said that these are pairs.
    """
    if pairs < 2 or declared:
        return pairs >= 2
    if past is not None and past.groups >= MIN_GROUPS:
        return past.value >= WORTH
    return pairs >= MANY


def pair_correlation(comparisons: Sequence[Pairs], scale: Scale = "log") -> Correlation | None:
    """What the pairs of one or more comparisons share; None where none has two different pairs.

    Args:
        comparisons: both sides' values of each, as `decide_paired` takes its history.
        scale: as for `decide`.

    Raises:
        UsageError: an argument can't be read.
    """
    return pooled_correlation(_read_pairs(comparisons, scale))


def pair_noise(history: Sequence[Pairs], scale: Scale = "log") -> Noise | None:
    """The noise of a new comparison in pairs, by earlier ones alone: what unpaired seeds would need to have.

    Args:
        history: as for `decide_paired`.
        scale: as for `decide`.

    Returns:
        The noise; None where no comparison has two different pairs.

    Raises:
        UsageError: an argument can't be read.
    """
    earlier = _read_past(history, scale).differences
    if not earlier.groups:
        return None
    prior = lone_prior(earlier.variances, earlier.df)
    sd = float(np.sqrt(prior.variance / 2))
    return Noise("history", sd, None, float(prior.df), earlier.groups, 2 * earlier.runs)


def decide_paired(
    candidate: ArrayLike,
    baseline: ArrayLike,
    *,
    history: Sequence[Pairs] = (),
    scale: Scale = "log",
    higher_is_better: bool | None = False,
    min_effect: float = 0.02,
    alpha: float = 0.05,
    searched: int = 1,
) -> Decision:
    """Is the candidate better than the baseline over pairs of runs that share a seed, fold or task?

    A paired t test on the scale. With five or more earlier groups of pairs its variance is moderated by theirs, as
    far as these pairs look like them.

    Args:
        candidate: final values, shape (n,); NaN and infinite values are diverged runs.
        baseline: the same, in the same order of pairs.
        history: earlier comparisons over pairs (other configs than these two): both sides' values of each.
        scale: as for `decide`; likewise `higher_is_better`, `min_effect`, `alpha` and `searched`.

    Returns:
        The decision; seeds needed are pairs needed.

    Raises:
        UsageError: the sides differ in length, or an argument can't be read.
    """
    question = Question(scale, higher_is_better, min_effect, alpha, searched)
    _check_shapes(candidate, baseline, "the sides")
    new, old = read_arm(candidate, scale, "candidate"), read_arm(baseline, scale, "baseline")
    past = _read_past(history, scale)
    with np.errstate(all="ignore"):
        return with_divergence(_of_complete_pairs(new, old, past, question), new, old)


def _check_shapes(new: ArrayLike, old: ArrayLike, name: str) -> None:
    n1, n2 = len(read_values(new, name)), len(read_values(old, name))
    if n1 != n2:
        raise UsageError(f"Pairs need two values each: {name} have {n1} and {n2}.", hint="Pass them in the same order.")


def _read_past(history: Sequence[Pairs], scale: Scale) -> _Past:
    differences = [new - old for new, old in _read_pairs(history, scale)]
    sides = [side for pair in history for side in pair]
    return _Past(read_history(differences, "linear"), read_history(sides, scale))


def _read_pairs(history: Sequence[Pairs], scale: Scale) -> list[_Complete]:
    found = []
    for i, (new, old) in enumerate(history):
        _check_shapes(new, old, f"both sides of history[{i}]")
        found.append(_complete(read_arm(new, scale, f"history[{i}][0]"), read_arm(old, scale, f"history[{i}][1]")))
    return found


def _complete(new: Arm, old: Arm) -> _Complete:
    """Both sides' values of the complete pairs on the scale."""
    _, first, second = np.intersect1d(new.seeds, old.seeds, assume_unique=True, return_indices=True)
    return _Complete(new.values[first], old.values[second])


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Both sides, the differences of their complete pairs, and the earlier ones, on the scale."""

    complete: _Complete
    pairs: Arm
    past: _Past
    scale: Scale

    @property
    def variances(self) -> list[float]:
        """Of each side by itself, over the pairs."""
        return [float(np.var(side, ddof=1)) for side in self.complete]

    def noise(self, law: Law, source: NoiseSource) -> Noise:
        """Noise as one standard deviation: what unpaired arms would need to have for this law."""
        sd = float(law.se) * float(np.sqrt(self.pairs.n / 2))
        cv = relative_noise(sd, float(np.mean(self.complete)), self.scale)
        earlier = self.past.differences
        groups, runs = (earlier.groups, 2 * earlier.runs) if source == "history" else (2, 2 * self.pairs.n)
        return Noise(source, sd, cv, float(law.df), groups, runs)


def _of_complete_pairs(new: Arm, old: Arm, past: _Past, question: Question) -> Decision:
    complete = _complete(new, old)
    pairs = read_arm(complete.new - complete.old, "linear", "pairs")
    refused = len(new.refused) + len(old.refused)
    if refused:
        text = f"The log scale needs values above 0, and {refused} are not: compare on the linear scale."
        return cant_tell(_unknown("not-positive", text), question)
    if not pairs.n:
        return cant_tell(_unknown("no-values", "No pair has two finite values."), question)
    if pairs.informative < 2:
        text = f"{pairs.n} pairs without two different differences: nothing is known of their noise."
        return conclude(pairs.mean, _unknown("no-noise", text), question)
    return conclude(pairs.mean, _situation(_Evidence(complete, pairs, past, question.scale)), question)


def _unknown(code: str, text: str) -> Situation:
    return Situation(None, Noise("unknown"), "none: the noise of pairs is unknown", (Note(code, text),))


def _situation(evidence: _Evidence) -> Situation:
    pairs, past = evidence.pairs, evidence.past
    law = significance.paired(pairs.n, pairs.variance)
    words = f"over {pairs.n} pairs" + (", on logs" if evidence.scale == "log" else "")
    if past.differences.groups >= MIN_GROUPS and pairs.n <= FEW:
        prior = fit_prior(past.differences.variances, past.differences.df)
        arm = fit_prior(past.arms.variances, past.arms.df)
        moderated = significance.moderated_paired(pairs.n, pairs.variance, evidence.variances, prior=prior, arm=arm)
        if moderated.se != law.se:
            text = (
                f"These pairs are taken to differ in noise like the {past.differences.groups} earlier groups of pairs."
            )
            notes = (Note("like-history", text), _shared(evidence))
            noise = evidence.noise(moderated, "history")
            return Situation(moderated, noise, f"moderated paired t test {words}", assumptions=notes, paired=True)
    noise = evidence.noise(law, "replicates")
    return Situation(law, noise, f"paired t test {words}", assumptions=(_shared(evidence),), paired=True)


def _shared(evidence: _Evidence) -> Note:
    """What pairing removes of the variance that the difference would have without it."""
    n, apart = evidence.pairs.n, sum(evidence.variances)
    share = 1 - evidence.pairs.variance / apart if apart else 0.0
    saved = f"pairing removes {share:.0%} of the variance" if share > 0 else "pairing removes nothing"
    return Note("paired", f"Runs are compared in pairs, as decided beforehand; in these {n} pairs {saved}.")
