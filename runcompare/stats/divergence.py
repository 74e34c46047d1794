"""Diverged seeds: always reported; how often each side diverges is compared by itself."""

from dataclasses import replace

import numpy as np
from scipy import special

from runcompare.stats.arms import Arm
from runcompare.stats.decision import Decision, Note, Verdict
from runcompare.stats.law import Floats

__all__ = ["fisher", "with_divergence"]

SHARE = 0.5  # of alpha for the divergence rates, so that both questions together keep their error rate


def with_divergence(decision: Decision, new: Arm, old: Arm) -> Decision:
    """The decision of the finite seeds, corrected for the diverged ones.

    Rates that differ with p < alpha / 2 (Fisher) decide where the finite seeds don't contradict. A verdict of the
    finite seeds that the rates speak against, significantly or not, hinges on the seeds left out: "inconclusive".
    """
    if not new.diverged and not old.diverged:
        return decision
    p = fisher(len(new.diverged), new.total, len(old.diverged), old.total)
    more = len(new.diverged) * old.total - len(old.diverged) * new.total
    who = " and ".join(_who(arm, name) for arm, name in ((new, "candidate"), (old, "baseline")) if arm.diverged)
    text = f"Diverged: {who} (rates: Fisher p = {p:.2g}). The effect is that of the other seeds."
    decision = replace(decision, warnings=(*decision.warnings, Note("diverged", text)))
    word = Verdict.WORSE if more > 0 else Verdict.BETTER
    by_rates = p < SHARE * decision.alpha
    finite = decision.verdict
    against = more != 0 and finite in (Verdict.WORSE, Verdict.BETTER, Verdict.EQUIVALENT) and finite != word
    if against and not (by_rates and finite == Verdict.EQUIVALENT):
        text = f"Without the diverged seeds the verdict would be '{finite}': it hinges on leaving them out."
        return replace(decision, verdict=Verdict.INCONCLUSIVE, warnings=(*decision.warnings, Note("hinges", text)))
    if by_rates and finite != word:
        return replace(decision, verdict=word, p_value=p, method="Fisher's exact test of how often seeds diverge")
    return decision


def fisher(diverged1: int, total1: int, diverged2: int, total2: int) -> float:
    """Two-sided p-value of Fisher's exact test (1922) that both sides diverge equally often.

    It sums the tables with the same margins that are no likelier than the one observed.

    Args:
        diverged1: how many seeds of the first side diverged, of `total1`.
        diverged2: how many seeds of the second side diverged, of `total2`.
    """
    diverged, total = diverged1 + diverged2, total1 + total2
    k = np.arange(max(0, diverged - total2), min(diverged, total1) + 1, dtype=float)
    log_p = _log_choose(total1, k) + _log_choose(total2, diverged - k) - _log_choose(total, float(diverged))
    observed = log_p[diverged1 - int(k[0])]
    return float(min(1.0, np.exp(log_p[log_p <= observed + 1e-9]).sum()))


def _who(arm: Arm, name: str) -> str:
    seeds = ", ".join(map(str, arm.diverged[:8])) + (", ..." if len(arm.diverged) > 8 else "")
    return f"{len(arm.diverged)} of {arm.total} {name} seeds (at {seeds})"


def _log_choose(n: int, k: Floats | float) -> Floats:
    return np.asarray(special.gammaln(n + 1.0) - special.gammaln(k + 1.0) - special.gammaln(n - k + 1.0))
