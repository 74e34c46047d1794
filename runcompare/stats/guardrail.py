"""Guardrails: metrics that must not get worse by more than a margin.

Not being shown to be worse is no proof of anything with few seeds, so a guardrail holds only where "worse by the margin
or more" is ruled out (non-inferiority), and every answer tells what these seeds could have seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from runcompare.errors import UsageError
from runcompare.stats.arms import Arm, read_arm, read_history
from runcompare.stats.decision import Noise, Note, Scale, SeedRange
from runcompare.stats.divergence import fisher
from runcompare.stats.law import Law, effect_of
from runcompare.stats.power import seeds_for
from runcompare.stats.situation import Evidence, Situation, find_situation
from runcompare.stats.verdict import Question

__all__ = ["Guardrail", "GuardrailVerdict", "check_guardrail"]

GuardrailVerdict = Literal["holds", "broken", "not shown", "can't tell"]
POWER = 0.8


@dataclass(frozen=True, slots=True)
class Guardrail:
    """Whether a guardrail metric held.

    Effects are relative on the log scale, in the metric's units on the linear one.

    Attributes:
        verdict: "holds": worse by `margin` or more is ruled out. "broken": it is worse, and not by less than the
            margin. "not shown": neither. "can't tell": the noise is unknown.
        effect: candidate against baseline; None if unknown.
        p_holds: one-sided, against being worse by the margin or more. A claim that several guardrails all hold needs
            no correction (intersection-union test; Berger 1982).
        p_broken: one-sided, against being no worse; for several guardrails correct it by `holm`.
        detectable: the smallest worsening that these seeds would call broken with 80 % power, as a positive number.
        seeds_needed: seeds per arm for it to hold with 80 % power where nothing changed.
        margin: what it was asked with; None where nothing but "broken" was asked.
        method: name of the test.
        noise: the seed-to-seed noise behind it.
        warnings: what may make the verdict wrong.
        assumptions: what was taken to hold.
    """

    verdict: GuardrailVerdict
    effect: float | None
    p_holds: float | None
    p_broken: float | None
    detectable: float | None
    seeds_needed: SeedRange | None
    margin: float | None
    method: str
    noise: Noise
    warnings: tuple[Note, ...] = ()
    assumptions: tuple[Note, ...] = ()


def check_guardrail(
    candidate: ArrayLike,
    baseline: ArrayLike,
    *,
    margin: float | None,
    history: Sequence[ArrayLike] = (),
    scale: Scale = "log",
    higher_is_better: bool = False,
    alpha: float = 0.05,
) -> Guardrail:
    """Did a guardrail metric get worse by no more than a margin?

    Two one-sided tests with the noise that `decide` would use.

    Args:
        candidate: final values, shape (n1,), one per seed; NaN and infinite values are diverged seeds.
        baseline: the same, shape (n2,).
        margin: how much worse is still acceptable, above 0: relative on the log scale, else in the metric's units.
            None asks only whether it got worse: then it never "holds".
        history: replicated groups of this metric.
        scale: as for `decide`; likewise `higher_is_better`.
        alpha: level of each one-sided test.

    Raises:
        UsageError: the margin is not above 0, or an argument can't be read.
    """
    if margin is not None and not margin > 0:
        raise UsageError(f"A guardrail needs a margin above 0, got {margin:g}.", hint="0.02 stands for 2 %.")
    question = Question(scale, higher_is_better, margin or 0.0, alpha)
    new, old = read_arm(candidate, scale, "candidate"), read_arm(baseline, scale, "baseline")
    if not (new.n and old.n) or new.refused or old.refused:
        note = Note("no-values", "A side has no usable value on the scale.")
        return _by_divergence(_unknown(None, margin, "none", (note,)), new, old, alpha)
    evidence = Evidence(new, old, read_history(history, scale), scale)
    with np.errstate(all="ignore"):
        found = find_situation(evidence)
        return _by_divergence(_of_finite_seeds(new.mean - old.mean, found, question), new, old, alpha)


def _of_finite_seeds(difference: float, found: Situation, question: Question) -> Guardrail:
    asked = question.min_effect or None
    effect = effect_of(difference, question.scale)
    law = found.cautious or found.law
    if law is None or not (np.isfinite(law.se) and law.se > 0):
        return _unknown(effect, asked, found.method, found.warnings)
    worsening = -difference if question.higher_is_better else difference
    p_broken = float(law.tail(worsening))
    p_holds = None if asked is None else float(law.tail(question.margin - worsening))
    verdict: GuardrailVerdict = "broken" if p_broken < question.alpha else "not shown"
    return Guardrail(
        verdict="holds" if p_holds is not None and p_holds < question.alpha else verdict,
        effect=effect,
        p_holds=p_holds,
        p_broken=p_broken,
        detectable=_detectable(law, question),
        seeds_needed=_seeds(found.noise, question),
        margin=asked,
        method=f"{'one-sided' if asked is None else 'non-inferiority'}, {found.method}",
        noise=found.noise,
        warnings=found.warnings,
        assumptions=found.assumptions,
    )


def _unknown(effect: float | None, margin: float | None, method: str, warnings: tuple[Note, ...]) -> Guardrail:
    return Guardrail("can't tell", effect, None, None, None, None, margin, method, Noise("unknown"), warnings)


def _detectable(law: Law, question: Question) -> float:
    reach = float(law.half_width(2 * question.alpha) + law.half_width(2 * (1 - POWER)))
    return abs(effect_of(-reach if question.higher_is_better else reach, question.scale))


def _seeds(noise: Noise, question: Question) -> SeedRange | None:
    if noise.sd is None or noise.df is None or not question.margin:
        return None
    return seeds_for(question.margin, noise.sd, noise.df, power=POWER, alpha=2 * question.alpha)


def _by_divergence(found: Guardrail, new: Arm, old: Arm, alpha: float) -> Guardrail:
    """A guardrail can't hold where the candidate diverges more often, and is broken where that is significant."""
    if len(new.diverged) * old.total <= len(old.diverged) * new.total:
        return found
    p = fisher(len(new.diverged), new.total, len(old.diverged), old.total)
    text = f"The candidate diverges more often: {len(new.diverged)} of {new.total} seeds (Fisher p = {p:.2g})."
    word: GuardrailVerdict = "broken" if p < alpha else "not shown" if found.verdict == "holds" else found.verdict
    shown = min(p, found.p_broken if found.p_broken is not None else 1.0) if word == "broken" else found.p_broken
    return replace(found, verdict=word, p_broken=shown, warnings=(*found.warnings, Note("diverged", text)))
