"""More seeds: as many as asked for, or until two sides are decided or the budget is spent.

The sides are compared at planned looks only, counted in the same kind of ledger as the looks of reports (see
runcompare.comparison.looks); every further look would raise the rate of false alarms.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from runcompare.comparison.look import Look, LookBook
from runcompare.comparison.looks import look_at
from runcompare.comparison.measured import measure
from runcompare.comparison.model import Role
from runcompare.comparison.scales import view_of
from runcompare.costs import PriceBook
from runcompare.errors import DataError, UsageError
from runcompare.lab.arms import Arm, Result
from runcompare.lab.jobs import Outcome, check_seeds, left_run, run_jobs
from runcompare.metrics.metric import Meanings, fit_scale
from runcompare.metrics.min_effect import MinEffect
from runcompare.metrics.primary import choose_metric
from runcompare.metrics.value import FINAL
from runcompare.records.looks import LooksAtHand, PlaceOfLooks
from runcompare.records.run import Run
from runcompare.stats.decide import decide
from runcompare.stats.decision import Decision, Verdict
from runcompare.stats.intervals import center
from runcompare.stats.sequential import LOOKS

__all__ = ["Conditions", "Replication", "extend", "until_decided"]

Report = Callable[[Arm, Result], None]
Results = Sequence[Result]
ROLES: tuple[Role, Role] = ("candidate", "baseline")
Ending = Literal["decided", "looks are used up", "budget"]


@dataclass(frozen=True, slots=True)
class Conditions:
    """The settings of a replication.

    Attributes:
        metric: The metric's key; None takes the one that a comparison of the runs would take as primary.
        book: Prices of devices.
        workers: How many seeds train side by side.
        budget: The most USD that the new runs may cost; None is no limit.
        min_effect: Smallest effect worth acting on; without one nothing is called equivalent.
        alpha: Error rate over all planned looks.
        ledger: Where looks at two sides are counted.
    """

    metric: str | None
    book: PriceBook
    workers: int = 1
    budget: float | None = None
    min_effect: MinEffect | None = None
    alpha: float = 0.05
    ledger: PlaceOfLooks = field(default_factory=LooksAtHand)


@dataclass(frozen=True, slots=True)
class Replication:
    """How a replication of two sides ended.

    Attributes:
        ended: Why no more seeds were trained.
        decision: The last look's.
        metric: The metric that it is about.
        seeds: Runs of the candidate and of the baseline.
        spent: USD that the new runs cost; None if one's cost is not known.
    """

    ended: Ending
    decision: Decision
    metric: str
    seeds: tuple[int, int]
    spent: float | None


def extend(arm: Arm, n: int, conditions: Conditions, report: Report) -> str | None:
    """Train the seeds that an arm lacks for `n` runs.

    Args:
        arm: Gets the new runs, ordered by seed.
        n: Number of runs to reach.
        conditions: The settings.
        report: Called with each new run's result.

    Returns:
        The key of the metric that the results are of; None if none was named and there is no run.

    Raises:
        DataError: A command failed or left no run that can be read.
        UsageError: The runs did not log the metric, or none of theirs looks like a result.
    """
    check_seeds(n)
    metric = _metric(conditions, arm)
    if metric is not None:
        arm.results(metric, conditions.book)  # a metric that was not logged is an error before hours are spent
    outcomes: dict[int, Outcome] = {}
    jobs = arm.jobs(n)
    run_jobs(jobs, conditions.workers, lambda outcome: outcomes.update({outcome.seed: outcome}))
    for job in jobs:
        run = _finished_run(outcomes[job.seed])
        arm.runs.append(run)
        metric = metric or _metric(conditions, arm)
        assert metric is not None
        report(arm, arm.result(run, metric, conditions.book))
    return metric


def _metric(conditions: Conditions, *arms: Arm) -> str | None:
    """The metric to judge by, if it is known yet. Raises UsageError if the arms' runs share none that looks like a
    result."""
    groups = [arm.group for arm in arms if arm.runs]
    if conditions.metric is not None or not groups:
        return conditions.metric
    meanings = Meanings.of(run for group in groups for run in group.runs)
    return choose_metric(groups[0], groups[-1], meanings).metric.key


def _finished_run(outcome: Outcome) -> Run:
    """The run that a seed left. Raises DataError if its command failed or it can't be read."""
    if outcome.code != 0:
        raise DataError(
            f"Seed {outcome.seed} ended with code {outcome.code}.",
            hint=f"Its output is in {outcome.folder / 'log.txt'}; run the same command again to go on.",
        )
    return left_run(outcome.folder)


def until_decided(candidate: Arm, baseline: Arm, conditions: Conditions, report: Report) -> Replication:
    """Train both arms from one planned look to the next, until they are decided, the looks are used up, or the next
    look would cost more than the budget.

    Args:
        candidate: The first side.
        baseline: The second side.
        conditions: The settings.
        report: Called with each new run's result.

    Raises:
        DataError, UsageError: As `extend` does; and UsageError if there is a budget and a run's cost is not known.
    """
    arms = candidate, baseline
    before = [len(arm.runs) for arm in arms]
    while True:
        target = LOOKS[0]
        metric = _metric(conditions, *arms)
        conditions = replace(conditions, metric=metric)
        if metric is not None and candidate.runs and baseline.runs:
            results = [arm.results(metric, conditions.book) for arm in arms]
            look, decision = _looked(arms, results, conditions, metric)
            spent, seeds = _spent(results, before), (len(candidate.runs), len(baseline.runs))
            if _is_decided(look, decision) or look.at is None or not look.following:
                return Replication(_ending(look, decision), decision, metric, seeds, spent)
            target = look.following[0]
            if _exceeds_budget(results, target, spent, conditions.budget):
                return Replication("budget", decision, metric, seeds, spent)
        for arm in arms:
            conditions = replace(conditions, metric=extend(arm, target, conditions, report))


class _Looked(NamedTuple):
    """Which look it is, and what is found at its level."""

    look: Look
    decision: Decision


def _looked(arms: Sequence[Arm], results: Sequence[Results], conditions: Conditions, metric: str) -> _Looked:
    """The look that the arms are due for, put down in the ledger if it is made."""
    new, old = (measure(role, arm.group, conditions.book) for role, arm in zip(ROLES, arms, strict=True))
    book = LookBook(conditions.ledger.read(), conditions.ledger.name)
    look = look_at(new, old, metric, FINAL, book=book, alpha=conditions.alpha)
    assert look is not None
    decision = _decision(arms, results, conditions, metric, level=look.level)
    if not look.due:
        return _Looked(look, replace(decision, verdict=Verdict.INCONCLUSIVE))
    if not look.again:
        conditions.ledger.add(replace(look.entry, at=time.time(), verdict=str(decision.verdict)))
    return _Looked(look, decision)


def _decision(
    arms: Sequence[Arm], results: Sequence[Results], conditions: Conditions, metric: str, *, level: float
) -> Decision:
    candidate, baseline = ([r.value for r in side] for side in results)
    meant = fit_scale(Meanings.of(run for arm in arms for run in arm.runs).metric(metric), candidate, baseline)
    view = view_of(meant)
    middle = center([v for v in baseline if math.isfinite(v)] or [math.nan], meant.scale, meant.full)
    margin = None if conditions.min_effect is None else conditions.min_effect.margin(meant, middle)
    return decide(
        view.on_scale(candidate),
        view.on_scale(baseline),
        scale=view.scale,
        higher_is_better=meant.higher_is_better,
        min_effect=margin or 0.0,
        alpha=level,
    )


def _is_decided(look: Look, decision: Decision) -> bool:
    return look.due and (decision.verdict.is_difference or decision.verdict == Verdict.EQUIVALENT)


def _ending(look: Look, decision: Decision) -> Ending:
    return "decided" if _is_decided(look, decision) else "looks are used up"


def _spent(results: Sequence[Results], before: Sequence[int]) -> float | None:
    """USD of the runs made since there were `before` runs on each side; None if one's cost is not known."""
    new = [r.money for side, n in zip(results, before, strict=True) for r in side[n:]]
    known = [money for money in new if money is not None]
    return sum(known) if len(known) == len(new) else None


def _exceeds_budget(results: Sequence[Results], target: int, spent: float | None, budget: float | None) -> bool:
    """Whether `target` runs on each side would cost more than the budget, by the mean cost of a run so far.

    Raises UsageError if there is a budget and a run's cost is not known.
    """
    if budget is None:
        return False
    ahead = 0.0
    for side in results:
        known = [r.money for r in side if r.money is not None]
        if len(known) < len(side):
            raise UsageError("A budget needs the cost of a run.", hint="Give --gpu-price or --cpu-price.")
        ahead += max(0, target - len(side)) * sum(known) / max(1, len(known))
    return (spent or 0.0) + ahead > budget
