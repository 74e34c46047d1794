"""From a difference and its law to a decision: interval, p-value, equivalence, verdict, and what more seeds do."""

import math
from dataclasses import replace

from runcompare.stats.decision import Decision, Note, SeedRange, Verdict
from runcompare.stats.law import Law, effect_of
from runcompare.stats.power import seeds_for
from runcompare.stats.situation import Situation
from runcompare.stats.verdict import Question

__all__ = ["cant_tell", "conclude"]

POWER = 0.8


def conclude(difference: float, situation: Situation, question: Question) -> Decision:
    """The decision on a `difference` of candidate minus baseline on the scale; "can't tell" without a law."""
    law, scale = situation.law, question.scale
    effect = effect_of(difference, scale)
    known = effect if math.isfinite(effect) else None
    if law is None:
        return cant_tell(situation, question, known)
    alone, law = law, replace(law, searched=question.searched)
    if known is None or not (math.isfinite(law.se) and law.se > 0):
        note = Note("out-of-range", "These numbers are too large or too small to compute with.")
        return cant_tell(situation.with_warnings(note), question, known)
    p = float(law.p_two_sided(difference))
    p_equivalent = float(law.p_equivalent(difference, question.margin))
    width = float(law.half_width(question.alpha))
    detectable = width + float(alone.half_width(2 * (1 - POWER)))
    return Decision(
        verdict=_verdict(law, difference, situation, question),
        effect=effect,
        low=effect_of(difference - width, scale),
        high=effect_of(difference + width, scale),
        p_value=p,
        method=situation.method,
        noise=situation.noise,
        seeds_for_effect=_seeds(difference, situation, question.alpha),
        seeds_for_min_effect=_seeds(question.margin, situation, question.alpha),
        detectable=effect_of(detectable, scale),
        warnings=situation.warnings,
        assumptions=situation.assumptions,
        p_equivalent=p_equivalent,
        claim=situation.claim,
        scale=scale,
        alpha=question.alpha,
        min_effect=question.min_effect,
    )


def _verdict(law: Law, difference: float, situation: Situation, question: Question) -> Verdict:
    """The verdict under `law`; one that does not hold under the cautious law is replaced by the weaker word."""
    word = _under(law, difference, question)
    if situation.cautious is None:
        return word
    if word == Verdict.INCONCLUSIVE:
        return situation.unshown
    cautious = _under(replace(situation.cautious, searched=question.searched), difference, question)
    if cautious != Verdict.INCONCLUSIVE:
        return cautious
    return situation.weaker(word)


def _under(law: Law, difference: float, question: Question) -> Verdict:
    p_equivalent = float(law.p_equivalent(difference, question.margin))
    return question.verdict(difference, float(law.p_two_sided(difference)), p_equivalent)


def cant_tell(situation: Situation, question: Question, effect: float | None = None) -> Decision:
    """A decision without interval and p-value, because the noise is unknown."""
    return Decision(
        verdict=Verdict.CANT_TELL,
        effect=effect,
        low=None,
        high=None,
        p_value=None,
        method=situation.method,
        noise=situation.noise,
        warnings=situation.warnings,
        scale=question.scale,
        alpha=question.alpha,
        min_effect=question.min_effect,
    )


def _seeds(difference: float, situation: Situation, alpha: float) -> SeedRange | None:
    noise = situation.noise
    if noise.sd is None or noise.df is None or noise.source == "test samples":
        return None
    return seeds_for(difference, noise.sd, noise.df, power=POWER, alpha=alpha, paired=situation.paired)
