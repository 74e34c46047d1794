"""What findings are made from: the facts that rules look at, and how they state evidence and strength.

A rule is a pure function of `Facts` that yields findings; the rules stand in `rules_*.py`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from runcompare.comparison.model import ConfigChange, Evidence, Finding, Note, Role, Row, StageComparison
from runcompare.comparison.stages.detect import Stage
from runcompare.records.figure import Figure
from runcompare.records.run import Group

__all__ = ["Facts", "Rule", "Strength", "evidence", "same_cost", "strength_of"]

ASSOCIATION = "Seen between two sides that differ in several settings: an association, not a cause."

Strength = Literal["strong", "suggestive", "note"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at."""

    candidate: Group
    baseline: Group
    verdict: str
    incomparable: tuple[Note, ...]
    quality: Row
    metrics: tuple[Row, ...]
    cost: tuple[Row, ...]
    config: tuple[ConfigChange, ...]
    stages: tuple[Stage, ...]
    tables: tuple[StageComparison, ...]

    @property
    def sides(self) -> tuple[tuple[Role, Group], ...]:
        return ("candidate", self.candidate), ("baseline", self.baseline)

    def metric(self, key: str) -> Row | None:
        return next((r for r in (self.quality, *self.metrics) if r.metric.key == key), None)

    def cost_row(self, key: str) -> Row | None:
        return next((r for r in self.cost if r.metric.key == key), None)

    @property
    def dearer(self) -> Row | None:
        """The row that says what the candidate costs: money, else device-hours, else time."""
        rows = (self.cost_row(key) for key in ("cost/money", "cost/device_hours", "cost/time"))
        return next((row for row in rows if row is not None and row.ratio is not None), None)

    @property
    def cost_ratio(self) -> float | None:
        """How many times as dear the candidate is, 1 where the seeds do not show a difference; None if unknown."""
        row = self.dearer
        return None if row is None else 1.0 if same_cost(row) else row.ratio


Rule = Callable[[Facts], Iterator[Finding]]


def same_cost(row: Row) -> bool:
    """Whether the interval of a cost's ratio holds 1."""
    return row.ratio_low is not None and row.ratio_high is not None and row.ratio_low <= 1 <= row.ratio_high


def strength_of(row: Row | None) -> Strength:
    """Strong if the row's difference is beyond noise; suggestive if noise is unknown or not excluded."""
    return "strong" if row is not None and row.assessment in ("better", "worse", "higher", "lower") else "suggestive"


def evidence(row: Row) -> tuple[Evidence, ...]:
    """Both sides of a row as evidence."""
    sides: tuple[tuple[Role, Any], ...] = (("candidate", row.candidate), ("baseline", row.baseline))
    return tuple(
        Evidence(
            row.metric.label,
            role,
            Figure(s.center, row.metric.unit, s.low, s.high, s.provenance, _source(row, s)),
        )
        for role, s in sides
        if s.values
    )


def _source(row: Row, sample: Any) -> str:
    if sample.n == 1:
        return next((v.figure.source for v in sample.values if v.figure.mid is not None), row.metric.key)
    return f"{row.metric.key}, {sample.n} runs"
