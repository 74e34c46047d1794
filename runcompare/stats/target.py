"""One group against a claimed number: is the mean of its seeds beyond a target, as the rules of a speedrun ask?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from runcompare.errors import UsageError
from runcompare.stats import significance
from runcompare.stats.arms import Arm, History, read_arm, read_history
from runcompare.stats.decision import Noise, Note, Scale
from runcompare.stats.law import Law, metric_value, relative_noise
from runcompare.stats.prior import MIN_GROUPS, fit_prior, lone_prior
from runcompare.stats.situation import FEW

__all__ = ["TargetTest", "TargetVerdict", "decide_target"]

TargetVerdict = Literal["reached", "missed", "not shown", "can't tell"]


@dataclass(frozen=True, slots=True)
class TargetTest:
    """The mean of one group's seeds against a target.

    Attributes:
        verdict: "reached" or "missed" is shown at level alpha, one-sided; else "not shown", or "can't tell" without
            an estimate of the noise.
        mean: of the finite values, in the metric's units (geometric on the log scale); None without any.
        low: lower end of the interval of level 1 - 2 alpha, which excludes the target exactly when something is shown;
            `high` is the upper end.
        p_value: one-sided, against a mean that does not reach the target.
        method: name of the test.
        noise: the seed-to-seed noise behind it.
        warnings: what may make the verdict wrong.
        assumptions: what was taken to hold.
    """

    verdict: TargetVerdict
    mean: float | None
    low: float | None
    high: float | None
    p_value: float | None
    method: str
    noise: Noise
    warnings: tuple[Note, ...] = ()
    assumptions: tuple[Note, ...] = ()


def decide_target(
    values: ArrayLike,
    target: float,
    *,
    history: Sequence[ArrayLike] = (),
    scale: Scale = "linear",
    higher_is_better: bool = False,
    alpha: float = 0.05,
) -> TargetTest:
    """Is the mean over seeds beyond a target? A one-sided, one-sample t test.

    With five seeds or fewer and five groups of history or more the variance is moderated as for pairs; a single run is
    taken to be as noisy as the history. A diverged seed rules out "reached".

    Args:
        values: final values, shape (n,), one per seed; NaN and infinite values are diverged seeds.
        target: the claimed number, in the metric's units.
        history: replicated groups of the project.
        scale: "linear" for the arithmetic mean, "log" for the geometric one.
        higher_is_better: the metric's direction: whether the target is reached from below.
        alpha: level of the one-sided test.

    Raises:
        UsageError: the target does not stand on the scale, or an argument can't be read.
    """
    if not np.isfinite(target) or (scale == "log" and target <= 0):
        raise UsageError(f"The target {target:g} does not stand on the {scale} scale.", hint="Use a finite number.")
    arm, past = read_arm(values, scale, "values"), read_history(history, scale)
    warnings = _warnings(arm)
    mean = metric_value(arm.mean, scale) if arm.n else None
    with np.errstate(all="ignore"):
        found = _law(arm, past)
    if found is None or arm.refused:
        return TargetTest(
            "can't tell", mean, None, None, None, "none: the noise is unknown", Noise("unknown"), warnings
        )
    law, noise, method = found.law, found.noise(arm, past, scale), found.method
    gain = (arm.mean - (np.log(target) if scale == "log" else target)) * (1 if higher_is_better else -1)
    p, width = float(law.tail(gain)), float(law.half_width(2 * alpha))
    low, high = metric_value(arm.mean - width, scale), metric_value(arm.mean + width, scale)
    verdict: TargetVerdict = "missed" if p > 1 - alpha else "not shown"
    if p < alpha and not arm.diverged:
        verdict = "reached"
    return TargetTest(verdict, mean, low, high, p, method, noise, warnings, found.assumptions)


@dataclass(frozen=True, slots=True)
class _Found:
    law: Law
    from_history: bool
    method: str
    assumptions: tuple[Note, ...] = ()

    def noise(self, arm: Arm, past: History, scale: Scale) -> Noise:
        sd = float(self.law.se * np.sqrt(arm.informative))
        groups, runs = (past.groups, past.runs) if self.from_history else (1, arm.n)
        source = "history" if self.from_history else "replicates"
        return Noise(source, sd, relative_noise(sd, arm.mean, scale), float(self.law.df), groups, runs)  # type: ignore[arg-type]


def _law(arm: Arm, past: History) -> _Found | None:
    """The law of the mean of one group; None where nothing is known of its noise."""
    text = f"The seeds are taken to be as noisy as the {past.groups} replicated groups of the history."
    like = (Note("like-history", text),)
    if arm.n and arm.informative == 1 and past.groups:
        prior = lone_prior(past.variances, past.df)
        law = Law(np.asarray(np.sqrt(prior.variance)), np.asarray(prior.df))
        return _Found(law, True, "one run, with the history's noise", like)
    if arm.informative < 2:
        return None
    law = significance.paired(arm.n, arm.variance)
    if past.groups >= MIN_GROUPS and arm.n <= FEW:
        prior = fit_prior(past.variances, past.df)
        moderated = significance.moderated_paired(arm.n, arm.variance, (), prior=prior, arm=prior)
        if moderated.se != law.se:
            return _Found(moderated, True, f"moderated one-sample t test, {arm.n} seeds", like)
    return _Found(law, False, f"one-sample t test, {arm.n} seeds")


def _warnings(arm: Arm) -> tuple[Note, ...]:
    notes = []
    if arm.diverged:
        text = (
            f"{len(arm.diverged)} of {arm.total} seeds diverged: the mean of the others can't show that all reach it."
        )
        notes.append(Note("diverged", text))
    if arm.refused:
        text = f"The log scale needs values above 0, and {len(arm.refused)} are not: use the linear scale."
        notes.append(Note("not-positive", text))
    if arm.identical:
        notes.append(Note("identical-values", f"All {arm.n} values are the same: they count as one run."))
    return tuple(notes)
