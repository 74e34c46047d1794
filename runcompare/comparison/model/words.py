"""The words of a comparison: codes that renderers turn into sentences."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Advice", "Assessment", "Axis", "GuardWord", "Note", "Place", "Role", "Strength"]

Role = Literal["candidate", "baseline"]
Strength = Literal["strong", "suggestive", "note"]
Axis = Literal["epoch", "step"]
# what a finding would have changed about its side; "" for nothing. See `rules/settle.py`: no side is told both ways.
Advice = Literal["", "train longer", "stop earlier", "raise the learning rate", "lower the learning rate"]
# what a curve can be drawn against; seconds and USD since its run began
Place = Literal["epoch", "step", "time", "money"]

# How a table cell judges a difference. The first 14 respect noise ("beyond": one run against replicates; "likely": one
# run a side; "higher" and "lower" are for quantities that are neither good nor bad, such as a grad norm);
# "above/within/below range" compare with an estimated range; "n/a" is a quantity that is not judged (epochs, settings,
# costs); "missing" lacks a side.
Assessment = Literal[
    "better",
    "worse",
    "beyond the baseline's seeds",
    "beyond the candidate's seeds",
    "likely better",
    "likely worse",
    "higher",
    "lower",
    "likely higher",
    "likely lower",
    "equivalent",
    "inconclusive",
    "can't tell",
    "not comparable",
    "above range",
    "within range",
    "below range",
    "n/a",
    "missing",
]
GuardWord = Literal["held", "violated", "not shown", "can't tell"]


@dataclass(frozen=True, slots=True)
class Note:
    """A warning, an assumption or a limit: a stable code and one sentence."""

    code: str
    text: str


Note.__module__ = "runcompare.comparison.model"  # by which the published schemas tell it from the one of `stats/`
