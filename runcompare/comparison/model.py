"""What a Comparison is made of: rows, tests, stages, findings, recommendations, as plain data.

Renderers read these and nothing else, and compute no number. Candidate always comes before baseline. Ratios and
effects are candidate over baseline. Codes (verdicts, rules, actions, assessments) are words that renderers turn
into sentences; `facts` hold the numbers and names that the sentence needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from runcompare.comparison.worth import CostWord, cost_word
from runcompare.metrics.metric import Metric
from runcompare.records.figure import Figure, Provenance

__all__ = [
    "Advice",
    "Assessment",
    "Axis",
    "ConfigChange",
    "Corrected",
    "CorrectedChange",
    "Curve",
    "Evidence",
    "Expected",
    "FinalChange",
    "Finding",
    "Guard",
    "GuardWord",
    "Interval",
    "IsoCost",
    "KeyFamily",
    "MetricCurve",
    "Noise",
    "NotRun",
    "Note",
    "Outlook",
    "Pair",
    "Pairing",
    "Place",
    "PriceOfGain",
    "PriceOfKnowing",
    "Recommendation",
    "Role",
    "Row",
    "RunValue",
    "Sample",
    "SampleEvidence",
    "SeedCurve",
    "StageComparison",
    "Strength",
    "Test",
    "Tried",
    "main_cost",
]


Role = Literal["candidate", "baseline"]
Strength = Literal["strong", "suggestive", "note"]
Axis = Literal["epoch", "step"]
# what a finding would have changed about its side; "" for nothing. See `rules/settle.py`: no side is told both ways.
Advice = Literal["", "train longer", "stop earlier", "raise the learning rate", "lower the learning rate"]
Place = Literal[
    "epoch", "step", "time", "money"
]  # what a curve can be drawn against; seconds and USD since its run began

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


@dataclass(frozen=True, slots=True)
class Note:
    """A warning, an assumption or a limit: a stable code and one sentence."""

    code: str
    text: str


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


GuardWord = Literal["held", "violated", "not shown", "can't tell"]


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


@dataclass(frozen=True, slots=True)
class Pair:
    """Runs of both sides with the same key (a seed, fold or task), by id; several of a side stand by their mean."""

    key: str
    candidate: tuple[str, ...]
    baseline: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pairing:
    """Whether the primary metric was compared in pairs of runs, which is decided without the values at hand.

    `by` is "seed" or the setting that pairs share. `decides` says whether the verdict is that of the pairs; `other` is
    the result that is not the verdict, None where only one test could be made. `matched` says how pairs were found or
    why there are none, `chosen` why the one test and not the other gives the verdict. `alone` are runs that count, but
    have no partner. `shared` is the correlation of both sides over these pairs, `earlier` over `groups` earlier
    comparisons of the project. `noise` is what pairs don't share, as the standard deviation that unpaired seeds would
    need to have: of these pairs, else of the earlier ones.
    """

    by: str
    declared: bool
    decides: bool
    matched: str
    chosen: str = ""
    pairs: tuple[Pair, ...] = ()
    alone: tuple[str, ...] = ()
    other: Test | None = None
    shared: Interval | None = None
    earlier: Interval | None = None
    groups: int = 0
    noise: Noise | None = None


@dataclass(frozen=True, slots=True)
class SampleEvidence:
    """What `n` test samples say, each side's error of a sample being the mean over its `runs`. It is about these
    checkpoints, not about other seeds of their configs; `matched_by` is "key" or "position"."""

    n: int
    runs: tuple[int, int]
    matched_by: Literal["key", "position"]
    test: Test


def main_cost(costs: Sequence[Row]) -> Row | None:
    """The row that says what the candidate costs against the baseline: money, else device-hours, else time."""
    rows = {row.metric.key: row for row in costs if row.ratio is not None}
    return next((rows[key] for key in ("cost/money", "cost/device_hours", "cost/time") if key in rows), None)


@dataclass(frozen=True, slots=True)
class SeedCurve:
    """One run of a curve: its `value` at the curve's places, NaN where it has none, and what else those places are for
    this run, see `Curve.places`."""

    run_id: str
    value: tuple[float, ...]
    places: Mapping[Place, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Curve:
    """One quantity of one side: center over runs and the seed band (lowest to highest run).

    `at` are epochs or the tracker's steps, as `axis` says. `quantity` is "loss", "val_loss", "test_loss", the same for
    a further loss ("val_box_loss"), "grad_norm", or "metric" for the primary one. All tuples have the same length; `n`
    counts the runs at each place; NaN marks a place where no run was finite. `runs` are the single runs; `places` says
    what each place of `at` is on other axes, the mean over runs, as far as they log those.
    """

    role: Role
    key: str
    quantity: str
    at: tuple[float, ...]
    center: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    n: tuple[int, ...]
    axis: Axis = "epoch"
    runs: tuple[SeedCurve, ...] = ()
    places: Mapping[Place, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MetricCurve:
    """The primary metric over the training. Rows have the keys KEY/final, KEY/best (KEY/lowest and KEY/highest where no
    direction is known), and KEY/best_epoch or KEY/best_step."""

    metric: Metric
    rows: tuple[Row, ...]
    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True)
class StageComparison:
    """One stage: rows with keys epochs (logged_rows where the runs log no epochs), final_loss, best_loss,
    final_val_loss, best_val_loss, the same for test and for further losses, grad_norm, grad_norm_mean, grad_norm_max
    and time, where known. `seen_as` are the names that the logs use for it."""

    name: str
    seen_as: tuple[str, ...]
    rows: tuple[Row, ...]
    curves: tuple[Curve, ...] = ()

    def row(self, key: str) -> Row | None:
        return next((r for r in self.rows if r.metric.key == f"{self.name}/{key}"), None)


@dataclass(frozen=True, slots=True)
class FinalChange:
    """The final value of a key on both sides (centers over runs), None where it is missing or not finite."""

    key: str
    candidate: float | None
    baseline: float | None
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class KeyFamily:
    """Keys that differ in a layer or a part only, too many for a table each.

    `pattern` has * for what differs. `median` is the median ratio of their final values, candidate over baseline;
    `largest` is the change that is farthest from 1 in either direction. Not tested: only described.
    """

    pattern: str
    changes: tuple[FinalChange, ...]
    median: float | None = None
    largest: FinalChange | None = None


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """A setting that differs. `kind` is "changed", "only candidate" or "only baseline"; `ratio` for numbers."""

    path: str
    candidate: Any
    baseline: Any
    kind: Literal["changed", "only candidate", "only baseline"]
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A figure behind a finding: what it is, whose, and where it stands."""

    what: str
    role: Role | None
    figure: Figure


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that fired.

    `strength` is "strong" (beyond noise or exact), "suggestive" (seen, noise unknown or not excluded) or "note";
    `limits` says what it can't show. `sentence` has fields such as `{share:percent}` for the names in `facts` (and
    `{stage}`), which a renderer fills in its own style. `summary` is what a list of what is known repeats of it: its
    title with the stages, its sentence, or nothing; "unknown" puts the sentence under what is not known instead.
    `code` is what people cite and `runcompare explain` knows, such as RC203; rules of other packages may have none.
    `confirm` says what would show that it is so. `advises` is the way in which its side should be changed; of all
    findings of one side none advises the opposite.
    """

    rule: str
    strength: Strength
    facts: Mapping[str, Any]
    evidence: tuple[Evidence, ...]
    stage: str | None = None
    limits: str = ""
    title: str = ""
    sentence: str = ""
    summary: Literal["title", "sentence", "nothing", "unknown"] = "title"
    code: str = ""
    confirm: str = ""
    advises: Advice = ""


@dataclass(frozen=True, slots=True)
class NotRun:
    """Checks that did not run, by their codes, and what they lack, such as "no gradient norm logged"."""

    lacks: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """What following a recommendation should bring.

    `quality` is the effect on the primary metric against the candidate, told as in `Test`, None where nobody can say;
    `saving` is USD a run less than the candidate's, `price` what it takes to follow in USD. A figure that plays no part
    is None, one that is not known is missing.
    """

    quality: Interval | None = None
    saving: Figure | None = None
    price: Figure | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to do next. `because` names the rules or verdicts behind it, `cites` the findings by their code and the
    attributions by their name; `sentence` is filled from `facts` like a finding's. Lower `rank` comes first. `expected`
    is None for a choice that changes no run."""

    action: str
    facts: Mapping[str, Any]
    because: tuple[str, ...]
    sentence: str = ""
    rank: int = 50
    cites: tuple[str, ...] = ()
    expected: Expected | None = None


@dataclass(frozen=True, slots=True)
class CorrectedChange:
    """One setting of the corrected config; None as `value` means: remove it. `reason` is a code, `cites` the findings
    or the attribution that it rests on; `effect` is what the setting was shown to do to the primary metric, told as in
    `Test`, where that is known."""

    path: str
    value: Any
    candidate: Any
    baseline: Any
    reason: str
    cites: tuple[str, ...] = ()
    effect: Interval | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the mean of a config that was not run should be: its effect against the candidate, told as in `Test`, and
    the metric's value; both with bounds that hold if the parts that it is made of err together. `source` says what it
    is made of, `assumption` what that rests on."""

    effect: Interval
    value: Interval
    source: Literal["attribution", "search", "baseline"]
    assumption: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """Runs of the corrected config: the primary metric's row against the candidate and against the baseline, and its
    costs against the candidate's. `held` says whether the metric's measured interval meets what was expected, None
    where nothing was expected, or one run shows no interval. `outside` are the costs whose mean lies outside the range
    that was forecast, `inside` those whose mean does not; costs without a range are in neither. `days` lie between the
    last run of the candidate and the first of these."""

    label: str
    reference: str
    runs: tuple[str, ...]
    against_candidate: Row
    against_baseline: Row
    cost: tuple[Row, ...]
    hardware: str = ""
    held: bool | None = None
    outside: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    days: int = 0


@dataclass(frozen=True, slots=True)
class Corrected:
    """A config to run next: `base` with `changes`, and what it should cost."""

    base: Role
    changes: tuple[CorrectedChange, ...]
    config: Mapping[str, Any]
    is_baseline: bool  # every change goes back to the baseline's value
    time: Figure  # seconds
    device_hours: Figure
    money: Figure  # USD
    method: str
    notes: tuple[str, ...] = ()
    quality: Outlook | None = None  # None where nothing tells what it will reach
    saving: Figure | None = None  # USD a run less than the candidate's
    kept: tuple[str, ...] = ()  # changed settings that stay as the candidate has them
    tried: Tried | None = None


@dataclass(frozen=True, slots=True)
class IsoCost:
    """What the candidate's money buys with the baseline: `runs` baseline runs, best of them by validation."""

    runs: float
    basis: Literal["money", "device-hours", "time"]
    expected_best: float | None
    low: float | None
    high: float | None
    method: str
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class PriceOfGain:
    """What a better and more expensive candidate costs more a run for each `unit` that it gains: "per cent" on the log
    scale, "point" of a share, the metric's unit, or "unit" where it has none."""

    price: Figure
    unit: str


@dataclass(frozen=True, slots=True)
class PriceOfKnowing:
    """What it takes to decide, for one effect: seeds a side and what the runs still missing cost, as ranges."""

    effect: float
    why: Literal["observed effect", "smallest effect of interest"]
    seeds_low: int
    seeds_high: int
    device_hours: Figure
    money: Figure
    other_seeds: tuple[int, int] | None = None  # by the test that does not give the verdict, see `Pairing`
