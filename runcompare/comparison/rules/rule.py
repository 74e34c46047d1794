"""What a rule is, and the facts that it looks at.

A rule is one object that holds everything about one kind of finding: when it fires, its title, its sentence, what it
recommends and what it can't show. A new rule touches one file of this folder, and its test.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

from runcompare.comparison.look import Look
from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import (
    Advice,
    ConfigChange,
    Evidence,
    Finding,
    KeyFamily,
    MetricCurve,
    Note,
    Recommendation,
    Role,
    Row,
    Sample,
    StageComparison,
    Strength,
    main_cost,
)
from runcompare.comparison.stages.detect import Stage
from runcompare.comparison.stages.signs import Larger
from runcompare.comparison.worth import CostWord
from runcompare.records.figure import Figure, Provenance

__all__ = [
    "ASSOCIATION",
    "EXACT",
    "OF_ONE_GROUP",
    "SIGN_TEST",
    "THRESHOLD",
    "Alone",
    "Facts",
    "Rule",
    "SideRule",
    "SideStage",
    "both_signs",
    "evidence",
    "one_sign",
    "strength_of",
]

OF_ONE_GROUP = "Seen in one group by itself: an association, not a cause."
ASSOCIATION = "Seen between two sides that differ in several settings: an association, not a cause."
SIGN_TEST = (
    "Each run gives one number. Welch's test of one side's numbers against the other's at 1 %, under the null that "
    "both sides are seeds of one configuration; and the difference must be large as such. With one run on a side it "
    "must hold against every run of the other, and is suggestive at most."
)
EXACT = "Exact: it is logged so, or it is not. No chance is in it, and one run is enough."
THRESHOLD = "A fixed threshold, which knows nothing of the noise: suggestive at most."
NOTABLE_COST = 1.1  # times; a smaller cost difference is not worth a sentence
NO_GAIN = ("equivalent", "worse", "inconclusive", "can't tell")


class SideStage(NamedTuple):
    """One side's view of one stage."""

    side: MeasuredSide
    stage: Stage


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at."""

    candidate: MeasuredSide
    baseline: MeasuredSide
    verdict: str
    incomparable: tuple[Note, ...]
    quality: Row
    metrics: tuple[Row, ...]
    cost: tuple[Row, ...]
    config: tuple[ConfigChange, ...]
    stages: tuple[Stage, ...]
    tables: tuple[StageComparison, ...]
    curve: MetricCurve | None = None
    families: tuple[KeyFamily, ...] = ()
    look: Look | None = None
    alpha: float = 0.05

    @property
    def sides(self) -> tuple[MeasuredSide, MeasuredSide]:
        return self.candidate, self.baseline

    def side(self, role: Role) -> MeasuredSide:
        return self.candidate if role == "candidate" else self.baseline

    def other(self, role: Role) -> MeasuredSide:
        return self.baseline if role == "candidate" else self.candidate

    @property
    def side_stages(self) -> Iterator[SideStage]:
        """Each stage on each side, in the order that the stages ran in."""
        return (SideStage(side, stage) for stage in self.stages for side in self.sides)

    def metric(self, key: str) -> Row | None:
        return next((r for r in (self.quality, *self.metrics) if r.metric.key == key), None)

    def cost_row(self, key: str) -> Row | None:
        return next((r for r in self.cost if r.metric.key == key), None)

    @property
    def main_cost(self) -> Row | None:
        """The row that says what the candidate costs: money, else device-hours, else time."""
        return main_cost(self.cost)

    @property
    def cost_word(self) -> CostWord:
        """What is known of the candidate's cost against the baseline's."""
        row = self.main_cost
        return "unknown" if row is None else row.cost_word

    @property
    def dominated(self) -> bool:
        """Whether the candidate is shown to be more expensive and not shown to be better."""
        row = self.main_cost
        known = self.quality.metric.direction is not None
        if not known or self.verdict not in NO_GAIN or row is None or row.ratio is None:
            return False
        return row.cost_word == "more" and row.ratio >= NOTABLE_COST

    @property
    def vetoes(self) -> tuple[Row, ...]:
        """Guardrails that got worse."""
        return tuple(row for row in self.metrics if row.is_veto)

    @property
    def open_guardrails(self) -> tuple[Row, ...]:
        """Guardrails of which it can't be told whether they hold within their margin."""
        return tuple(row for row in self.metrics if row.guard is not None and row.guard.is_open)


@dataclass(frozen=True, slots=True)
class Alone:
    """One group that is looked at without another: what `runcompare check` gives to rules."""

    side: MeasuredSide
    stages: tuple[Stage, ...]

    @property
    def whose(self) -> str:
        """What sentences call the group."""
        return "run" if len(self.side) == 1 else "group"


class Rule(ABC):
    """One kind of finding. Its docstring says what it sees.

    `name` is a word for programs, `code` the number that people cite: RC, the hundred of its family, and its place
    there; neither ever changes its meaning. `title` and `sentence` are shown to people. A sentence names facts as
    fields with a style, `{share:percent}`; `{stage:code}` is the finding's stage. Styles are those of
    `reporting/sentences.py`. `summary` says what the list of what is known repeats of a finding, see `Finding`.
    `follows` names the rules whose findings for the same side explain this one's, which then says nothing new.

    `test` is how it decides, and under which null; `confirm` what would show that it is so. `needs` are what must be
    logged, see `needs.py`: without it the rule does not run, and the report says so; `needs_alone` are those of
    `alone`, where they are others. `fault` is false for what is no
    fault of a training. `advises` is which way its findings would have their side changed.
    """

    name: ClassVar[str]
    code: ClassVar[str] = ""
    title: ClassVar[str]
    limits: ClassVar[str] = ""
    follows: ClassVar[tuple[str, ...]] = ()
    summary: ClassVar[Literal["title", "sentence", "nothing", "unknown"]] = "title"
    test: ClassVar[str] = SIGN_TEST
    confirm: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()
    needs_alone: ClassVar[tuple[str, ...] | None] = None
    fault: ClassVar[bool] = True
    advises: ClassVar[Advice] = ""

    @abstractmethod
    def find(self, facts: Facts) -> Iterator[Finding]:
        """The findings that the facts support, built with `finding`."""

    @abstractmethod
    def sentence(self, facts: Mapping[str, Any]) -> str:
        """The sentence for a finding with these `facts`, its fields not yet filled in."""

    def alone(self, facts: Alone) -> Iterator[Finding]:
        """What can be said of one group without another, against fixed thresholds; by default nothing."""
        yield from ()

    @property
    def judges_alone(self) -> bool:
        """Whether the rule has something to say of one group without another."""
        return type(self).alone is not Rule.alone

    def recommend(self, findings: Sequence[Finding], facts: Facts) -> Iterator[Recommendation]:
        """What to do about this rule's findings (at least one); by default nothing."""
        yield from ()

    def finding(
        self,
        strength: Strength,
        facts: Mapping[str, Any],
        evidence: tuple[Evidence, ...] = (),
        *,
        stage: str | None = None,
        limits: str | None = None,
        sentence: str | None = None,
    ) -> Finding:
        """A finding of this rule with its title and sentence."""
        return Finding(
            self.name,
            strength,
            facts,
            evidence,
            stage,
            self.limits if limits is None else limits,
            self.title,
            self.sentence(facts) if sentence is None else sentence,
            self.summary,
            self.code,
            self.confirm,
            self.advises,
        )


def strength_of(row: Row | None) -> Strength:
    """Strong if the row's difference is beyond noise; suggestive if noise is unknown or not excluded."""
    return "strong" if row is not None and row.assessment in ("better", "worse", "higher", "lower") else "suggestive"


def evidence(*rows: Row | None) -> tuple[Evidence, ...]:
    """Both sides of each row as evidence."""
    known = [row for row in rows if row is not None]
    sides = [side for row in known for side in (_of_side(row, "candidate"), _of_side(row, "baseline"))]
    return tuple(side for side in sides if side is not None)


def both_signs(
    what: str,
    found: Larger,
    facts: Facts,
    stage: Stage,
    *,
    quantity: str,
    shown: Callable[[float], float] = float,
) -> tuple[Evidence, ...]:
    """The sign of `quantity` on both sides as evidence, `shown` as people read it."""
    values = ((side, found.own if side.role == found.role else found.other) for side in facts.sides)
    return tuple(one_sign(what, shown(value), side, stage, quantity=quantity) for side, value in values)


def one_sign(what: str, value: float, side: MeasuredSide, stage: Stage, *, quantity: str) -> Evidence:
    """A side's sign as evidence: from which key, in how many runs, and up to where."""
    curves = side.curves(stage, quantity)
    source = "no curve"
    if curves:
        runs = f"{len(curves)} run{'s' if len(curves) > 1 else ''}"
        source = f"{curves[0].key}, {runs}, {stage.axis} {curves[0].step[0]:g} to {curves[0].step[-1]:g}"
    return Evidence(what, side.role, Figure(value, provenance=Provenance.DERIVED, source=source))


def _of_side(row: Row, role: Role) -> Evidence | None:
    s: Sample = getattr(row, role)
    figure = Figure(s.center, row.metric.unit, s.low, s.high, s.provenance, _source(row, s))
    return Evidence(row.metric.label, role, figure) if s.values else None


def _source(row: Row, sample: Sample) -> str:
    if sample.n == 1:
        return next((v.figure.source for v in sample.values if v.figure.mid is not None), row.metric.key)
    return f"{row.metric.key}, {sample.n} runs"


class SideRule(Rule):
    """A rule that judges each side by itself, whether there is another or not."""

    def find(self, facts: Facts) -> Iterator[Finding]:
        for side in facts.sides:
            yield from self._of(side, side.role)

    def alone(self, facts: Alone) -> Iterator[Finding]:
        yield from self._of(facts.side, facts.whose)

    @abstractmethod
    def _of(self, side: MeasuredSide, role: str) -> Iterator[Finding]:
        """What one side shows, told of `role`."""
