"""Which situation two arms are in, and so which law their difference follows and where the noise comes from."""

from dataclasses import dataclass, field

import numpy as np

from runcompare.stats import significance
from runcompare.stats.arms import Arm, History
from runcompare.stats.decision import Claim, Noise, Note, Scale
from runcompare.stats.law import Law, relative_noise, stated_sd
from runcompare.stats.prior import MIN_GROUPS, Prior, fit_prior, lone_prior

__all__ = ["Situation", "find_situation"]

FEW = 5  # up to this many seeds an arm the history helps


@dataclass(frozen=True, slots=True)
class Situation:
    """`law` is None if nothing is known of the noise."""

    law: Law | None
    noise: Noise
    method: str
    warnings: list[Note] = field(default_factory=list)
    assumptions: list[Note] = field(default_factory=list)
    claim: Claim = "method"


def find_situation(new: Arm, old: Arm, past: History, noise_cv: float | None, scale: Scale) -> Situation:
    """The situation of two arms of one usable value or more each."""
    center = (new.mean + old.mean) / 2
    sizes = new.informative, old.informative
    prior = _prior(past)
    if min(sizes) > 1:
        found = _both_replicated(new, old, past, prior, center, scale)
        if noise_cv is not None:
            text = "Both sides have replicates, so the noise stated by hand was not used."
            found.warnings.append(Note("stated-noise-unused", text))
        return found
    if noise_cv is not None:
        return _stated(noise_cv, new, old, center, scale)
    if max(sizes) > 1:
        return _one_against_many(new, old, past, prior, center, scale)
    if past.groups:
        return _one_each(past, center, scale)
    return _nothing_known()


def _prior(past: History) -> Prior | None:
    """The history's prior; with too few groups to see how much they vary, none."""
    return fit_prior(past.variances, past.df) if past.groups >= MIN_GROUPS else None


def _noise(law: Law, n1: int, n2: int, source: Noise, center: float, scale: Scale) -> Noise:
    """Noise as one standard deviation: what both arms would need to have for this law."""
    sd = float(law.se / np.sqrt(1 / n1 + 1 / n2))
    return Noise(source.source, sd, relative_noise(sd, center, scale), float(law.df), source.groups, source.runs)


def _both_replicated(new: Arm, old: Arm, past: History, prior: Prior | None, center: float, scale: Scale) -> Situation:
    arms = (new.n, new.variance, old.n, old.variance)
    law = significance.welch(*arms)
    words = f"{new.n} against {old.n} seeds" + (", on logs" if scale == "log" else "")
    seeds = Noise("replicates", groups=2, runs=new.n + old.n)
    if prior is not None and min(new.n, old.n) <= FEW:
        pulled = significance.moderated(*arms, prior)
        if pulled.se != law.se:
            source = Noise("history", groups=past.groups, runs=past.runs)
            noise = _noise(pulled, new.n, old.n, source, center, scale)
            text = (
                f"The noise of these seeds is taken to be like that of the {past.groups} replicated groups of the "
                "history, with which it agrees."
            )
            method = f"moderated Welch t test, {words}"
            return Situation(pulled, noise, method, assumptions=[Note("like-history", text)])
    noise = _noise(law, new.n, old.n, seeds, center, scale)
    return Situation(law, noise, f"Welch t test, {words}")


def _stated(noise_cv: float, new: Arm, old: Arm, center: float, scale: Scale) -> Situation:
    sd = stated_sd(noise_cv, np.exp(center) if scale == "log" else center, scale)
    method = f"z test with stated noise, {new.informative} against {old.informative} seeds"
    if sd == 0:
        why = Note("no-noise", "The values are 0 on average, and noise relative to 0 is nothing.")
        return Situation(None, Noise("unknown"), method, [why])
    law = significance.stated(sd, new.informative, old.informative)
    text = f"The noise was stated by hand as {noise_cv:.3g} of the metric, and is taken as exact for both sides."
    noise = Noise("assumed", sd, noise_cv, np.inf)
    return Situation(law, noise, method, assumptions=[Note("stated-noise", text)])


def _one_against_many(new: Arm, old: Arm, past: History, prior: Prior | None, center: float, scale: Scale) -> Situation:
    many = new if new.informative > 1 else old
    few_seeds = prior is not None and many.n <= FEW
    law = significance.against_many(many.n, many.variance, prior if few_seeds else None)
    own = significance.against_many(many.n, many.variance)
    pulled = bool(law.se != own.se)
    source = (
        Noise("history", groups=past.groups, runs=past.runs) if pulled else Noise("replicates", groups=1, runs=many.n)
    )
    text = "The side with one run is taken to be as noisy as the replicated one; one run can't show its own noise."
    method = f"{'moderated ' if pulled else ''}prediction interval, 1 run against {many.n} seeds"
    noise = _noise(law, 1, many.n, source, center, scale)
    return Situation(law, noise, method, assumptions=[Note("equal-noise", text)])


def _one_each(past: History, center: float, scale: Scale) -> Situation:
    warnings = []
    if past.groups < MIN_GROUPS:
        text = (
            f"The history has {past.groups} of the {MIN_GROUPS} replicated groups that would show how its noise varies."
        )
        warnings.append(Note("few-groups", text))
    law = significance.one_each(lone_prior(past.variances, past.df))
    source = Noise("history", groups=past.groups, runs=past.runs)
    text = (
        f"Both runs are taken to be as noisy as the {past.groups} replicated groups of the history. If they were twice "
        "as noisy, one comparison in four would be called wrongly."
    )
    noise = _noise(law, 1, 1, source, center, scale)
    method = "t test of one run against one with the history's noise"
    return Situation(law, noise, method, warnings, [Note("like-history", text)])


def _nothing_known() -> Situation:
    text = "One run a side and no replicates anywhere: nothing is known of the seed-to-seed noise."
    return Situation(None, Noise("unknown"), "none: the noise is unknown", [Note("no-noise", text)])
