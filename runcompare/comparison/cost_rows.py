"""Cost rows from the ledgers, what the candidate's money buys with the baseline, and what knowing would cost."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from runcompare import stats
from runcompare.comparison.model import (
    IsoCost,
    Note,
    Pairing,
    PriceOfGain,
    PriceOfKnowing,
    Row,
    RunValue,
    Sample,
    StageComparison,
)
from runcompare.comparison.rows import Policy
from runcompare.comparison.samples import summarise
from runcompare.costs import Ledger, figure_of, mean_cost, ratio
from runcompare.metrics.metric import Metric
from runcompare.records.figure import Figure, Provenance

__all__ = ["Ledgers", "cost_rows", "iso_cost", "price_of_gain", "price_of_knowing", "with_times"]

Ledgers = Sequence[Ledger]

BASES = (("money", "cost/money"), ("device-hours", "cost/device_hours"), ("time", "cost/time"))


# key of the row, label, unit, and the figure of a ledger that it shows
COSTS = (
    ("cost/time", "Time per run", "s", "wall"),
    ("cost/train_time", "Training time", "s", "train.wall"),
    ("cost/eval_time", "Evaluation time", "s", "eval.wall"),
    ("cost/device_hours", "Device-hours", "h", "device_hours"),
    ("cost/energy", "Energy", "kWh", "energy"),
    ("cost/money", "Money per run", "USD", "money"),
)


def cost_rows(candidate: Ledgers, baseline: Ledgers, policy: Policy) -> tuple[Row, ...]:
    """Time in all, in training and in evaluation, device-hours, energy and money; rows without any figure are left out.

    Centers are `costs.mean_cost`, ratios and their intervals `costs.ratio`: the figures of `runcompare cost`.
    """
    rows = [_row(Metric(key, label, unit), candidate, baseline, policy, field=name) for key, label, unit, name in COSTS]
    return tuple(row for row in rows if _worth_showing(row))


def _worth_showing(row: Row) -> bool:
    """Known on a side; energy only from telemetry, since guesses from one data sheet say nothing of a difference."""
    if row.metric.key == "cost/energy":
        return max(row.candidate.provenance.rank, row.baseline.provenance.rank) <= Provenance.DERIVED.rank
    return row.metric.key == "cost/money" or row.candidate.center is not None or row.baseline.center is not None


def price_of_gain(quality: Row, cost: Row | None) -> PriceOfGain | None:
    """What a candidate that is shown to be more expensive costs more for each per cent, point or unit of its gain."""
    effect = quality.test.effect if quality.test else None
    if cost is None or cost.cost_word != "more" or not effect:
        return None
    assert cost.candidate.center is not None
    assert cost.baseline.center is not None
    unit, scale = _unit_of_gain(quality.metric)
    extra = (cost.candidate.center - cost.baseline.center) / (scale * abs(effect))
    provenance = Provenance.weakest(cost.candidate.provenance, cost.baseline.provenance)
    source = f"extra cost / {unit} of gain"
    return PriceOfGain(Figure(extra, cost.metric.unit, provenance=provenance, source=source), unit)


class _UnitOfGain(NamedTuple):
    """What gains are counted in, and how many of them an effect of 1 is."""

    name: str
    scale: float


def _unit_of_gain(metric: Metric) -> _UnitOfGain:
    if metric.scale == "log":
        return _UnitOfGain("per cent", 100.0)
    if metric.is_share:
        return _UnitOfGain("point", metric.points)
    return _UnitOfGain(metric.unit or "unit", 1.0)


def with_times(table: StageComparison, candidate: Ledgers, baseline: Ledgers, policy: Policy) -> StageComparison:
    """The stage's table with its time row."""
    metric = Metric(f"{table.name}/time", "Time", "s")
    row = _row(metric, candidate, baseline, policy, field="wall", stage=table.name)
    known = row.candidate.center is not None or row.baseline.center is not None
    return replace(table, rows=(*table.rows, replace(row, role="stage"))) if known else table


def _row(
    metric: Metric, candidate: Ledgers, baseline: Ledgers, policy: Policy, *, field: str, stage: str | None = None
) -> Row:
    """A cost on both sides; a cost is weighed, not judged."""
    new, old = (_sample(side, metric, field, stage) for side in (candidate, baseline))
    found = ratio(candidate, baseline, field, stage=stage, alpha=policy.alpha)
    known = new.center is not None and old.center is not None
    return Row(
        metric,
        new,
        old,
        ratio=found.value,
        ratio_low=found.low,
        ratio_high=found.high,
        assessment="n/a" if known else "missing",
        role="cost",
    )


def _sample(ledgers: Ledgers, metric: Metric, field: str, stage: str | None) -> Sample:
    """A cost over a side's runs: each run's figure, and one run's mean cost with the bounds of its range."""
    mean = mean_cost(ledgers, field, stage)
    values = [RunValue(x.run_id, figure_of(x, field, stage)) for x in ledgers]
    return replace(summarise(values, metric), center=mean.mid, low=mean.low, high=mean.high)


def iso_cost(
    quality: Row, costs: Sequence[Row], metrics: Sequence[Row] = (), stages: Sequence[str] = ()
) -> IsoCost | None:
    """How many baseline runs the candidate's money buys, and the best that as many would be expected to reach.

    The best is chosen by the validation metric that the runs logged, else by the metric itself.

    None if no cost is known on both sides, or if the candidate is not shown to cost twice as much.
    """
    found = next(((basis, row) for basis, key in BASES for row in costs if row.metric.key == key and row.ratio), None)
    if found is None or found[1].ratio is None or found[1].ratio < 2:
        return None
    basis, row = found
    if row.may_be_the_same:
        return None
    assert row.ratio is not None
    values = {v.run_id: m for v in quality.baseline.values if (m := v.figure.mid) is not None}
    if quality.metric.direction is None:
        return IsoCost(row.ratio, basis, None, None, None, "which value is best is not known")  # type: ignore[arg-type]
    chosen = _validation(quality, metrics, stages)
    judged = {v.run_id: m for v in chosen.baseline.values if (m := v.figure.mid) is not None} if chosen else {}
    best = stats.best_of_k(
        list(values.values()),
        int(row.ratio),
        validation=[judged[run] for run in values] if judged.keys() >= values.keys() else None,
        higher_is_better=quality.metric.direction == "max",
        scale="log" if quality.metric.scale == "log" else "linear",
    )
    notes = tuple(Note(w.code, w.text) for w in best.warnings)
    method = f"{best.method}, the best chosen by {chosen.metric.key}" if chosen and judged else best.method
    return IsoCost(row.ratio, basis, best.expected, best.low, best.high, method, notes)  # type: ignore[arg-type]


def _validation(quality: Row, metrics: Sequence[Row], stages: Sequence[str]) -> Row | None:
    """The primary metric on validation data, of the last stage that logged one."""
    kind = quality.metric.key.rpartition("/")[2].rpartition("_")[2]
    rows = {
        r.metric.key: r
        for r in metrics
        if re.search(rf"(^|[/_])val(idation)?[/_](\w*_)?{re.escape(kind)}", r.metric.key)
    }
    for prefix in (*(f"{stage}/" for stage in reversed(stages)), ""):
        keys = sorted(key for key in rows if key.startswith(prefix))
        if keys:
            return rows[keys[0]]
    return None


def price_of_knowing(quality: Row, costs: Sequence[Row], pairing: Pairing | None = None) -> tuple[PriceOfKnowing, ...]:
    """Seeds a side, and what those still missing cost, to resolve the observed and the smallest effect of interest, by
    the test that gives the verdict; and the seeds by the other one, with or without pairs, where both were made."""
    test, other = quality.test, pairing.other if pairing is not None else None
    if test is None:
        return ()
    asked = (
        (test.effect, "observed effect", test.seeds_for_effect, other.seeds_for_effect if other else None),
        (
            test.margin,
            "smallest effect of interest",
            test.seeds_for_min_effect,
            other.seeds_for_min_effect if other else None,
        ),
    )
    return tuple(
        PriceOfKnowing(
            effect,
            why,  # type: ignore[arg-type]
            seeds[0],
            seeds[1],
            _missing_runs(quality, costs, "cost/device_hours", seeds),
            _missing_runs(quality, costs, "cost/money", seeds),
            other_seeds,
        )
        for effect, why, seeds, other_seeds in asked
        if effect and seeds
    )


def _missing_runs(quality: Row, costs: Sequence[Row], key: str, seeds: tuple[int, int]) -> Figure:
    """Cost of the runs that both sides still lack, from the least to the most seeds."""
    row = next((r for r in costs if r.metric.key == key), None)
    if row is None or row.candidate.center is None or row.baseline.center is None:
        return Figure.missing("the cost of a run is not known on both sides", "h" if "hours" in key else "USD")
    low, high = (
        max(0, n - quality.candidate.n) * row.candidate.center + max(0, n - quality.baseline.n) * row.baseline.center
        for n in seeds
    )
    return Figure(
        None, row.metric.unit, low, high, Provenance.ESTIMATED, f"mean {row.metric.label.lower()} x runs still missing"
    )
