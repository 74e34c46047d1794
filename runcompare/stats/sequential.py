"""Seeds one at a time: looking again and again at a growing comparison at a controlled error rate.

Planned looks spend the error rate over a few sample sizes fixed beforehand (Pocock 1977). For looks that nobody
planned there is the e-value, which holds at every moment at the price of power. Looking with a plain Welch test at
every n up to 20 is wrong one time in five. History is not used here: moderating breaks the error rate of both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from runcompare.stats.arms import read_arm, read_values
from runcompare.stats.decide import decide
from runcompare.stats.decision import Decision, Note, Scale, Verdict

__all__ = ["LOOKS", "Look", "e_value", "look", "look_alpha"]

LOOKS = (3, 5, 8, 12, 20)  # seeds per arm
SHARE = 0.266  # of alpha at each of the five looks: .0133 of .05 makes 4.3 % in all, by simulation
MIXTURE = 1.0  # variance of the effects, in units of the noise, that the e-value bets on


@dataclass(frozen=True, slots=True)
class Look:
    """A decision at a planned look.

    Attributes:
        decision: of the first seeds, up to the look that was reached.
        decided: whether it ends the experiment.
        next_look: else how many seeds both arms are to run up to; None after the last look.
    """

    decision: Decision
    decided: bool
    next_look: int | None


def look_alpha(alpha: float = 0.05) -> float:
    """The level at each planned look that makes `alpha` in all."""
    return SHARE * alpha


def look(
    candidate: ArrayLike,
    baseline: ArrayLike,
    *,
    looks: Sequence[int] = LOOKS,
    scale: Scale = "log",
    higher_is_better: bool | None = False,
    min_effect: float = 0.02,
    alpha: float = 0.05,
) -> Look:
    """Decide at a planned look; between looks nothing is decided.

    With seeds beyond a look the decision is that of the first look reached: only its first seeds are used, so that
    running ahead changes nothing.

    Args:
        candidate: final values, shape (n1,), in the order run.
        baseline: the same, shape (n2,).
        looks: planned numbers of seeds per arm.
        scale: as for `decide`; likewise `higher_is_better` and `min_effect`.
        alpha: the error rate of all looks together.

    Raises:
        UsageError: an argument can't be read.
    """
    new, old = read_values(candidate, "candidate"), read_values(baseline, "baseline")

    def decision_of(new: ArrayLike, old: ArrayLike) -> Decision:
        return decide(
            new,
            old,
            scale=scale,
            higher_is_better=higher_is_better,
            min_effect=min_effect,
            alpha=look_alpha(alpha),
        )

    n = min(len(new), len(old))
    decision: Decision | None = None
    for at in (at for at in sorted(looks) if at <= n):
        decision = decision_of(new[:at], old[:at])
        if decision.verdict.is_difference or decision.verdict == Verdict.EQUIVALENT:
            return Look(_with_level(decision, at), True, None)
    later = next((at for at in sorted(looks) if at > n), None)
    return Look(_with_level(decision or decision_of(new, old), n), later is None, later)


def _with_level(decision: Decision, n: int) -> Decision:
    text = f"Looked at {n} seeds a side, one of the planned looks, at level {decision.alpha:.4f}."
    return replace(decision, assumptions=(*decision.assumptions, Note("planned-look", text)))


def e_value(candidate: ArrayLike, baseline: ArrayLike, *, scale: Scale = "log") -> float:
    """Evidence against "no difference" that may be looked at after every seed: 20 or more is significant at 5 %.

    The t-mixture e-value of two samples with equal variances: the likelihood ratio of effects drawn from N(0, MIXTURE)
    in units of the noise against none, with flat priors on the mean and on log noise (Lindon et al. 2022; Wang and
    Ramdas 2024). Under no difference it exceeds 1 / alpha at any time with a chance of at most alpha.

    Args:
        candidate: final values, shape (n1,).
        baseline: the same, shape (n2,).
        scale: "log" or "linear".

    Returns:
        The e-value; 1 with fewer than two values a side.
    """
    new, old = read_arm(candidate, scale, "candidate"), read_arm(baseline, scale, "baseline")
    if min(new.n, old.n) < 2:
        return 1.0
    size, total = new.n * old.n / (new.n + old.n), new.n + old.n
    rest = (new.n - 1) * new.variance + (old.n - 1) * old.variance
    between = size * (new.mean - old.mean) ** 2
    if rest + between == 0:
        return 1.0
    shrink = 1 / (1 + size * MIXTURE)
    power = (total - 1) / 2
    log_e = 0.5 * np.log(shrink) + power * (np.log(rest + between) - np.log(rest + shrink * between))
    return float(np.exp(min(log_e, 700.0)))
