"""Two groups of runs into one Comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runcompare import stats
from runcompare.comparison.comparable import incomparable
from runcompare.comparison.comparison import Comparison, Options, RunBrief, Side
from runcompare.comparison.config_changes import config_changes, shared_config
from runcompare.comparison.corrected_config import corrected_changes, corrected_config
from runcompare.comparison.cost_rows import (
    Ledgers,
    cost_rows,
    iso_cost,
    price_of_knowing,
    price_per_percent,
    with_times,
)
from runcompare.comparison.model import Corrected, Note, Role, Row, Sample, StageComparison
from runcompare.comparison.recommend import recommend
from runcompare.comparison.rows import Policy, correct_for_many, make_row
from runcompare.comparison.rules import find
from runcompare.comparison.rules.facts import Facts
from runcompare.comparison.rules.records import hardware_words
from runcompare.comparison.rules.search import search_gain, with_and_without
from runcompare.comparison.samples import fit_scale, sample, value
from runcompare.comparison.stages.detect import EVAL, Stage, detect_stages
from runcompare.comparison.stages.table import compare_stage
from runcompare.costs import PriceBook, forecast, ledger
from runcompare.metrics.metric import Metric, is_judged
from runcompare.metrics.primary import find_metric, outcome_metrics
from runcompare.records.run import Group
from runcompare.version import __version__

__all__ = ["Request", "build"]


@dataclass(frozen=True, slots=True)
class Request:
    """How two groups are to be compared.

    `history` are replicated groups of the project, for the noise; `guardrails` are metrics that must not get worse.
    """

    metric: str | None = None
    direction: str | None = None  # "min" or "max"; None: by the metric's name
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
    policy = Policy(request.min_effect, request.alpha)
    metric = find_metric(candidate, baseline, request.metric, request.direction)
    quality = _quality(candidate, baseline, metric, policy, request)
    reasons = incomparable(candidate, baseline, metric)
    verdict = (
        "not comparable"
        if reasons and not request.force
        else str(quality.test.verdict if quality.test else quality.assessment)
    )
    if verdict not in set(stats.Verdict):
        verdict = "can't tell"

    book = PriceBook.load(own=request.prices, flat=request.gpu_price, cpu=request.cpu_price)
    new_costs, old_costs = ([ledger(run, book) for run in group.runs] for group in (candidate, baseline))
    cost = cost_rows(new_costs, old_costs, policy)
    stages = detect_stages([*baseline.runs, *candidate.runs])
    guardrails = _guardrails(candidate, baseline, request, policy)
    metrics, tables = _judged(candidate, baseline, metric, stages, policy, new_costs, old_costs)
    metrics = (*guardrails, *(row for row in metrics if row.metric.key not in request.guardrails))
    new_config, old_config = (shared_config([run.config for run in g.runs]) for g in (candidate, baseline))
    changes = config_changes(new_config, old_config)

    facts = Facts(candidate, baseline, verdict, reasons, quality, metrics, cost, changes, stages, tables)
    findings = find(facts)
    vetoed = any(row.assessment == "worse" for row in guardrails)
    worth = _worth(verdict, quality, facts.cost_ratio, policy, vetoed)
    knowing = price_of_knowing(quality, cost, request.min_effect)
    corrected = _corrected(facts, new_config, book)
    return Comparison(
        version=__version__,
        options=_options(metric, request),
        candidate=_side("candidate", candidate, new_config),
        baseline=_side("baseline", baseline, old_config),
        verdict=verdict,
        worth=worth,
        incomparable=reasons,
        quality=quality,
        metrics=metrics,
        cost=cost,
        config=changes,
        stages=tables,
        findings=findings,
        price_per_percent=price_per_percent(quality, facts.dearer)
        if worth == "trade-off" and verdict == "better"
        else None,
        iso_cost=iso_cost(quality, cost, metrics, [stage.name for stage in stages]),
        knowing=knowing,
        recommendations=recommend(verdict, worth, quality, findings, knowing, changes, corrected),
        corrected=corrected,
        warnings=_warnings(candidate, baseline, new_costs, old_costs),
    )


def _quality(candidate: Group, baseline: Group, metric: Metric, policy: Policy, request: Request) -> Row:
    history = [(g.label, values) for g in request.history if len(values := _finals(g, metric)) > 1]
    return make_row(
        metric,
        sample(candidate, metric),
        sample(baseline, metric),
        policy,
        role="primary",
        history=history,
        noise_cv=request.noise_cv,
    )


def _finals(group: Group, metric: Metric) -> list[float]:
    return [m for run in group.runs if (m := value(run, metric.key).mid) is not None]


def _judged(
    candidate: Group,
    baseline: Group,
    metric: Metric,
    stages: Sequence[Stage],
    policy: Policy,
    new_costs: Ledgers,
    old_costs: Ledgers,
) -> tuple[tuple[Row, ...], tuple[StageComparison, ...]]:
    """The other metrics and the stage tables, their p-values corrected together for how many were looked at."""
    judged = sample(candidate, metric), sample(baseline, metric)
    found = [(m, sample(candidate, m), sample(baseline, m)) for m in outcome_metrics(candidate, baseline, metric)]
    others = [
        make_row(fit_scale(m, new, old), new, old, policy, decided=is_judged(m.key))
        for m, new, old in found
        if not _same(judged, (new, old))
    ]
    tables = [compare_stage(candidate, baseline, stage, policy) for stage in stages]
    rows = iter(correct_for_many([*others, *(row for t in tables for row in t.rows)], policy.alpha))
    others = [next(rows) for _ in others]
    tables = [StageComparison(t.name, t.seen_as, tuple(next(rows) for _ in t.rows), t.curves) for t in tables]
    timed = [with_times(t, new_costs, old_costs, policy) for t in tables]
    return tuple(others), tuple(t for t in timed if t.rows and t.name != EVAL)


def _same(a: tuple[Sample, Sample], b: tuple[Sample, Sample]) -> bool:
    """Whether a key repeats the primary metric under another name."""
    return all(
        [v.figure.value for v in x.values] == [v.figure.value for v in y.values] for x, y in zip(a, b, strict=True)
    )


def _guardrails(candidate: Group, baseline: Group, request: Request, policy: Policy) -> tuple[Row, ...]:
    """The guardrails' rows, their p-values corrected by Holm. Raises UsageError for one that neither side has."""
    rows = []
    for key in request.guardrails:
        metric = find_metric(candidate, baseline, key)
        new, old = sample(candidate, metric), sample(baseline, metric)
        rows.append(make_row(fit_scale(metric, new, old), new, old, policy, role="guardrail"))
    return tuple(correct_for_many(rows, policy.alpha, stats.holm))


def _worth(verdict: str, quality: Row, cost_ratio: float | None, policy: Policy, vetoed: bool) -> str | None:
    """The design's second word; None where no cost is known or the sides can't be compared."""
    if verdict == "not comparable" or cost_ratio is None:
        return None
    test = quality.test
    interval = (test.low, test.high) if test else (None, None)
    higher = quality.metric.higher_is_better
    effect = policy.min_effect
    return stats.worth_it(verdict, interval, cost_ratio, higher_is_better=higher, min_effect=effect, vetoed=vetoed)


def _corrected(facts: Facts, config: Mapping[str, Any], book: PriceBook) -> Corrected | None:
    if facts.verdict == "not comparable" or not facts.config:
        return None
    pairs = with_and_without(facts)
    gain = search_gain(*pairs, "candidate") if pairs else None
    pays = gain is None or (gain.shown and gain.mean > 0)
    changes = facts.config
    corrections = corrected_changes(facts.candidate, facts.baseline, changes, facts.stages, facts.verdict, pays)
    if not corrections:
        return None
    wanted = corrected_config(config, corrections)
    cast = forecast(wanted, [*facts.candidate.runs, *facts.baseline.runs], book)
    total = cast.total
    is_baseline = len(corrections) == len(changes) and all(x.value == x.baseline for x in corrections)
    return Corrected(
        "candidate",
        corrections,
        wanted,
        is_baseline,
        total.wall,
        total.device_hours,
        total.money,
        cast.method,
        tuple(cast.notes),
    )


def _side(role: Role, group: Group, config: Mapping[str, Any]) -> Side:
    briefs = tuple(
        RunBrief(
            run.id,
            run.name,
            run.seed,
            run.info.state,
            run.info.source,
            run.info.location,
            run.info.started_at,
            run.lost.records,
            run.lost.rebuilt_rows,
            run.warnings,
        )
        for run in group.runs
    )
    hardware = sorted({words for run in group.runs if (words := hardware_words(run))})
    return Side(role, group.label, group.reference, briefs, ", ".join(hardware), config, group.notes)


def _options(metric: Metric, request: Request) -> Options:
    return Options(
        metric.key,
        request.min_effect,
        request.alpha,
        request.gpu_price,
        request.cpu_price,
        request.noise_cv,
        request.force,
    )


def _warnings(candidate: Group, baseline: Group, new_costs: Ledgers, old_costs: Ledgers) -> tuple[Note, ...]:
    """What went wrong while reading and costing, each once."""
    reading = [
        Note("run", f"{run.id}: {text}") for g in (candidate, baseline) for run in g.runs for text in run.warnings
    ]
    costing = [Note("cost", f"{x.run_id}: {text}") for x in (*new_costs, *old_costs) for text in x.notes]
    return tuple(dict.fromkeys([*reading, *costing]))
