"""Whether a candidate is worth its cost: what is known of the cost, then the choice. No arithmetic on data here."""

from typing import Literal

__all__ = ["CostWord", "Worth", "cost_word", "worth_it"]

Worth = Literal["adopt", "drop", "trade-off", "find out"]
CostWord = Literal["more", "less", "same", "close", "open", "these runs", "unknown"]

SAME_COST = 0.05  # relative difference under which costs are the same
CLOSE = 1.5  # times: a cost that may differ by no more than this does not hold a better candidate back


def cost_word(
    ratio: float | None, low: float | None = None, high: float | None = None, *, exact: bool = False
) -> CostWord:
    """What is known of a cost, candidate over baseline.

    "more" and "less" need an interval that excludes "the same", "same" one that excludes a difference worth a word;
    "close" and "open" are intervals that hold 1 and end near it or far from it. A ratio without an interval speaks of
    "these runs" alone, unless it is exact.

    Args:
        ratio: the estimate; None where a side's cost is not known.
        low: lower end of its interval over seeds, or of an estimated range; None where there is none. `high` likewise.
        exact: the cost was stated by hand, or is the same in every replicate.
    """
    if ratio is None:
        return "unknown"
    if low is None or high is None:
        if not exact:
            return "these runs"
        low = high = ratio
    if low >= 1 - SAME_COST and high <= 1 + SAME_COST:
        return "same"
    if low > 1:
        return "more"
    if high < 1:
        return "less"
    return "close" if low >= 1 / CLOSE and high <= CLOSE else "open"


def worth_it(
    verdict: str,
    interval: tuple[float | None, float | None],
    cost: CostWord,
    *,
    higher_is_better: bool | None = None,
    min_effect: float = 0.0,
    vetoed: bool = False,
) -> Worth | None:
    """What to do about a verdict, given what is known of the candidate's cost.

    drop: vetoed, whatever the cost; worse and not cheaper; no gain worth having, and not cheaper. trade-off: better and
    more expensive, or worse and cheaper. adopt: better and not more expensive, or no worse and cheaper. A difference
    that is shown to be smaller than `min_effect` is weighed like none. find out: not known yet. None where the sides
    can't be compared, or where nothing but the cost is missing.

    Args:
        verdict: one of the words of `stats.Verdict`.
        interval: of the effect, low and high; None where unknown.
        cost: what is known of the cost.
        higher_is_better: the metric's direction; without it no interval decides.
        min_effect: the smallest effect of interest, in the units of `interval`; 0 where none was stated.
        vetoed: whether a guardrail metric got worse.
    """
    if verdict == "not comparable":
        return None
    if vetoed:
        return "drop"
    if verdict in ("better", "worse", "equivalent"):
        small = verdict == "equivalent" or _within(interval, min_effect)
        return _of_a_small_one(cost) if small else _of_a_difference(verdict, cost)
    if verdict == "inconclusive":
        worst, best = _gain(interval, higher_is_better)
        if cost == "more" and best is not None and best < min_effect:
            return "drop"
        if cost == "less" and worst is not None and worst > -min_effect:
            return "adopt"
    return "find out"


def _within(interval: tuple[float | None, float | None], min_effect: float) -> bool:
    low, high = interval
    return low is not None and high is not None and max(abs(low), abs(high)) < min_effect


def _of_a_small_one(cost: CostWord) -> Worth | None:
    """The choice where no difference that matters is left, so that the cost decides."""
    if cost in ("these runs", "unknown"):
        return None
    return "adopt" if cost == "less" else "find out" if cost == "open" else "drop"


def _of_a_difference(verdict: str, cost: CostWord) -> Worth | None:
    if cost in ("these runs", "unknown"):
        return None
    if verdict == "better":
        return "trade-off" if cost == "more" else "find out" if cost == "open" else "adopt"
    return "trade-off" if cost == "less" else "find out" if cost == "open" else "drop"


def _gain(
    interval: tuple[float | None, float | None], higher_is_better: bool | None
) -> tuple[float | None, float | None]:
    """The effect's interval turned so that gains are positive."""
    low, high = interval
    if low is None or high is None or higher_is_better is None:
        return None, None
    return (low, high) if higher_is_better else (-high, -low)
