"""More seeds: as many as asked for, or until two sides are decided or the budget is spent.

Looks happen at the planned numbers of seeds only (see runcompare.stats.sequential); looking in between would cry wolf.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from runcompare.costs import PriceBook
from runcompare.errors import DataError, UsageError
from runcompare.lab.arms import Arm, Result
from runcompare.lab.jobs import Job, Outcome, run_jobs
from runcompare.metrics.metric import describe
from runcompare.references.resolve import resolve
from runcompare.stats.decision import Decision
from runcompare.stats.sequential import LOOKS, Look, look

__all__ = ["Conditions", "Verdicts", "extend", "until_decided"]

Report = Callable[[Arm, Result], None]


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a replication works under. `budget` is USD for the new runs, `workers` how many train side by side."""

    metric: str
    book: PriceBook
    workers: int = 1
    budget: float | None = None
    min_effect: float = 0.02
    alpha: float = 0.05


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How it ended: "decided", "looks are used up" or "budget"; the last look's decision and the money spent."""

    ended: Literal["decided", "looks are used up", "budget"]
    decision: Decision
    seeds: tuple[int, int]
    spent: float | None


def extend(arm: Arm, n: int, conditions: Conditions, report: Report) -> None:
    """Train the seeds that the arm lacks for `n` results and take their results in, by seed.

    Raises DataError if a command failed or left no run that can be read.
    """
    results: dict[int, Outcome] = {}
    jobs = arm.jobs(n)
    run_jobs(jobs, conditions.workers, lambda outcome: results.update({outcome.seed: outcome}))
    for job in jobs:
        _check(results[job.seed])
        report(arm, _take_in(arm, job, conditions))


def _check(outcome: Outcome) -> None:
    if outcome.code != 0:
        raise DataError(
            f"Seed {outcome.seed} ended with code {outcome.code}.",
            hint=f"Its output is in {outcome.folder / 'log.txt'}; run the same command again to go on.",
        )


def _take_in(arm: Arm, job: Job, conditions: Conditions) -> Result:
    group = resolve(str(job.folder), roots=())
    return arm.add(group.runs[0], conditions.metric, conditions.book)


def until_decided(candidate: Arm, baseline: Arm, conditions: Conditions, report: Report) -> Verdicts:
    """Run both arms from one planned look to the next, until decided, the looks are used up, or the next one would
    pass the budget. Raises the errors of `extend`."""
    before = len(candidate.results), len(baseline.results)
    while True:
        state = _look(candidate, baseline, conditions) if min(_counts(candidate, baseline)) else None
        spent = _spent(candidate, before[0]), _spent(baseline, before[1])
        money = spent[0] + spent[1] if spent[0] is not None and spent[1] is not None else None
        target = LOOKS[0] if state is None else state.next_look
        if state is not None and (state.decided or target is None):
            ended: Literal["decided", "looks are used up"] = (
                "decided" if _settled(state.decision) else "looks are used up"
            )
            return Verdicts(ended, state.decision, _counts(candidate, baseline), money)
        assert target is not None
        if state is not None and _too_dear(candidate, baseline, target, money, conditions.budget):
            return Verdicts("budget", state.decision, _counts(candidate, baseline), money)
        for arm in (candidate, baseline):
            extend(arm, target, conditions, report)


def _look(candidate: Arm, baseline: Arm, conditions: Conditions) -> Look:
    metric = describe(conditions.metric)
    return look(
        candidate.values,
        baseline.values,
        scale=metric.scale,
        higher_is_better=metric.higher_is_better,
        min_effect=conditions.min_effect,
        alpha=conditions.alpha,
    )


def _settled(decision: Decision) -> bool:
    return decision.verdict in ("better", "worse", "equivalent")


def _counts(candidate: Arm, baseline: Arm) -> tuple[int, int]:
    return len(candidate.results), len(baseline.results)


def _spent(arm: Arm, before: int) -> float | None:
    """Money of the runs made since; None if one's is not known."""
    new = [r.money for r in arm.results[before:]]
    return None if None in new else sum(m for m in new if m is not None)


def _too_dear(candidate: Arm, baseline: Arm, target: int, spent: float | None, budget: float | None) -> bool:
    """Whether the runs up to the next look would pass the budget, by the mean cost of a run so far."""
    if budget is None:
        return False
    ahead = 0.0
    for arm in (candidate, baseline):
        known = [r.money for r in arm.results if r.money is not None]
        if len(known) < len(arm.results):
            raise UsageError("A budget needs the cost of a run.", hint="Give --gpu-price or --cpu-price.")
        ahead += max(0, target - len(arm.results)) * sum(known) / max(1, len(known))
    return (spent or 0.0) + ahead > budget
