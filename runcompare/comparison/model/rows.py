"""Quantities on both sides, what the statistics say of them, and guardrails."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from runcompare.comparison.model.words import Assessment, GuardWord, Note
from runcompare.comparison.worth import CostWord, cost_word
from runcompare.metrics.metric import Metric
from runcompare.records.figure import Figure, Provenance

__all__ = ["Guard", "Interval", "Noise", "Row", "RunValue", "Sample", "SampleEvidence", "Test", "main_cost"]


@dataclass(frozen=True, slots=True)
class RunValue:
    """One run's value of a quantity."""

    run_id: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Sample:
    """A quantity over one side's runs.

    `center` is the geometric mean on the log scale, the mean of the log odds on the logit scale, else the mean, over
    finite values; the middle of the range if only a range is known; None if nothing is. `sd` is the standard deviation
    of the values (not of the center), None with fewer than two. `low` and `high` are the estimated range, where there
    is one.
    """

    values: tuple[RunValue, ...]
    center: float | None
    sd: float | None
    low: float | None
    high: float | None
    provenance: Provenance
    nonfinite: int = 0
    missing: int = 0

    @property
    def n(self) -> int:
        """How many runs have a finite value."""
        return len(self.values) - self.nonfinite - self.missing


@dataclass(frozen=True, slots=True)
class Noise:
    """The seed-to-seed standard deviation that was used. `source` is "replicates", "history", "library" (other people's
    runs of this kind), "assumed", "test samples" or "unknown"; `sd` is on the metric's scale (log units, log odds, the
    metric's units), `cv` relative to the metric, `shown` as effects are told (see `Test`); `names` are the pooled
    groups, or the library's families, `published` where those are. `trust` is how much of its weight the history has,
    None where one run a side can't test it. Four times in five a project's noise lies between `low` and `high`, as
    effects are told; of the library only."""

    source: str
    cv: float | None = None
    sd: float | None = None
    df: float | None = None
    groups: int = 0
    runs: int = 0
    names: tuple[str, ...] = ()
    shown: float | None = None
    published: tuple[str, ...] = ()
    trust: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the bounds of its confidence interval."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """What the statistics say of one row.

    Effects are relative (-0.015 is 1.5 % lower) on the log scale, and differences in the metric's units on the linear
    and logit ones (points, where the metric is a share); `low` and `high` bound the effect's confidence interval of
    level 1 - alpha. `errors` is the relative change of what a share lacks to perfection. `detectable` and `margin`, the
    smallest effect of interest, are in the units of the effect; the margin is None where none was stated. `q_value` is
    the p-value after correction for the many rows that were looked at."""

    verdict: str
    effect: float | None
    low: float | None
    high: float | None
    p_value: float | None
    q_value: float | None
    method: str
    noise: Noise
    seeds_for_effect: tuple[int, int] | None = None  # per side, to resolve the observed effect
    seeds_for_min_effect: tuple[int, int] | None = None  # per side, to resolve the smallest effect of interest
    detectable: float | None = None
    warnings: tuple[Note, ...] = ()
    assumptions: tuple[Note, ...] = ()
    errors: Interval | None = None
    margin: float | None = None

    @property
    def within_margin(self) -> bool:
        """Whether the whole interval lies inside the smallest effect of interest."""
        if self.margin is None or self.low is None or self.high is None:
            return False
        return max(abs(self.low), abs(self.high)) < self.margin


@dataclass(frozen=True, slots=True)
class Guard:
    """How a guardrail was judged.

    `word` is "held" where being worse by the margin or more is ruled out, "violated" where it is worse and the margin
    does not cover that, "not shown" where no margin was stated and it is not shown to be worse, else "can't tell".
    `margin` is as it was stated. `detectable` is the worsening that these seeds would have called violated four times
    in five, as effects are told; `seeds` are those a side that would show, as often, that it is held if nothing
    changed. `q_violated` is `p_violated` after Holm's correction over all guardrails.
    """

    word: GuardWord
    margin: str | None = None
    p_held: float | None = None
    p_violated: float | None = None
    q_violated: float | None = None
    detectable: float | None = None
    seeds: tuple[int, int] | None = None
    method: str = ""
    noise: Noise = field(default_factory=lambda: Noise("unknown"))
    warnings: tuple[Note, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it was asked to hold within a margin, and nothing can be told."""
        return self.margin is not None and self.word == "can't tell"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: a quantity on both sides. `ratio` is candidate center over baseline center, with an
    interval over seeds where both sides have replicates, or over the estimated range."""

    metric: Metric
    candidate: Sample
    baseline: Sample
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    test: Test | None = None
    assessment: Assessment = "n/a"
    role: Literal["primary", "guardrail", "diagnostic", "cost", "stage", "curve"] = "diagnostic"
    guard: Guard | None = None  # of a guardrail whose direction is known

    @property
    def may_be_the_same(self) -> bool:
        """Whether the ratio's interval holds 1."""
        return self.ratio_low is not None and self.ratio_high is not None and self.ratio_low <= 1 <= self.ratio_high

    @property
    def is_veto(self) -> bool:
        """Whether it is a guardrail that got worse, by more than its margin."""
        if self.guard is not None:
            return self.guard.word == "violated"
        return self.role == "guardrail" and self.assessment == "worse"

    @property
    def cost_word(self) -> CostWord:
        """What is known of a cost, see `worth.cost_word`: stated figures and those that no run changes are exact."""
        sides = self.candidate, self.baseline
        stated = all(side.provenance is Provenance.REPORTED for side in sides)
        constant = all(side.n > 1 and not side.sd for side in sides)
        return cost_word(self.ratio, self.ratio_low, self.ratio_high, exact=stated or constant)


def main_cost(costs: Sequence[Row]) -> Row | None:
    """The row that says what the candidate costs against the baseline: money, else device-hours, else time."""
    rows = {row.metric.key: row for row in costs if row.ratio is not None}
    return next((rows[key] for key in ("cost/money", "cost/device_hours", "cost/time") if key in rows), None)


@dataclass(frozen=True, slots=True)
class SampleEvidence:
    """What `n` test samples say, each side's error of a sample being the mean over its `runs`. It is about these
    checkpoints, not about other seeds of their configs; `matched_by` is "key" or "position"."""

    n: int
    runs: tuple[int, int]
    matched_by: Literal["key", "position"]
    test: Test
