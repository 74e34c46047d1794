"""A number with its provenance."""

import math
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Figure", "Provenance"]


class Provenance(StrEnum):
    """How a figure came to be, strongest first."""

    MEASURED = "measured"  # logged by the run itself
    DERIVED = "derived"  # computed from measured figures
    REPORTED = "reported"  # somebody wrote it down; the raw log is not at hand
    ESTIMATED = "estimated"  # a range or a model's output
    ASSUMED = "assumed"  # a default or the user's word, with its source
    MISSING = "missing"

    @property
    def rank(self) -> int:
        """0 for the strongest; a total is as strong as its weakest part."""
        return list(Provenance).index(self)

    @classmethod
    def weakest(cls, *parts: "Provenance") -> "Provenance":
        """The provenance of a figure made from `parts` (derived at best)."""
        return max((cls.DERIVED, *parts), key=lambda p: p.rank)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, or a range, with its unit and its source.

    `value` is None when only a range is known or when the figure is missing; `low` and `high` bound an
    estimate. `source` names the key and step, file or rule it came from.
    """

    value: float | None
    unit: str = ""
    low: float | None = None
    high: float | None = None
    provenance: Provenance = Provenance.MEASURED
    source: str = ""

    @classmethod
    def missing(cls, why: str = "", unit: str = "") -> "Figure":
        return cls(None, unit, provenance=Provenance.MISSING, source=why)

    @property
    def is_missing(self) -> bool:
        return self.provenance is Provenance.MISSING

    @property
    def is_range(self) -> bool:
        return self.low is not None and self.high is not None

    @property
    def mid(self) -> float | None:
        """The value, or the geometric middle of a positive range, or the middle of any other range."""
        if self.value is not None:
            return self.value
        if self.low is None or self.high is None:
            return None
        if self.low > 0 and self.high > 0:
            return math.sqrt(self.low * self.high)
        return (self.low + self.high) / 2
