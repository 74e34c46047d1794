"""Which situation two arms are in, and so which law their difference follows and where the noise comes from."""

from dataclasses import dataclass, replace

import numpy as np

from runcompare.stats import significance
from runcompare.stats.arms import Arm, History
from runcompare.stats.decision import Claim, Noise, NoiseSource, Note, Scale, Verdict
from runcompare.stats.law import Law, relative_noise, stated_sd
from runcompare.stats.others import Others
from runcompare.stats.prior import MIN_GROUPS, Prior, fit_prior, lone_prior

__all__ = ["Evidence", "Situation", "find_situation"]

NOISIER = 2.0  # times as noisy as the replicates: what the noise of a single run is allowed to be before it is judged
PICKED = 4.0  # the same for the best run of a search, which picks the noisiest ones and those in the tails
UNSEEN = (
    4.0  # the same of two single runs and the history: one 5 times quieter makes 7 % of the nulls "better or worse"
)
FEW = 5  # up to this many seeds an arm the history helps
NEVER = Law(np.asarray(np.inf), np.asarray(1.0))  # the law under which no difference holds


@dataclass(frozen=True, slots=True)
class Situation:
    """The law of a difference, the noise behind it and the method's name.

    Attributes:
        law: None if nothing is known of the noise.
        noise: what the law rests on.
        method: name of the test.
        warnings: what may make the verdict wrong.
        assumptions: what was taken to hold.
        claim: whom the verdict is about.
        cautious: a wider law under which a verdict must hold as well; under `law` alone it is only `weaker`.
        beyond: the word for a difference that holds under `law` alone; None: it is "likely".
        unshown: the word where nothing is shown.
        paired: whether the law is that of differences of pairs, which n pairs know with n - 1 degrees of freedom.
    """

    law: Law | None
    noise: Noise
    method: str
    warnings: tuple[Note, ...] = ()
    assumptions: tuple[Note, ...] = ()
    claim: Claim = "method"
    cautious: Law | None = None
    beyond: Verdict | None = None
    unshown: Verdict = Verdict.INCONCLUSIVE
    paired: bool = False

    def weaker(self, word: Verdict) -> Verdict:
        """What is left of a verdict that holds under `law` alone."""
        if not word.is_difference:
            return self.unshown
        return self.beyond or word.likely

    def with_warnings(self, *notes: Note) -> "Situation":
        return replace(self, warnings=(*self.warnings, *notes))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of two arms of one usable value or more each: their values, and the history, on the scale, and how
    many runs or configs one of them was picked from."""

    new: Arm
    old: Arm
    past: History
    scale: Scale
    searched: int = 1

    @property
    def center(self) -> float:
        return (self.new.mean + self.old.mean) / 2

    @property
    def prior(self) -> Prior | None:
        """The history's prior; None with too few groups to see how much they vary."""
        return fit_prior(self.past.variances, self.past.df) if self.past.groups >= MIN_GROUPS else None

    def noise(self, law: Law, n1: int, n2: int, *, source: NoiseSource, trust: float | None = None) -> Noise:
        """Noise as one standard deviation: what both arms would need to have for this law."""
        sd = float(law.se / np.sqrt(1 / n1 + 1 / n2))
        if source == "history":
            groups, runs = self.past.groups, self.past.runs
        else:
            replicated = [arm.n for arm in (self.new, self.old) if arm.informative > 1]
            groups, runs = len(replicated), sum(replicated)
        return Noise(source, sd, relative_noise(sd, self.center, self.scale), float(law.df), groups, runs, trust)


def find_situation(evidence: Evidence, noise_cv: float | None = None, others: Others | None = None) -> Situation:
    """The situation that the evidence is in.

    Args:
        evidence: two arms of one usable value or more each, and the history.
        noise_cv: relative seed-to-seed noise stated by hand; used only where a side has no replicates.
        others: the noise of other people's runs; used only where nothing else is known of it.
    """
    sizes = evidence.new.informative, evidence.old.informative
    if min(sizes) > 1:
        found = _both_replicated(evidence)
        if noise_cv is None:
            return found
        text = "Both sides have replicates, so the noise stated by hand was not used."
        return found.with_warnings(Note("stated-noise-unused", text))
    if noise_cv is not None:
        return _stated(evidence, noise_cv)
    if max(sizes) > 1:
        return _one_against_many(evidence)
    if evidence.past.groups:
        return _one_each(evidence)
    known = None if others is None else others.at(evidence.center)
    return _nothing_known() if known is None else _by_others(evidence, known)


def _both_replicated(evidence: Evidence) -> Situation:
    new, old, past, prior = evidence.new, evidence.old, evidence.past, evidence.prior
    arms = (new.n, new.variance, old.n, old.variance)
    law = significance.welch(*arms)
    words = f"{new.n} against {old.n} seeds" + (", on logs" if evidence.scale == "log" else "")
    if prior is None or min(new.n, old.n) > FEW:
        return Situation(law, evidence.noise(law, new.n, old.n, source="replicates"), f"Welch t test, {words}")
    trust = float(significance.trust_of_two(*arms, prior=prior))
    if trust == 0:
        noise = evidence.noise(law, new.n, old.n, source="replicates", trust=trust)
        noisier = min(significance.trust(arm.n, arm.variance, prior) for arm in (new, old)) == 0
        return Situation(law, noise, f"Welch t test, {words}", assumptions=(_unlike(past, noisier=noisier),))
    moderated = significance.moderated(*arms, prior=prior)
    noise = evidence.noise(moderated, new.n, old.n, source="history", trust=trust)
    return Situation(moderated, noise, f"moderated Welch t test, {words}", assumptions=(_like(past, trust),))


def _like(past: History, trust: float) -> Note:
    text = (
        f"The noise of these seeds is taken to be like that of the {past.groups} replicated groups of the history, "
        f"which have {trust:.0%} of their weight: the less, the worse these seeds fit them."
    )
    return Note("like-history", text)


def _unlike(past: History, *, noisier: bool) -> Note:
    text = (
        f"The {past.groups} replicated groups of the history have no weight: these seeds are "
        f"{'noisier' if noisier else 'quieter'} than they predict, and are judged by themselves."
    )
    return Note("unlike-history", text)


def _stated(evidence: Evidence, noise_cv: float) -> Situation:
    n1, n2, center = evidence.new.informative, evidence.old.informative, evidence.center
    sd = stated_sd(noise_cv, np.exp(center) if evidence.scale == "log" else center, evidence.scale)
    method = f"z test with stated noise, {n1} against {n2} seeds"
    if sd == 0:
        why = Note("no-noise", "The values are 0 on average, so noise stated relative to them is 0.")
        return Situation(None, Noise("unknown"), method, (why,))
    text = f"The noise was stated by hand as {noise_cv:.3g} of the metric, and is taken as exact for both sides."
    noise = Noise("assumed", sd, noise_cv, np.inf)
    law = significance.stated(sd, n1, n2)
    return Situation(law, noise, method, assumptions=(Note("stated-noise", text),))


def _one_against_many(evidence: Evidence) -> Situation:
    many = evidence.new if evidence.new.informative > 1 else evidence.old
    own = significance.against_many(many.n, many.variance)
    prior = evidence.prior if many.n <= FEW else None
    law = significance.against_many(many.n, many.variance, prior)
    moderated = bool(law.se != own.se)
    noisier = NOISIER if evidence.searched == 1 else PICKED
    trust = None if prior is None else float(significance.trust_of_many(many.n, many.variance, prior))
    noise = evidence.noise(law, 1, many.n, source="history" if moderated else "replicates", trust=trust)
    past: tuple[Note, ...] = ()
    if trust is not None and prior is not None:
        foreign = significance.trust(many.n, many.variance, prior) == 0
        past = (_like(evidence.past, trust) if trust else _unlike(evidence.past, noisier=bool(foreign)),)
    text = (
        "The interval takes the one run to be as noisy as the other side's seeds; one run can't show its own noise. "
        f"'Better', 'worse' and 'equivalent' need a difference that holds if it were {noisier:g} times as noisy."
    )
    return Situation(
        law,
        noise,
        f"{'moderated ' if moderated else ''}prediction interval, 1 run against {many.n} seeds",
        assumptions=(Note("equal-noise", text), *past),
        cautious=significance.against_many(many.n, many.variance, prior, noisier=noisier),
        beyond=Verdict.BEYOND_BASELINE if many is evidence.old else Verdict.BEYOND_CANDIDATE,
    )


def _one_each(evidence: Evidence) -> Situation:
    past = evidence.past
    warnings: tuple[Note, ...] = ()
    if past.groups < MIN_GROUPS:
        text = (
            f"The history has {past.groups} of the {MIN_GROUPS} replicated groups that would show how its noise varies."
        )
        warnings = (Note("few-groups", text),)
    prior = lone_prior(past.variances, past.df)
    law = significance.one_each(prior)
    text = (
        f"Both runs are taken to be as noisy as the {past.groups} replicated groups of the history, which one run a "
        "side can't test: so a difference is 'likely', and 'better', 'worse' and 'equivalent' need one that holds if "
        f"they were {UNSEEN:g} times as noisy."
    )
    noise = evidence.noise(law, 1, 1, source="history")
    method = "t test of one run against one with the history's noise"
    cautious = significance.one_each(prior, noisier=UNSEEN)
    return Situation(law, noise, method, warnings, (Note("like-history", text),), cautious=cautious)


def _by_others(evidence: Evidence, others: Others) -> Situation:
    low, high = others.range
    text = (
        f"The noise is from other people's runs of this kind: {others.runs} runs in {others.groups} groups of "
        f"{others.families} families. Nothing here tests whether it is that of these runs, so no difference is more "
        "than 'likely', and one that is not beyond it stays unknown."
    )
    return Situation(
        significance.one_each(others.prior),
        Noise(
            "library",
            others.typical,
            relative_noise(others.typical, evidence.center, evidence.scale),
            float(others.prior.df),
            others.groups,
            others.runs,
            low=low,
            high=high,
        ),
        "t test of one run against one with the noise of other people's runs",
        warnings=(Note("noise-of-others", text),),
        cautious=NEVER,
        unshown=Verdict.CANT_TELL,
    )


def _nothing_known() -> Situation:
    text = "One run a side and no replicates anywhere: nothing is known of the seed-to-seed noise."
    return Situation(None, Noise("unknown"), "none: the noise is unknown", (Note("no-noise", text),))
