"""What a decision says: plain data, with its warnings and assumptions."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

__all__ = ["Claim", "Decision", "Noise", "NoiseSource", "Note", "Scale", "SeedRange", "Verdict"]

Scale = Literal["log", "linear"]
Claim = Literal["method", "checkpoints"]
NoiseSource = Literal["replicates", "history", "assumed", "test samples", "unknown"]


class Verdict(StrEnum):
    """The words of a comparison, in the order in which the rules are tried."""

    NOT_COMPARABLE = "not comparable"
    CANT_TELL = "can't tell"
    WORSE = "worse"
    EQUIVALENT = "equivalent"
    BETTER = "better"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Note:
    """A warning or an assumption: a stable code and one sentence."""

    code: str
    text: str


class SeedRange(NamedTuple):
    """Seeds per arm, from the least to the most that the uncertain noise allows."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Noise:
    """The seed-to-seed noise that was used.

    `sd` is in the units of the scale (natural log units or the metric's own), `cv` relative to the metric. `df`
    are the degrees of freedom behind it. `groups` and `runs` count what it was estimated from; `source` is
    "replicates" (these seeds), "history" (the project's replicated groups, alone or with these seeds), "assumed"
    (stated by hand), "test samples" (a lower bound: it knows nothing of seeds) or "unknown".
    """

    source: NoiseSource
    sd: float | None = None
    cv: float | None = None
    df: float | None = None
    groups: int = 0
    runs: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What two groups of final values say of candidate against baseline.

    On the log scale `effect`, `low`, `high` and `detectable` are relative changes (-0.015: 1.5 % lower); on the linear
    scale they are differences in the metric's units. `low` and `high` bound the interval of level 1 - alpha.
    What is unknown is None: there is no p-value and no interval without an estimate of the noise.

    `detectable` is the smallest difference that these seeds would have seen with 80 % power; `seeds_for_effect` and
    `seeds_for_min_effect` are seeds per arm for 80 % power at the observed and at the smallest effect of
    interest. `p_equivalent` is the p-value against a difference of `min_effect` or more (TOST). `placebo_p` is
    how often two replicates of one history group differ by as much as the two runs compared here. `claim` says
    whom the verdict is about: the method, or only these two checkpoints.
    """

    verdict: Verdict
    effect: float | None
    low: float | None
    high: float | None
    p_value: float | None
    method: str
    noise: Noise
    seeds_for_effect: SeedRange | None = None
    seeds_for_min_effect: SeedRange | None = None
    detectable: float | None = None
    warnings: tuple[Note, ...] = ()
    assumptions: tuple[Note, ...] = ()
    p_equivalent: float | None = None
    placebo_p: float | None = None
    claim: Claim = "method"
    scale: Scale = "log"
    alpha: float = 0.05
    min_effect: float = 0.02

    @property
    def seeds_needed(self) -> SeedRange | None:
        """Seeds per arm that resolve both the observed effect and the smallest effect of interest."""
        known = [r for r in (self.seeds_for_effect, self.seeds_for_min_effect) if r]
        return SeedRange(max(r.low for r in known), max(r.high for r in known)) if known else None
