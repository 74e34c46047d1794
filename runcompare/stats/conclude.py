"""From a difference and its law to a decision: interval, p-value, equivalence, verdict, and what more seeds do."""

import math

from runcompare.stats.decision import Decision, Noise, Note, SeedRange, Verdict
from runcompare.stats.law import from_scale
from runcompare.stats.power import seeds_for
from runcompare.stats.situation import Situation
from runcompare.stats.verdict import Question

__all__ = ["cant_tell", "conclude"]

POWER = 0.8


def conclude(difference: float, found: Situation, question: Question) -> Decision:
    """The decision on a `difference` of candidate minus baseline on the scale; "can't tell" without a law."""
    law, scale = found.law, question.scale
    effect = from_scale(difference, scale)
    if law is None or not (math.isfinite(law.se) and law.se > 0 and math.isfinite(effect)):
        known = effect if math.isfinite(effect) else None
        if law is not None:
            found.warnings.append(Note("out-of-range", "These numbers are too large or too small to compute with."))
        return cant_tell(question, known, found.method, found.noise, found.warnings)
    p = float(law.p_two_sided(difference))
    p_equivalent = float(law.p_equivalent(difference, question.margin))
    width = float(law.half_width(question.alpha))
    seen = width + float(law.half_width(2 * (1 - POWER)))
    return Decision(
        verdict=question.verdict(difference, p, p_equivalent),
        effect=effect,
        low=from_scale(difference - width, scale),
        high=from_scale(difference + width, scale),
        p_value=p,
        method=found.method,
        noise=found.noise,
        seeds_for_effect=_seeds(difference, found.noise, question.alpha),
        seeds_for_min_effect=_seeds(question.margin, found.noise, question.alpha),
        detectable=from_scale(seen, scale),
        warnings=tuple(found.warnings),
        assumptions=tuple(found.assumptions),
        p_equivalent=p_equivalent,
        claim=found.claim,
        scale=scale,
        alpha=question.alpha,
        min_effect=question.min_effect,
    )


def cant_tell(question: Question, effect: float | None, method: str, noise: Noise, why: list[Note]) -> Decision:
    """No interval and no p-value: nothing is made of nothing."""
    return Decision(
        Verdict.CANT_TELL,
        effect,
        None,
        None,
        None,
        method,
        noise,
        warnings=tuple(why),
        scale=question.scale,
        alpha=question.alpha,
        min_effect=question.min_effect,
    )


def _seeds(difference: float, noise: Noise, alpha: float) -> SeedRange | None:
    if noise.sd is None or noise.df is None or noise.source == "test samples":
        return None
    return seeds_for(difference, noise.sd, noise.df, POWER, alpha)
