"""What is the next look at a comparison that is not decided, and what does the report advise of it?"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

from runcompare.comparison.look import Look
from runcompare.stats.sequential import LOOKS, Made, planned_sizes, seeds_factor, turn

__all__ = ["NextLook", "looks_sentence", "next_look"]

State = Literal["planned", "first", "after a whole one", "used up"]


@dataclass(frozen=True, slots=True)
class NextLook:
    """The next look: runs a side, its level and what may follow.

    `state` says whether it is one of planned looks, the first one of a ledger that is to be begun, or comes after a
    look that has taken the whole error rate; `factor` is how many times the seeds it takes for that.
    """

    state: State
    at: int
    following: tuple[int, ...]
    level: float
    factor: float = 1.0

    @property
    def facts(self) -> Mapping[str, Any]:
        """For a recommendation."""
        return {
            "look_state": self.state,
            "look_at": self.at,
            "look_following": self.following,
            "look_level": self.level,
            "look_factor": round(self.factor, 1),
        }


def next_look(look: Look | None, n: int, *, tested: bool, wanted: int = 0, alpha: float) -> NextLook:
    """The next look.

    Args:
        look: The one that was made, by its ledger; None without one.
        n: Runs of the smaller side now.
        tested: Whether the look that was made could have decided.
        wanted: Seeds a side that the question takes at the level of the look that was made.
        alpha: The error rate of all looks together.
    """
    if look is None and not tested:
        first = planned_sizes(0, len(LOOKS))
        return NextLook("first", first[0], first[1:], turn([], 0).share * alpha)
    if look is None or look.share >= 1:
        share = turn([Made(n, 1.0)], n).share
        factor = seeds_factor(share, alpha=alpha)
        sizes = planned_sizes(max(n, ceil(wanted * factor) - 1), len(LOOKS))
        return NextLook("after a whole one", sizes[0], sizes[1:], share * alpha, factor)
    if not look.following:
        return NextLook("used up", n, (), look.level)
    at = max(look.following[0], next(iter(planned_sizes(wanted // 2 - 1))))
    sizes = planned_sizes(at - 1, len(look.following))
    return NextLook("planned", sizes[0], sizes[1:], look.level)


def looks_sentence(found: NextLook, *, recorded: bool) -> str:
    """What is said of the next look, with the fields of its facts."""
    after = "; {look_following:list} may follow" if found.following else ", the last one"
    if found.state == "used up":
        return (
            "**The planned looks are used up**: this comparison stays undecided at its error rate. Fresh seeds on both "
            "sides, compared without these and in a ledger of their own, ask anew."
        )
    if found.state == "first":
        return "Then look with `--looks FILE`: looks at {look_at} a side" + after + ", and share one error rate."
    if found.state == "planned":
        return "Plan the next look at {look_at} a side" + after + "."
    begin = "" if recorded else " This one stands in no ledger: begin one with `--looks FILE --looked`."
    return (
        f"To look again is one more chance to be wrong, and this look took the whole error rate.{begin} Looks from "
        "{look_at} a side on share a tenth of it, which takes {look_factor:number} times the seeds; reports that are "
        "to be repeated plan for it with `--looks FILE` from the first one on."
    )
