"""What is said of a guardrail: held, violated, or not known, and what these seeds could have seen."""

from runcompare.comparison.model import Guard, Row
from runcompare.reporting.numbers import p_value
from runcompare.reporting.prose import Prose
from runcompare.reporting.words import difference, size

__all__ = ["guard_clause", "open_reason"]


def guard_clause(row: Row, guard: Guard, write: Prose) -> str:
    """A clause: "held: worse by 0.5pt or more is ruled out (p = 0.01; +0.2 points)"."""
    shown = difference(row)
    margin = "" if guard.margin is None else write.text(guard.margin)
    if guard.word == "held":
        return f"held: worse by {margin} or more is ruled out (p {p_value(guard.p_held)}; {shown})"
    if guard.word == "violated":
        past = f", and a margin of {margin} does not cover it" if margin else ""
        return f"got worse{past} ({shown})"
    if guard.word == "can't tell":
        within = f" whether it holds within {margin}" if margin else ""
        return f"can't tell{within} ({shown}){_needed(guard)}"
    return f"not shown to have got worse ({shown}){_could_see(row, guard)}"


def _could_see(row: Row, guard: Guard) -> str:
    if guard.detectable is None:
        return ""
    return f"; these seeds could have seen {size(guard.detectable, row.metric)} worse at 80 % power"


def _needed(guard: Guard) -> str:
    if guard.noise.source == "unknown" or guard.noise.sd is None:
        return "; nothing is known of its noise"
    if guard.seeds is None:
        return ""
    low, high = guard.seeds
    return f"; {low if low == high else f'{low} to {high}'} seeds a side would show that it holds, if nothing changed"


def open_reason(row: Row, guard: Guard, write: Prose) -> str:
    """Why a candidate that would be adopted is not yet: "safety is not shown to hold within 2%; 8 to 20 seeds ..."."""
    margin = write.text(guard.margin or "")
    return f"{write.text(row.metric.label)} is not shown to hold within {margin}{_needed(guard)}"
