"""Many groups of replicates in one ranking: by quality, with the ranks that each may have, and what each costs.

Groups that can't be compared with the rest, because the data or the loss differ or the metric is missing, are told and
left out.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from runcompare import stats
from runcompare.comparison.choices import single_side_choices
from runcompare.comparison.comparable import incomparable
from runcompare.comparison.comparison import MadeChoice, Options
from runcompare.comparison.cost_report import Point
from runcompare.comparison.left_out import left_out
from runcompare.comparison.measured import MeasuredSide, measure
from runcompare.comparison.model import Note, Sample
from runcompare.comparison.past import usable_history
from runcompare.comparison.request import Request, directed, options_of, reading_notes, values_of
from runcompare.comparison.scales import ScaleView, view_of
from runcompare.costs import Choice, frontier, mean_cost, price_book
from runcompare.errors import UsageError
from runcompare.metrics.metric import Meanings, Metric, fit_scale
from runcompare.metrics.primary import Choice as MetricChoice
from runcompare.metrics.primary import choose_metric, result_keys
from runcompare.metrics.value import ValueRule
from runcompare.records.figure import Figure
from runcompare.records.run import Group
from runcompare.records.shown import Shown
from runcompare.version import __version__

__all__ = ["RankReport", "RankedGroup", "rank"]


@dataclass(frozen=True, slots=True)
class RankedGroup:
    """One group: `rank` by its mean, 1 for the best, and the ranks from `low` to `high` that it may have.

    Every group of a lower `tier` is shown to be better than it; `better_than` are the labels of those that it is shown
    to be better than. `mean_low` and `mean_high` bound the mean by its own interval. Costs are those of a run.
    `on_frontier` is whether no group has a mean that is better at no more device-hours; None where one is not known.
    """

    label: str
    reference: str
    runs: tuple[str, ...]
    rank: int
    low: int
    high: int
    tier: int
    better_than: tuple[str, ...]
    sample: Sample
    mean_low: float | None
    mean_high: float | None
    time: Figure
    device_hours: Figure
    money: Figure
    on_frontier: bool | None = None
    beaten_by: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class RankReport(Shown):
    """A ranking, best group first. With confidence 1 - `options.alpha` every group's rank lies in its interval.

    `claims` are the ordered pairs that were tested together. `frontier` has the groups by device-hours a run and
    `points` their runs, where both are known. `left_out` says of groups, and of runs, why they are not ranked.
    """

    version: str
    options: Options
    metric: Metric
    groups: tuple[RankedGroup, ...]
    claims: int
    method: str
    frontier: tuple[Choice, ...] = ()
    points: tuple[Point, ...] = ()
    left_out: tuple[Note, ...] = ()
    warnings: tuple[Note, ...] = ()
    choices: tuple[MadeChoice, ...] = ()
    kind: str = "ranking"

    @property
    def best(self) -> tuple[str, ...]:
        """The groups that may be the best one."""
        return tuple(one.label for one in self.groups if one.low == 1)


@dataclass(frozen=True, slots=True)
class _Kept:
    """The groups that can be ranked together, and why others can't."""

    groups: tuple[Group, ...]
    left_out: tuple[Note, ...]


def rank(
    groups: Sequence[Group],
    request: Request,
    settings: Sequence[Mapping[str, Any]] = (),
    *,
    notes: Sequence[str] = (),
) -> RankReport:
    """The groups from best to worst.

    Args:
        groups: Groups of replicates, under labels of their own.
        request: As for a comparison; its smallest effect, guardrails, pairs and looks say nothing here.
        settings: Of each group, what tells it from the others.
        notes: What was met with while the groups were looked for.

    Raises:
        UsageError: If fewer than two groups can be ranked together, or nobody says which way the metric is better.
    """
    if len(groups) < 2:
        raise UsageError(f"A ranking takes two groups or more, and {len(groups)} was found.", hint="Widen the query.")
    chosen = _chosen(groups, request)
    metric, rule = chosen.metric, directed(request.value, chosen.metric, chosen.meanings)
    kept = _comparable(_with_metric(groups, metric, rule), metric, force=request.force)
    _check(kept, metric)
    book = price_book(request)
    sides = [measure("candidate", one, book, left_out=left_out(one.runs, metric.key)) for one in kept.groups]
    finite = [[m for v in side.values(metric.key, rule) if (m := v.figure.mid) is not None] for side in sides]
    fitted = metric if metric.scale_fixed else fit_scale(metric, *finite)
    told = {id(group): dict(of) for group, of in zip(groups, settings, strict=False)}
    past = usable_history(request.history, kept.groups[0], metric.key)
    view = view_of(fitted, stated_noise=request.noise_cv is not None)
    found = stats.rank_groups(
        [view.values(side.sample(fitted, rule)) for side in sides],
        higher_is_better=bool(metric.higher_is_better),
        history=[values for g in past.groups if len(values := view.usable(values_of(g, metric, rule))) > 1],
        scale=view.scale,
        alpha=request.alpha,
        noise_cv=request.noise_cv,
    )
    choices = _frontier(sides, fitted, rule)
    ranked = [
        _ranked(one, sides[one.place], kept.groups, view, rule=rule, settings=told.get(id(kept.groups[one.place]), {}))
        for one in found.groups
    ]
    edges = {choice.label: choice for choice in choices}
    return RankReport(
        version=__version__,
        options=options_of(fitted, request),
        metric=fitted,
        groups=tuple(_on_edge(one, edges.get(one.label)) for one in ranked),
        claims=found.claims,
        method=found.method,
        frontier=choices,
        points=tuple(point for side in sides for point in _points(side, fitted, rule)) if choices else (),
        left_out=(*kept.left_out, *(Note(run, text) for side in sides for run, text in side.left_out.items())),
        warnings=(
            *(Note("reference", text) for text in notes),
            *reading_notes(*sides),
            *(Note("history", text) for text in past.notes),
            *(Note(note.code, note.text) for note in found.warnings),
        ),
        choices=single_side_choices(replace(chosen.choice, metric=fitted), rule, ""),
    )


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The metric to rank by, and what all metrics mean."""

    choice: MetricChoice
    meanings: Meanings

    @property
    def metric(self) -> Metric:
        return self.choice.metric


def _chosen(groups: Sequence[Group], request: Request) -> _Chosen:
    """The metric that was named, else the one by which the two largest groups would be compared."""
    meanings = Meanings.of((run for group in groups for run in group.runs), request.overrides)
    first, second = sorted(groups, key=len, reverse=True)[:2]
    rest = Group("the groups", "the groups", tuple(run for group in groups for run in group.runs))
    choice = choose_metric(first, second if request.metric is None else rest, meanings, request.metric)
    meanings = meanings.overridden(choice.metric.key, request.primary)
    return _Chosen(replace(choice, metric=meanings.metric(choice.metric.key)), meanings)


def _check(kept: _Kept, metric: Metric) -> None:
    if metric.direction is None:
        hint = f'Say it with --direction min or max, or in [tool.runcompare.metrics."{metric.key}"].'
        raise UsageError(f"Whether more or less of '{metric.key}' is better is not known.", hint=hint)
    if len(kept.groups) < 2:
        why = f" {kept.left_out[0].code}: {kept.left_out[0].text}" if kept.left_out else ""
        raise UsageError(f"Fewer than two groups can be ranked together.{why}", hint="--force ranks them all the same.")


def _with_metric(groups: Sequence[Group], metric: Metric, rule: ValueRule) -> _Kept:
    """The groups that have a finite result, and why the others have none."""
    kept, out = [], []
    for group in groups:
        if metric.key not in result_keys(group):
            out.append(Note(group.label, f"it has no result {metric.key}"))
        elif not any(math.isfinite(v) for v in values_of(group, metric, rule)):
            out.append(Note(group.label, f"no run ended with a finite {metric.key}"))
        else:
            kept.append(group)
    return _Kept(tuple(kept), tuple(out))


def _comparable(found: _Kept, metric: Metric, *, force: bool) -> _Kept:
    """The groups that can be compared with the one that most others can be compared with, and with each other."""
    groups = found.groups
    if force or len(groups) < 2:
        return found
    reasons = {(i, j): incomparable(groups[i], groups[j], metric) for i in range(len(groups)) for j in range(i)}
    agree = [sum(not reasons[max(i, j), min(i, j)] for j in range(len(groups)) if j != i) for i in range(len(groups))]
    first = max(range(len(groups)), key=lambda i: (agree[i], -i))
    kept, out = [first], []
    for i in (i for i in range(len(groups)) if i != first):
        against = next((j for j in kept if reasons[max(i, j), min(i, j)]), None)
        if against is None:
            kept.append(i)
            continue
        why = incomparable(groups[i], groups[against], metric)[0].text.rstrip(".")
        out.append(Note(groups[i].label, f"it can't be compared with {groups[against].label}: {why}"))
    return _Kept(tuple(groups[i] for i in sorted(kept)), (*found.left_out, *out))


def _ranked(
    one: stats.Ranked,
    side: MeasuredSide,
    groups: Sequence[Group],
    view: ScaleView,
    *,
    rule: ValueRule,
    settings: Mapping[str, Any],
) -> RankedGroup:
    ends = [None if end is None else view.value(end) for end in (one.mean_low, one.mean_high)]
    return RankedGroup(
        label=side.group.label,
        reference=side.group.reference,
        runs=tuple(run.id for run in side.runs),
        rank=one.rank,
        low=one.low,
        high=one.high,
        tier=one.tier,
        better_than=tuple(groups[place].label for place in one.better_than),
        sample=side.sample(view.metric, rule),
        mean_low=ends[0],
        mean_high=ends[1],
        time=mean_cost(side.ledgers, "wall"),
        device_hours=mean_cost(side.ledgers, "device_hours"),
        money=mean_cost(side.ledgers, "money"),
        settings=settings,
    )


def _frontier(sides: Sequence[MeasuredSide], metric: Metric, rule: ValueRule) -> tuple[Choice, ...]:
    known = [
        Choice(side.group.label, hours, center)
        for side in sides
        if (hours := mean_cost(side.ledgers, "device_hours").mid) is not None
        and (center := side.sample(metric, rule).center) is not None
    ]
    return frontier(known, higher_is_better=bool(metric.higher_is_better))


def _on_edge(one: RankedGroup, choice: Choice | None) -> RankedGroup:
    if choice is None:
        return one
    return replace(one, on_frontier=choice.on_frontier, beaten_by=choice.beaten_by)


def _points(side: MeasuredSide, metric: Metric, rule: ValueRule) -> list[Point]:
    values = [v.figure.mid for v in side.values(metric.key, rule)]
    hours = [run.ledger.total.device_hours.mid for run in side.runs]
    return [
        Point(side.group.label, run.id, cost, quality)
        for run, cost, quality in zip(side.runs, hours, values, strict=True)
        if cost is not None and quality is not None and math.isfinite(quality)
    ]
