"""What it would cost to know: seeds, device-hours and money for a range of effects, and what a budget could resolve."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from runcompare import stats
from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Interval, Noise, Row
from runcompare.errors import DataError, UsageError
from runcompare.metrics.metric import Metric
from runcompare.metrics.min_effect import as_odds
from runcompare.records.shown import Shown

__all__ = ["Budget", "PairedPlan", "Plan", "PlanLine", "make_plan"]

EFFECTS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)  # relative
POINTS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05)  # of a share
TIMES_NOISE = (0.5, 1.0, 1.5, 2.0, 3.0)


@dataclass(frozen=True, slots=True)
class PlanLine:
    """To see a true `effect` (see `Test`): seeds a side, runs still missing, and their cost, from least to most.

    Costs are None where a run's cost is not known on both sides. `other_seeds` are the seeds a side by the other test:
    the same seeds on both sides where the plan is without pairs, other seeds where it is in pairs.
    """

    effect: float
    seeds: tuple[int, int]
    missing: tuple[int, int]
    device_hours: tuple[float, float] | None
    money: tuple[float, float] | None
    other_seeds: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class PairedPlan:
    """What is known of pairs: whether the plan's `seeds` are pairs, the correlation of both sides over pairs, of these
    runs (`shared`) and of `groups` earlier comparisons (`earlier`), and the noise of the other test than the plan's."""

    by: str
    decides: bool
    shared: Interval | None
    earlier: Interval | None
    groups: int
    other_noise: Noise | None


@dataclass(frozen=True, slots=True)
class Budget:
    """What `amount` USD resolves: the smallest effect that it surely does, and the smallest that it may at best.

    None where it is none of the plan's effects. Effects below `at_best` cost more than the budget.
    """

    amount: float
    surely: float | None
    at_best: float | None


@dataclass(frozen=True, slots=True, repr=False)
class Plan(Shown):
    """What it would cost to know whether the candidate differs from the baseline.

    `runs` are those of the candidate and the baseline now; `metric` is what effects are about, `observed` the effect
    that they show; `budget` is None where none was given or where a run's cost is not known on both sides; `pairing` is
    None where nothing is known of pairs.
    """

    candidate: str
    baseline: str
    metric: Metric
    runs: tuple[int, int]
    noise: Noise
    power: float
    alpha: float
    min_effect: float | None
    observed: float | None
    lines: tuple[PlanLine, ...]
    budget: Budget | None = None
    warnings: tuple[str, ...] = ()
    pairing: PairedPlan | None = None


def make_plan(c: Comparison, *, power: float = 0.8, budget: float | None = None) -> Plan:
    """Lines for common effects, the smallest effect of interest and the observed one, in rising order.

    Args:
        c: The comparison whose noise and costs the plan goes by.
        power: The chance to see an effect that is there, between 0 and 1.
        budget: USD at hand for more runs.

    Raises:
        UsageError: For a power outside (0, 1) or a budget not above 0.
        DataError: If nothing is known of the noise.
    """
    if not 0 < power < 1:
        raise UsageError(f"power must lie between 0 and 1, got {power:g}.", hint="80 % is 0.8.")
    if budget is not None and not 0 < budget < math.inf:
        raise UsageError(f"budget must be above 0, got {budget:g}.", hint="It is USD for the runs still to come.")
    noise, pairing = _noise(c), _pairing(c)
    test = c.quality.test
    observed = None if test is None or not test.effect else abs(test.effect)
    margin = None if test is None else test.margin
    wanted = sorted({*_effects(c), *(effect for effect in (margin, observed) if effect)})
    lines = tuple(
        line for effect in wanted if (line := _line(c, effect, noise, power=power, pairing=pairing)) is not None
    )
    priced = all(line.money is not None for line in lines)
    unpriced = ["What a run costs is not known on both sides, so neither is what the budget resolves."]
    return Plan(
        candidate=c.candidate.label,
        baseline=c.baseline.label,
        metric=c.quality.metric,
        runs=(c.quality.candidate.n, c.quality.baseline.n),
        noise=noise,
        power=power,
        alpha=c.options.alpha,
        min_effect=margin,
        observed=observed,
        lines=lines,
        budget=_resolved(lines, budget) if budget is not None and priced else None,
        warnings=(*c.candidate.notes, *c.baseline.notes, *(unpriced if budget is not None and not priced else [])),
        pairing=pairing,
    )


def _pairing(c: Comparison) -> PairedPlan | None:
    """None where neither these runs nor earlier ones show the noise of pairs."""
    pairing = c.pairing
    if pairing is None or pairing.noise is None:
        return None
    other = pairing.other.noise if pairing.decides and pairing.other is not None else pairing.noise
    return PairedPlan(pairing.by, pairing.decides, pairing.shared, pairing.earlier, pairing.groups, other)


def _noise(c: Comparison) -> Noise:
    test = c.quality.test
    if test is None or test.noise.sd is None:
        raise DataError(
            "Nothing is known of the noise, so the price of knowing isn't either.",
            hint="Run a second seed of one side, name a replicated group with --noise-from, or state --noise-cv.",
        )
    return test.noise


def _effects(c: Comparison) -> tuple[float, ...]:
    """Common effects: relative ones, points of a share, or multiples of the noise of another metric."""
    metric, test = c.quality.metric, c.quality.test
    if metric.scale == "log":
        return EFFECTS
    if metric.scale == "logit":
        return tuple(points * metric.full for points in POINTS)
    noise = test.noise.shown if test is not None else None
    return tuple(times * noise for times in TIMES_NOISE) if noise else ()


def _on_scale(c: Comparison, effect: float) -> float:
    """An effect in the units in which the noise is known."""
    metric = c.quality.metric
    if metric.scale == "logit":
        level = c.quality.baseline.center
        return as_odds((metric.full / 2 if level is None else level) / metric.full, effect / metric.full)
    return math.log1p(effect) if metric.scale == "log" else effect


def _line(c: Comparison, effect: float, noise: Noise, *, power: float, pairing: PairedPlan | None) -> PlanLine | None:
    """None where the statistics have no number of seeds for the effect."""
    assert noise.sd is not None
    have = c.quality.candidate.n, c.quality.baseline.n
    hours, money = (_cost_per_run(c, key) for key in ("cost/device_hours", "cost/money"))
    plans = [
        stats.plan(
            _on_scale(c, effect),
            noise.sd,
            noise.df or math.inf,
            have=have,
            cost_per_run=cost or (0.0, 0.0),
            power=power,
            alpha=c.options.alpha,
            paired=pairing is not None and pairing.decides,
        )
        for cost in (hours, money)
    ]
    if plans[0] is None or plans[1] is None:
        return None
    seeds, missing = plans[0].seeds, plans[0].missing
    return PlanLine(
        effect,
        (seeds.low, seeds.high),
        (missing.low, missing.high),
        plans[0].cost if hours else None,
        plans[1].cost if money else None,
        None if pairing is None else _other_seeds(c, effect, pairing, power),
    )


def _other_seeds(c: Comparison, effect: float, pairing: PairedPlan, power: float) -> tuple[int, int] | None:
    noise = pairing.other_noise
    if noise is None or noise.sd is None:
        return None
    found = stats.seeds_for(
        _on_scale(c, effect),
        noise.sd,
        noise.df or math.inf,
        power=power,
        alpha=c.options.alpha,
        paired=not pairing.decides,
    )
    return None if found is None else (found.low, found.high)


def _cost_per_run(c: Comparison, key: str) -> tuple[float, float] | None:
    row: Row | None = next((r for r in c.cost if r.metric.key == key), None)
    if row is None or row.candidate.center is None or row.baseline.center is None:
        return None
    return row.candidate.center, row.baseline.center


def _resolved(lines: Sequence[PlanLine], amount: float) -> Budget:
    surely = [line.effect for line in lines if line.money is not None and line.money[1] <= amount]
    at_best = [line.effect for line in lines if line.money is not None and line.money[0] <= amount]
    return Budget(amount, min(surely, default=None), min(at_best, default=None))
