"""A group of replicates in a line: what it ended with, how long it took and what it cost."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from runcompare.comparison.left_out import left_out
from runcompare.comparison.measured import measure
from runcompare.costs import PriceBook, mean_cost
from runcompare.errors import UsageError
from runcompare.metrics.metric import Meanings
from runcompare.metrics.override import Override
from runcompare.metrics.primary import choose_metric
from runcompare.records.run import Group

__all__ = ["FoundGroup", "GroupSummary", "summarise_group", "summarise_groups"]


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """A group by reference. `differs` are settings that other groups have otherwise; `mean` and `sd` are those of
    `metric` over the `counted` runs, as a report has them; `duration` is seconds, `money` USD, both a run. What is not
    known is None."""

    reference: str
    runs: tuple[str, ...]
    seeds: tuple[int | str, ...]
    grouping: str
    differs: Mapping[str, Any] = field(default_factory=dict)
    shared: Mapping[str, Any] = field(default_factory=dict)
    metric: str | None = None
    mean: float | None = None
    sd: float | None = None
    counted: int = 0
    duration: float | None = None
    money: float | None = None


class FoundGroup(Protocol):
    """A group, the settings that its runs share, and those that other groups have otherwise."""

    @property
    def group(self) -> Group: ...
    @property
    def shared(self) -> Mapping[str, Any]: ...
    @property
    def differs(self) -> Mapping[str, Any]: ...


def summarise_groups(
    found: Iterable[FoundGroup],
    book: PriceBook,
    *,
    metric: str | None = None,
    overrides: Mapping[str, Override] | None = None,
) -> list[GroupSummary]:
    """Each group's figures, in the order given."""
    return [
        summarise_group(one.group, book, metric=metric, overrides=overrides, shared=one.shared, differs=one.differs)
        for one in found
    ]


def summarise_group(
    group: Group,
    book: PriceBook,
    *,
    metric: str | None = None,
    overrides: Mapping[str, Override] | None = None,
    shared: Mapping[str, Any] | None = None,
    differs: Mapping[str, Any] | None = None,
) -> GroupSummary:
    """A group's figures, by its primary metric unless `metric` names another."""
    meanings = Meanings.of(group.runs, overrides or {})
    key = metric or _primary(group, meanings)
    side = measure("candidate", group, book, left_out=left_out(group.runs, key) if key else {})
    sample = side.sample(meanings.metric(key)) if key else None
    return GroupSummary(
        reference=group.reference,
        runs=tuple(run.id for run in group.runs),
        seeds=tuple(run.seed for run in group.runs if run.seed is not None),
        grouping=str(group.grouping),
        differs=dict(differs or {}),
        shared=dict(shared or {}),
        metric=key,
        mean=sample.center if sample else None,
        sd=sample.sd if sample else None,
        counted=len(group) - sample.missing - sample.nonfinite if sample else 0,
        duration=mean_cost(side.ledgers, "wall").mid,
        money=mean_cost(side.ledgers, "money").mid,
    )


def _primary(group: Group, meanings: Meanings) -> str | None:
    try:
        return choose_metric(group, group, meanings).metric.key
    except UsageError:
        return None
