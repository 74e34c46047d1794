"""A decision as plain data, with its warnings and assumptions."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

__all__ = ["Claim", "Decision", "Noise", "NoiseSource", "Note", "Scale", "SeedRange", "Verdict"]

Scale = Literal["log", "linear"]
Claim = Literal["method", "checkpoints"]
NoiseSource = Literal["replicates", "history", "library", "assumed", "test samples", "unknown"]


class Verdict(StrEnum):
    """The words of a comparison, in the order in which the rules are tried.

    "beyond ..." is the weaker word for one run against replicates: it lies outside of what they predict, which is no
    claim about its method, since one run can't show its own noise. "likely ..." is the weaker word for one run a side,
    judged by noise that was seen elsewhere: in the project's history, or in other people's runs.
    """

    NOT_COMPARABLE = "not comparable"
    CANT_TELL = "can't tell"
    WORSE = "worse"
    BETTER = "better"
    BEYOND_BASELINE = "beyond the baseline's seeds"
    BEYOND_CANDIDATE = "beyond the candidate's seeds"
    LIKELY_WORSE = "likely worse"
    LIKELY_BETTER = "likely better"
    LOWER = "lower"
    HIGHER = "higher"
    LIKELY_LOWER = "likely lower"
    LIKELY_HIGHER = "likely higher"
    EQUIVALENT = "equivalent"
    INCONCLUSIVE = "inconclusive"

    @property
    def is_difference(self) -> bool:
        """Whether it says that the sides differ."""
        return self in (Verdict.WORSE, Verdict.BETTER, Verdict.LOWER, Verdict.HIGHER)

    @property
    def likely(self) -> "Verdict":
        """The weaker word for a difference."""
        return Verdict(f"likely {self}")


@dataclass(frozen=True, slots=True)
class Note:
    """A warning or an assumption: a stable code and one sentence."""

    code: str
    text: str


class SeedRange(NamedTuple):
    """Fewest and most seeds per arm that the uncertain noise allows."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Noise:
    """The seed-to-seed noise that was used.

    Attributes:
        source: "replicates" (these seeds), "history" (the project's replicated groups, alone or with these seeds),
            "library" (other people's runs of this kind), "assumed" (stated by hand), "test samples" (a lower bound,
            without the seeds' noise) or "unknown".
        sd: standard deviation in the units of the scale (natural log units or the metric's own).
        cv: coefficient of variation: relative to the metric.
        df: degrees of freedom behind it.
        groups: how many replicated groups it was estimated from.
        runs: how many runs those hold.
        trust: how much of its weight the history has, 0 to 1; None where it was not asked, or where one run a side
            can't test it.
        low: lower end of where the noise of a single project lies four times in five, of noise from the library;
            `high` is the upper end.
    """

    source: NoiseSource
    sd: float | None = None
    cv: float | None = None
    df: float | None = None
    groups: int = 0
    runs: int = 0
    trust: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The comparison of two groups of final values, candidate against baseline.

    What is unknown is None: there is no p-value and no interval without an estimate of the noise.

    Attributes:
        verdict: the word, by the rules of `verdict`.
        effect: relative change on the log scale (-0.015: 1.5 % lower), difference in the metric's units on the linear.
        low: lower end of the interval of level 1 - alpha, in the units of `effect`; `high` is the upper end.
        p_value: two-sided, against no difference.
        method: name of the test.
        noise: the seed-to-seed noise behind it.
        seeds_for_effect: seeds per arm for 80 % power at the observed effect.
        seeds_for_min_effect: seeds per arm for 80 % power at the smallest effect of interest.
        detectable: the smallest difference that these seeds would detect with 80 % power, in the units of `effect`.
        warnings: what may make the verdict wrong.
        assumptions: what was taken to hold.
        p_equivalent: p-value against a difference of `min_effect` or more (TOST).
        placebo_p: how often two replicates of one history group differ by as much as the two runs compared here.
        claim: whom the verdict is about: the method, or only these two checkpoints.
        scale: the scale of the comparison; `alpha` and `min_effect` are those it was made with.
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
