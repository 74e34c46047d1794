"""Two groups of runs into one Comparison: each side measured once, then compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from runcompare import stats
from runcompare.comparison.comparable import incomparable
from runcompare.comparison.comparison import Comparison, Options, RunBrief, Side
from runcompare.comparison.config_changes import config_changes
from runcompare.comparison.corrected_config import corrected_changes, corrected_config
from runcompare.comparison.cost_rows import cost_rows, iso_cost, price_of_knowing, price_per_percent, with_times
from runcompare.comparison.measured import MeasuredSide, measure
from runcompare.comparison.model import Corrected, Note, Row, Sample, StageComparison
from runcompare.comparison.recommend import recommend
from runcompare.comparison.rows import Policy, correct_for_many, make_row
from runcompare.comparison.rules import find
from runcompare.comparison.rules.records import hardware_words
from runcompare.comparison.rules.rule import Facts
from runcompare.comparison.samples import fit_scale
from runcompare.comparison.stages.detect import EVAL, Stage, detect_stages
from runcompare.comparison.stages.table import compare_stage
from runcompare.costs import PriceBook, forecast, price_book
from runcompare.metrics.final_value import value
from runcompare.metrics.metric import Metric, is_judged
from runcompare.metrics.primary import find_metric, outcome_metrics
from runcompare.records.run import Group
from runcompare.version import __version__

__all__ = ["Request", "build"]


@dataclass(frozen=True, slots=True)
class Request:
    """How two groups are to be compared.

    `direction` is "min" or "max", None for the metric's own; `min_effect` is relative; prices are USD per device-hour;
    `history` are replicated groups of the project, for the noise; `guardrails` are metrics that must not get worse.
    """

    metric: str | None = None
    direction: str | None = None
    min_effect: float = 0.02
    alpha: float = 0.05
    gpu_price: float | None = None
    cpu_price: float | None = None
    prices: Mapping[str, float] = field(default_factory=dict)
    noise_cv: float | None = None
    history: Sequence[Group] = ()
    guardrails: Sequence[str] = ()
    force: bool = False


def build(candidate: Group, baseline: Group, request: Request) -> Comparison:
    """Everything that a report says of candidate against baseline.

    Raises UsageError if the sides share no metric that looks like a result and none was named.
    """
    book = price_book(request)
    metric = find_metric(candidate, baseline, request.metric, request.direction)
    new, old = measure("candidate", candidate, book), measure("baseline", baseline, book)
    facts = _facts(new, old, metric, request)
    findings = find(facts)
    worth = _worth(facts, request)
    knowing = price_of_knowing(facts.quality, facts.cost, request.min_effect)
    corrected = _corrected(facts, book)
    priced = worth == "trade-off" and facts.verdict == "better"
    price = price_per_percent(facts.quality, facts.main_cost) if priced else None
    return Comparison(
        version=__version__,
        options=_options(metric, request),
        candidate=_side(new),
        baseline=_side(old),
        verdict=facts.verdict,
        worth=worth,
        incomparable=facts.incomparable,
        quality=facts.quality,
        metrics=facts.metrics,
        cost=facts.cost,
        config=facts.config,
        stages=facts.tables,
        findings=findings,
        price_per_percent=price,
        iso_cost=iso_cost(facts.quality, facts.cost, facts.metrics, [stage.name for stage in facts.stages]),
        knowing=knowing,
        recommendations=recommend(facts, worth, findings, price=price, knowing=knowing, corrected=corrected),
        corrected=corrected,
        warnings=_warnings(new, old),
    )


def _facts(new: MeasuredSide, old: MeasuredSide, metric: Metric, request: Request) -> Facts:
    policy = Policy(request.min_effect, request.alpha)
    quality = _quality(new, old, metric, request)
    reasons = incomparable(new.group, old.group, metric)
    stages = detect_stages([run.run for side in (old, new) for run in side.runs])
    guardrails = _guardrails(new, old, request)
    judged = _judged(new, old, metric, stages, policy=policy)
    others = (row for row in judged.metrics if row.metric.key not in request.guardrails)
    return Facts(
        candidate=new,
        baseline=old,
        verdict="not comparable" if reasons and not request.force else _verdict(quality),
        incomparable=reasons,
        quality=quality,
        metrics=(*guardrails, *others),
        cost=cost_rows(new.ledgers, old.ledgers, policy),
        config=config_changes(new.config, old.config),
        stages=stages,
        tables=judged.tables,
    )


def _verdict(quality: Row) -> str:
    word = str(quality.test.verdict if quality.test else quality.assessment)
    return word if word in set(stats.Verdict) else "can't tell"


def _quality(new: MeasuredSide, old: MeasuredSide, metric: Metric, request: Request) -> Row:
    history = [(group.label, values) for group in request.history if len(values := _finals(group, metric)) > 1]
    return make_row(
        metric,
        new.sample(metric),
        old.sample(metric),
        Policy(request.min_effect, request.alpha),
        role="primary",
        history=history,
        noise_cv=request.noise_cv,
    )


def _finals(group: Group, metric: Metric) -> list[float]:
    return [m for run in group.runs if (m := value(run, metric.key).mid) is not None]


@dataclass(frozen=True, slots=True)
class Judged:
    """The other metrics and the stage tables, their p-values corrected together."""

    metrics: tuple[Row, ...]
    tables: tuple[StageComparison, ...]


def _judged(new: MeasuredSide, old: MeasuredSide, metric: Metric, stages: Sequence[Stage], *, policy: Policy) -> Judged:
    """All that is tested beside the primary metric, corrected for how many were looked at."""
    others = list(_other_metrics(new, old, metric, policy))
    tables = [compare_stage(new, old, stage, policy) for stage in stages]
    rows = iter(correct_for_many([*others, *(row for t in tables for row in t.rows)], policy.alpha))
    others = [next(rows) for _ in others]
    tables = [replace(table, rows=tuple(next(rows) for _ in table.rows)) for table in tables]
    timed = [with_times(table, new.ledgers, old.ledgers, policy) for table in tables]
    return Judged(tuple(others), tuple(t for t in timed if t.rows and t.name != EVAL))


def _other_metrics(new: MeasuredSide, old: MeasuredSide, primary: Metric, policy: Policy) -> Sequence[Row]:
    """The rows of all other outcomes but those that repeat the primary metric under another name."""
    judged = _values(new.sample(primary)), _values(old.sample(primary))
    rows = []
    for metric in outcome_metrics(new.group, old.group, primary):
        ours, theirs = new.sample(metric), old.sample(metric)
        if (_values(ours), _values(theirs)) != judged:
            rows.append(make_row(fit_scale(metric, ours, theirs), ours, theirs, policy, decided=is_judged(metric.key)))
    return rows


def _values(sample: Sample) -> list[Any]:
    return [v.figure.value for v in sample.values]


def _guardrails(new: MeasuredSide, old: MeasuredSide, request: Request) -> tuple[Row, ...]:
    """The guardrails' rows, their p-values corrected by Holm. Raises UsageError for one that neither side has."""
    policy = Policy(request.min_effect, request.alpha)
    rows = []
    for key in request.guardrails:
        metric = find_metric(new.group, old.group, key)
        ours, theirs = new.sample(metric), old.sample(metric)
        rows.append(make_row(fit_scale(metric, ours, theirs), ours, theirs, policy, role="guardrail"))
    return tuple(correct_for_many(rows, policy.alpha, stats.holm))


def _worth(facts: Facts, request: Request) -> str | None:
    """The design's second word; None where no cost is known or the sides can't be compared."""
    if facts.verdict == "not comparable" or facts.cost_ratio is None:
        return None
    test = facts.quality.test
    return stats.worth_it(
        facts.verdict,
        (test.low, test.high) if test else (None, None),
        facts.cost_ratio,
        higher_is_better=facts.quality.metric.higher_is_better,
        min_effect=request.min_effect,
        vetoed=any(row.role == "guardrail" and row.assessment == "worse" for row in facts.metrics),
    )


def _corrected(facts: Facts, book: PriceBook) -> Corrected | None:
    if facts.verdict == "not comparable" or not facts.config:
        return None
    corrections = corrected_changes(facts)
    if not corrections:
        return None
    wanted = corrected_config(facts.candidate.config, corrections)
    cast = forecast(wanted, [run.run for side in facts.sides for run in side.runs], book)
    return Corrected(
        base="candidate",
        changes=corrections,
        config=wanted,
        is_baseline=len(corrections) == len(facts.config) and all(x.value == x.baseline for x in corrections),
        time=cast.total.wall,
        device_hours=cast.total.device_hours,
        money=cast.total.money,
        method=cast.method,
        notes=tuple(cast.notes),
    )


def _side(side: MeasuredSide) -> Side:
    group = side.group
    briefs = tuple(
        RunBrief(
            id=run.id,
            name=run.name,
            seed=run.seed,
            state=run.info.state,
            source=run.info.source,
            location=run.info.location,
            started_at=run.info.started_at,
            lost_records=run.lost.records,
            rebuilt_rows=run.lost.rebuilt_rows,
            warnings=run.warnings,
        )
        for run in group.runs
    )
    hardware = sorted({words for run in group.runs if (words := hardware_words(run))})
    return Side(side.role, group.label, group.reference, briefs, ", ".join(hardware), side.config, group.notes)


def _options(metric: Metric, request: Request) -> Options:
    return Options(
        metric=metric.key,
        min_effect=request.min_effect,
        alpha=request.alpha,
        gpu_price=request.gpu_price,
        cpu_price=request.cpu_price,
        noise_cv=request.noise_cv,
        forced=request.force,
    )


def _warnings(new: MeasuredSide, old: MeasuredSide) -> tuple[Note, ...]:
    """What went wrong while reading and costing, each once."""
    runs = [run for side in (new, old) for run in side.runs]
    reading = [Note("run", f"{run.id}: {text}") for run in runs for text in run.run.warnings]
    costing = [Note("cost", f"{run.id}: {text}") for run in runs for text in run.ledger.notes]
    return tuple(dict.fromkeys([*reading, *costing]))
