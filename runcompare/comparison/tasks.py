"""The same two groups on many tasks: each task in a row, a mean effect over tasks, and how often the candidate wins.

Raw values of different tasks are never averaged. Where every task is compared by ratios (or by odds) the mean effect
is a mean ratio; else it is told in units of each task's own noise.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from runcompare import stats
from runcompare.comparison.comparable import incomparable
from runcompare.comparison.comparison import Options, Side
from runcompare.comparison.left_out import left_out
from runcompare.comparison.measured import MeasuredSide, fitted_to, measure
from runcompare.comparison.model import Interval, Note, Row
from runcompare.comparison.request import Request, directed, options_of, reading_notes, side_of
from runcompare.comparison.rows import correct_for_many, make_row
from runcompare.comparison.scales import view_of
from runcompare.comparison.task_split import OneTask, Tasks
from runcompare.costs import PriceBook, group_ledger, price_book
from runcompare.costs.ledgers import figure_of
from runcompare.errors import UsageError
from runcompare.metrics.metric import Meanings, Metric
from runcompare.metrics.primary import choose_metric
from runcompare.metrics.value import ValueRule
from runcompare.records.figure import Figure
from runcompare.records.run import Group
from runcompare.records.shown import Shown
from runcompare.version import __version__

__all__ = ["TaskCost", "TaskRow", "TasksReport", "TasksUnit", "compare_tasks"]

TasksUnit = Literal["ratio", "odds", "noise"]
COSTS = {"time": "wall", "device-hours": "device_hours", "money": "money"}


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task: its row, whose test is corrected by Holm over all tasks, and its effect in the unit of the mean."""

    task: str
    row: Row
    effect: float | None


@dataclass(frozen=True, slots=True)
class TaskCost:
    """What the runs of both sides cost in all, and the mean ratio over tasks with its interval, None if not known."""

    what: str
    candidate: Figure
    baseline: Figure
    ratio: Interval | None = None


@dataclass(frozen=True, slots=True, repr=False)
class TasksReport(Shown):
    """Candidate against baseline on many tasks; `pool.verdict` is the word.

    `unit` says what the mean `effect` is: "ratio" (relative change, -0.015 is 1.5 % lower), "odds" (relative change of
    the odds) or "noise" (multiples of each task's seed-to-seed standard deviation). `pool` has it on the scale.
    `gains` says that effects are turned so that positive is better, since the tasks' directions differ.
    `tasks_needed` are the tasks in all that would show the mean effect that was seen, with 80 % power.
    """

    version: str
    options: Options
    candidate: Side
    baseline: Side
    by: str
    shared_runs: bool
    unit: TasksUnit
    higher_is_better: bool | None
    gains: bool
    tasks: tuple[TaskRow, ...]
    pool: stats.TaskPool
    effect: Interval | None
    cost: tuple[TaskCost, ...]
    tasks_needed: tuple[int, int] | None = None
    warnings: tuple[Note, ...] = ()
    left_out: tuple[Note, ...] = ()
    kind: str = "tasks"

    def called(self, word: str) -> tuple[str, ...]:
        """The tasks on which the candidate is called `word` after Holm's correction."""
        return tuple(one.task for one in self.tasks if one.row.assessment == word)


@dataclass(frozen=True, slots=True)
class _Measured:
    """One task measured."""

    name: str
    metric: Metric
    new: MeasuredSide
    old: MeasuredSide
    rule: ValueRule

    def finite(self, side: MeasuredSide) -> list[float]:
        """A side's finite values as they were logged."""
        mids = (v.figure.mid for v in side.sample(self.metric, self.rule).values)
        return [m for m in mids if m is not None and math.isfinite(m)]

    def values(self) -> list[list[float]]:
        """Both sides' values on the metric's scale, as the statistics pool them; diverged ones as NaN."""
        view = view_of(self.metric)
        sides = (view.values(side.sample(self.metric, self.rule)) for side in (self.new, self.old))
        if view.scale != "log":
            return [list(side) for side in sides]
        return [[math.log(v) if 0 < v < math.inf else math.nan for v in side] for side in sides]


def compare_tasks(candidate: Group, baseline: Group, split: Tasks, request: Request) -> TasksReport:
    """Both sides on every task of the split.

    Raises:
        UsageError: If a task has no metric to judge by, if the directions of some tasks are known and of others not, or
            if fewer than two tasks can be compared.
    """
    book = price_book(request)
    meanings = Meanings.of((*candidate.runs, *baseline.runs), request.overrides)
    key = None if split.shared_runs else choose_metric(candidate, baseline, meanings, request.metric).metric.key
    found, skipped = [], [Note("task", text) for text in split.notes]
    for task in split.tasks:
        one = _measured(task, task.metric or key or "", meanings, request, book=book)
        reasons = incomparable(task.candidate, task.baseline, one.metric)
        if reasons and not request.force:
            skipped.append(Note("task", f"{task.name} is left out: {reasons[0].text}"))
        else:
            found.append(one)
    if len(found) < 2:
        raise UsageError(
            f"{len(found)} of {len(split.tasks)} tasks can be compared.", hint=skipped[-1].text if skipped else ""
        )
    higher, gains = _direction([one.metric for one in found])
    unit = _unit([one.metric for one in found])
    values = [_turned(one, gains) for one in found]
    margin, said = _margin(request, unit)
    pool = stats.pool_tasks(
        [new for new, _ in values],
        [old for _, old in values],
        unit="noise" if unit == "noise" else "scale",
        higher_is_better=higher,
        shared_runs=split.shared_runs,
        margin=margin,
        alpha=request.alpha,
    )
    rows = _rows(found, request, alike=unit != "noise" and not split.shared_runs)
    told = tuple(_told(e, unit) if math.isfinite(e) else None for e in pool.effects)
    outs = {run: why for one in found for side in (one.new, one.old) for run, why in side.left_out.items()}
    new, old = (measure(role, group, book) for role, group in (("candidate", candidate), ("baseline", baseline)))  # type: ignore[arg-type]
    return TasksReport(
        version=__version__,
        options=options_of(found[0].metric, request),
        candidate=side_of(new),
        baseline=side_of(old),
        by=split.by,
        shared_runs=split.shared_runs,
        unit=unit,
        higher_is_better=higher,
        gains=gains,
        tasks=tuple(TaskRow(m.name, row, e) for m, row, e in zip(found, rows, told, strict=True)),
        pool=pool,
        effect=_interval(pool, unit),
        cost=_costs(found, (new, old), split.shared_runs, request.alpha),
        tasks_needed=None if split.shared_runs else _tasks_needed(pool, request.alpha),
        warnings=(*reading_notes(new, old), *(Note(w.code, w.text) for w in pool.warnings), *said),
        left_out=(*skipped, *(Note(run, why) for run, why in outs.items())),
    )


def _measured(task: OneTask, key: str, meanings: Meanings, request: Request, *, book: PriceBook) -> _Measured:
    metric = meanings.overridden(key, request.primary).metric(key)
    rule = directed(request.value, metric, meanings)
    new = measure("candidate", task.candidate, book, left_out=left_out(task.candidate.runs, key))
    old = measure("baseline", task.baseline, book, left_out=left_out(task.baseline.runs, key))
    return _Measured(task.name, fitted_to(metric, new, old, rule=rule), new, old, rule)


class _Direction(NamedTuple):
    """Whether higher effects are better, and whether they are gains because the tasks' directions differ."""

    higher_is_better: bool | None
    gains: bool


def _direction(metrics: Sequence[Metric]) -> _Direction:
    known = {metric.direction for metric in metrics}
    if len(known) == 1:
        return _Direction(metrics[0].higher_is_better, False)
    if None in known:
        silent = next(metric.key for metric in metrics if metric.direction is None)
        raise UsageError(
            f"Whether more or less of '{silent}' is better is not known, of other tasks it is.",
            hint=f'Say it for all with --direction, or in [tool.runcompare.metrics."{silent}"].',
        )
    return _Direction(True, True)


def _turned(one: _Measured, gains: bool) -> list[list[float]]:
    sign = -1.0 if gains and one.metric.direction == "min" else 1.0
    return [[sign * v for v in side] for side in one.values()]


def _unit(metrics: Sequence[Metric]) -> TasksUnit:
    scales = {metric.scale for metric in metrics}
    return "ratio" if scales == {"log"} else "odds" if scales == {"logit"} else "noise"


class _Margin(NamedTuple):
    """The smallest mean effect of interest in the pool's unit; 0, and why, where the stated one means nothing there."""

    amount: float
    notes: list[Note]


def _margin(request: Request, unit: TasksUnit) -> _Margin:
    stated = request.min_effect
    if stated is None:
        return _Margin(0.0, [])
    if unit == "ratio" and stated.kind == "relative":
        return _Margin(math.log1p(stated.amount), [])
    if unit == "noise" and stated.kind == "sd":
        return _Margin(stated.amount, [])
    fits = {"ratio": "a percentage", "noise": "a multiple of the noise, such as 0.2sd", "odds": "none"}[unit]
    text = f"--min-effect {stated} means nothing for the mean over these tasks, which takes {fits}: not used."
    return _Margin(0.0, [Note("min-effect", text)])


def _rows(found: Sequence[_Measured], request: Request, *, alike: bool) -> list[Row]:
    """Each task's row, by Holm. Other runs on a scale that is `alike` tell of the noise, as a history does."""
    policy = replace(request.policy.general, searched=1)
    rows = []
    for one in found:
        others = [other for other in found if alike and other is not one]
        history = {
            f"{other.name} ({side.role})": known
            for other in others
            for side in (other.new, other.old)
            if len(known := other.finite(side)) > 1
        }
        new, old = (side.sample(one.metric, one.rule) for side in (one.new, one.old))
        rows.append(make_row(one.metric, new, old, policy, role="primary", history=history))
    return correct_for_many(rows, policy.alpha, stats.holm)


def _told(effect: float, unit: TasksUnit) -> float:
    """An effect on the scale as it is told."""
    if unit == "noise":
        return effect
    return math.expm1(effect) if effect < 700 else math.inf


def _interval(pool: stats.TaskPool, unit: TasksUnit) -> Interval | None:
    if pool.effect is None:
        return None
    low, high = (None if bound is None else _told(bound, unit) for bound in (pool.low, pool.high))
    return Interval(_told(pool.effect, unit), low, high)


def _tasks_needed(pool: stats.TaskPool, alpha: float) -> tuple[int, int] | None:
    known = np.array([e for e in pool.effects if math.isfinite(e)])
    if pool.effect is None or len(known) < 2:
        return None
    return stats.seeds_beyond(pool.effect, float(known.std(ddof=1)), len(known) - 1.0, alpha=alpha / 2)


def _costs(
    found: Sequence[_Measured], sides: tuple[MeasuredSide, MeasuredSide], shared: bool, alpha: float
) -> tuple[TaskCost, ...]:
    """What all runs cost, and the mean ratio over tasks: the geometric mean of the tasks' ratios."""
    totals = [group_ledger(side.ledgers).total for side in sides]
    tasks = found[:1] if shared else found
    costs = []
    for what, field in COSTS.items():
        new, old = [_logs(one.new, field) for one in tasks], [_logs(one.old, field) for one in tasks]
        known = all(new) and all(old)
        pool = stats.pool_tasks(new, old, shared_runs=shared, alpha=alpha) if known else None
        ratio = None if pool is None else _plus_one(_interval(pool, "ratio"))
        costs.append(TaskCost(what, getattr(totals[0], field), getattr(totals[1], field), ratio))
    return tuple(costs)


def _logs(side: MeasuredSide, field: str) -> list[float]:
    mids = [figure_of(ledger, field).mid for ledger in side.ledgers]
    return [math.log(m) for m in mids if m is not None and m > 0]


def _plus_one(change: Interval | None) -> Interval | None:
    """A relative change as a ratio."""
    if change is None:
        return None
    low, high = (None if bound is None else 1 + bound for bound in (change.low, change.high))
    return Interval(1 + change.value, low, high)
