"""One group against a claimed number: is the mean of its seeds beyond a target, as the rules of a speedrun ask?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from runcompare.errors import UsageError
from runcompare.stats import significance
from runcompare.stats.arms import Arm, History, read_arm, read_history
from runcompare.stats.decision import Noise, NoiseSource, Note, Scale, SeedRange
from runcompare.stats.law import Law, metric_value, relative_noise, stated_sd
from runcompare.stats.power import seeds_beyond
from runcompare.stats.prior import MIN_GROUPS, fit_prior, lone_prior
from runcompare.stats.situation import FEW, PICKED

__all__ = ["MeanLaw", "TargetTest", "TargetVerdict", "decide_target", "law_of_mean"]

TargetVerdict = Literal["reached", "missed", "above", "below", "not shown", "can't tell"]


@dataclass(frozen=True, slots=True)
class TargetTest:
    """The mean of one group's seeds against a target.

    Attributes:
        verdict: "reached" or "missed" is shown at level alpha, one-sided; "above" or "below", two-sided, where it is
            not known which is better; else "not shown", or "can't tell" without an estimate of the noise.
        mean: of the finite values, in the metric's units (geometric on the log scale); None without any.
        low: lower end of the interval, which excludes the target exactly when something is shown; `high` is the upper
            end. Its level is 1 - 2 alpha, or 1 - alpha of a two-sided test.
        p_value: one-sided, against a mean that does not reach the target; two-sided against a mean at the target where
            it is not known which is better.
        method: name of the test.
        noise: the seed-to-seed noise behind it.
        seeds_needed: how many seeds in all would show, with 80 % power, that the mean lies where it was seen to lie.
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
    seeds_needed: SeedRange | None = None
    warnings: tuple[Note, ...] = ()
    assumptions: tuple[Note, ...] = ()


def decide_target(
    values: ArrayLike,
    target: float,
    *,
    history: Sequence[ArrayLike] = (),
    scale: Scale = "linear",
    higher_is_better: bool | None = False,
    alpha: float = 0.05,
    noise_cv: float | None = None,
    searched: int = 1,
) -> TargetTest:
    """Is the mean over seeds beyond a target? A one-sided, one-sample t test.

    With five seeds or fewer and five groups of history or more the variance is moderated as for pairs; a single run is
    taken to be as noisy as the history. A diverged seed rules out "reached".

    Args:
        values: final values, shape (n,), one per seed; NaN and infinite values are diverged seeds.
        target: the claimed number, in the metric's units.
        history: replicated groups of the project.
        scale: "linear" for the arithmetic mean, "log" for the geometric one.
        higher_is_better: the metric's direction: whether the target is reached from below; None where it is not known,
            and the test is two-sided.
        alpha: level of the test.
        noise_cv: relative seed-to-seed noise stated by hand, for a single run.
        searched: how many groups this one was chosen from for its value, as for `decide`.

    Raises:
        UsageError: the target does not stand on the scale, or an argument can't be read.
    """
    if not np.isfinite(target) or (scale == "log" and target <= 0):
        raise UsageError(f"The target {target:g} does not stand on the {scale} scale.", hint="Use a finite number.")
    if noise_cv is not None and not 0 < noise_cv < float("inf"):
        raise UsageError(f"noise_cv must be above 0, got {noise_cv:g}.", hint="0.06 stands for 6 % of the metric.")
    arm, past = read_arm(values, scale, "values"), read_history(history, scale)
    warnings = _warnings(arm)
    mean = metric_value(arm.mean, scale) if arm.n else None
    with np.errstate(all="ignore"):
        found = law_of_mean(arm, past, noise_cv, scale)
    if found is not None and searched > 1:
        found = found.picked(searched, single=arm.informative == 1)
    if found is None or arm.refused:
        return TargetTest(
            "can't tell", mean, None, None, None, "none: the noise is unknown", Noise("unknown"), warnings=warnings
        )
    law, noise = found.law, found.noise(arm, past, scale)
    above = arm.mean - (np.log(target) if scale == "log" else target)
    one_sided = alpha if higher_is_better is not None else alpha / 2
    width = float(law.half_width(2 * one_sided))
    p_above, p_below = float(law.tail(above)), float(law.tail(-above))
    return TargetTest(
        verdict=_verdict(p_above, p_below, higher_is_better, alpha=one_sided, diverged=bool(arm.diverged)),
        mean=mean,
        low=metric_value(arm.mean - width, scale),
        high=metric_value(arm.mean + width, scale),
        p_value=2 * min(p_above, p_below) if higher_is_better is None else p_above if higher_is_better else p_below,
        method=found.method,
        noise=noise,
        seeds_needed=seeds_beyond(above, noise.sd or 0.0, noise.df or 0.0, alpha=one_sided),
        warnings=warnings,
        assumptions=found.assumptions,
    )


def _verdict(
    p_above: float, p_below: float, higher_is_better: bool | None, *, alpha: float, diverged: bool
) -> TargetVerdict:
    """What is shown, from the one-sided p-values against a mean that is not above, and not below, the target."""
    if higher_is_better is None:
        found: TargetVerdict = "above" if p_above < alpha else "below" if p_below < alpha else "not shown"
        return "not shown" if diverged else found
    p_reached, p_missed = (p_above, p_below) if higher_is_better else (p_below, p_above)
    if p_missed < alpha:
        return "missed"
    return "reached" if p_reached < alpha and not diverged else "not shown"


@dataclass(frozen=True, slots=True)
class MeanLaw:
    """The law of the error of one group's mean, where its noise is from, and what was taken to hold."""

    law: Law
    source: NoiseSource
    method: str
    assumptions: tuple[Note, ...] = ()

    def picked(self, searched: int, *, single: bool) -> "MeanLaw":
        """For the best of a search: the largest of as many errors, and a single run may well be a noisy one."""
        text = f"The group is the best of {searched}: p and the interval are corrected for that."
        law = Law(self.law.se * (PICKED if single else 1.0), self.law.df, searched)
        return replace(self, law=law, assumptions=(*self.assumptions, Note("searched", text)))

    def noise(self, arm: Arm, past: History, scale: Scale) -> Noise:
        sd = float(self.law.se * np.sqrt(arm.informative))
        known = {"history": (past.groups, past.runs), "replicates": (1, arm.n)}
        groups, runs = known.get(self.source, (0, 0))
        return Noise(self.source, sd, relative_noise(sd, arm.mean, scale), float(self.law.df), groups, runs)


def law_of_mean(arm: Arm, past: History, noise_cv: float | None, scale: Scale) -> "MeanLaw | None":
    """The law of the mean of one group; None where nothing is known of its noise."""
    text = f"The seeds are taken to be as noisy as the {past.groups} replicated groups of the history."
    like = (Note("like-history", text),)
    if arm.n and arm.informative == 1 and noise_cv is not None:
        center = metric_value(arm.mean, scale)
        law = Law(np.asarray(stated_sd(noise_cv, center, scale)), np.asarray(np.inf))
        stated = Note("stated-noise", f"The noise was stated by hand as {noise_cv:.3g} of the metric, taken as exact.")
        return MeanLaw(law, "assumed", "z test of one run with stated noise", (stated,)) if law.se > 0 else None
    if arm.n and arm.informative == 1 and past.groups:
        prior = lone_prior(past.variances, past.df)
        law = Law(np.asarray(np.sqrt(prior.variance)), np.asarray(prior.df))
        return MeanLaw(law, "history", "one run, with the history's noise", like)
    if arm.informative < 2:
        return None
    law = significance.paired(arm.n, arm.variance)
    if past.groups >= MIN_GROUPS and arm.n <= FEW:
        prior = fit_prior(past.variances, past.df)
        moderated = significance.moderated_paired(arm.n, arm.variance, (), prior=prior, arm=prior)
        if moderated.se != law.se:
            return MeanLaw(moderated, "history", f"moderated one-sample t test, {arm.n} seeds", like)
    return MeanLaw(law, "replicates", f"one-sample t test, {arm.n} seeds")


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
