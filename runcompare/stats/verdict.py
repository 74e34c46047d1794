"""The verdict: one page of ordered rules without arithmetic of their own, and whether the candidate is worth it."""

from typing import Literal

from runcompare.stats.decision import Verdict

__all__ = ["Worth", "verdict", "worth_it"]

Worth = Literal["adopt", "drop", "trade-off", "find out"]
SAME_COST = 0.05  # costs closer than this are the same


def verdict(
    *,
    comparable: bool = True,
    p_value: float | None,
    p_equivalent: float | None,
    improvement: float | None,
    alpha: float = 0.05,
    hinges: bool = False,
) -> Verdict:
    """The first rule that holds.

    1. not comparable: the sides measure different things.
    2. can't tell: there is no p-value, because nothing is known of the noise.
    3. inconclusive: the answer hinges on one seed.
    4. worse, 5. equivalent, 6. better: a difference shown to be smaller than the smallest effect of interest
       (`p_equivalent`) is equivalent even if it is shown not to be 0; `improvement` > 0 is to the good.
    7. inconclusive: none of these was shown.
    """
    if not comparable:
        return Verdict.NOT_COMPARABLE
    if p_value is None or improvement is None:
        return Verdict.CANT_TELL
    equivalent = p_equivalent is not None and p_equivalent < alpha
    different = p_value < alpha and not equivalent
    if hinges:
        return Verdict.INCONCLUSIVE
    if different and improvement < 0:
        return Verdict.WORSE
    if equivalent:
        return Verdict.EQUIVALENT
    if different and improvement > 0:
        return Verdict.BETTER
    return Verdict.INCONCLUSIVE


def worth_it(
    verdict: str,
    interval: tuple[float | None, float | None],
    cost_ratio: float,
    *,
    higher_is_better: bool | None = None,
    min_effect: float = 0.02,
    vetoed: bool = False,
) -> Worth:
    """What to do about a verdict when the candidate costs `cost_ratio` times what the baseline does.

    adopt: better or equivalent, and not dearer. drop: no better and dearer, or `vetoed` by a guardrail metric that
    got worse. trade-off: better and dearer, or worse and cheaper. find out: not known yet. An inconclusive
    `interval` of the effect still decides if it leaves no room: a dearer candidate that can't be better by
    `min_effect` is dropped, a cheaper one that can't be worse by as much is adopted; that needs the direction.
    """
    dearer, cheaper = cost_ratio > 1 + SAME_COST, cost_ratio < 1 - SAME_COST
    if vetoed:
        return "drop"
    if verdict == Verdict.BETTER:
        return "trade-off" if dearer else "adopt"
    if verdict == Verdict.WORSE:
        return "trade-off" if cheaper else "drop"
    if verdict == Verdict.EQUIVALENT:
        return "adopt" if cheaper else "drop"
    worst, best = _gain(interval, higher_is_better) if verdict == Verdict.INCONCLUSIVE else (None, None)
    if dearer and best is not None and best < min_effect:
        return "drop"
    return "adopt" if cheaper and worst is not None and worst > -min_effect else "find out"


def _gain(
    interval: tuple[float | None, float | None], higher_is_better: bool | None
) -> tuple[float | None, float | None]:
    """The effect's interval turned so that gains are positive."""
    low, high = interval
    if low is None or high is None or higher_is_better is None:
        return None, None
    return (low, high) if higher_is_better else (-high, -low)
