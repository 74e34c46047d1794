"""Worth it? What to do about a verdict at a price."""

from typing import Literal

from runcompare.stats.decision import Verdict

__all__ = ["Worth", "worth_it"]


Worth = Literal["adopt", "drop", "trade-off", "find out"]


SAME_COST = 0.05  # costs closer than this are the same


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
