"""Two groups of runs into one Comparison: each side measured once, then compared."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runcompare import stats
from runcompare.comparison.account import account_of
from runcompare.comparison.causes.find import causes_of
from runcompare.comparison.causes.model import Causes
from runcompare.comparison.choices import choices_made
from runcompare.comparison.comparable import changed_losses, incomparable
from runcompare.comparison.comparison import Comparison
from runcompare.comparison.config_changes import config_changes
from runcompare.comparison.corrected.changes import corrected_changes, corrected_config
from runcompare.comparison.corrected.outlook import Judging, find_tried, measure_tried, outlook, saving
from runcompare.comparison.cost_rows import cost_rows, iso_cost, price_of_gain, price_of_knowing, with_times
from runcompare.comparison.guardrails import guardrail_rows
from runcompare.comparison.left_out import left_out
from runcompare.comparison.look import Look
from runcompare.comparison.looks import look_at, only_due
from runcompare.comparison.measured import MeasuredSide, fitted_to, measure
from runcompare.comparison.model import Corrected, Finding, KeyFamily, MetricCurve, Note, Row, Sample, StageComparison
from runcompare.comparison.others import noise_of_others
from runcompare.comparison.paired_rows import Earlier, PairedRow, earlier_pairs, in_pairs
from runcompare.comparison.pairing import match
from runcompare.comparison.past import usable_history
from runcompare.comparison.recommend import recommend, worth_of
from runcompare.comparison.request import Request, directed, options_of, reading_notes, side_of, values_of
from runcompare.comparison.rows import Policy, correct_for_many, make_row
from runcompare.comparison.rules import find, unchecked
from runcompare.comparison.rules.rule import Facts
from runcompare.comparison.sample_evidence import sample_evidence
from runcompare.comparison.searches import how_many, searches_of
from runcompare.comparison.stages.detect import EVAL, detect_stages
from runcompare.comparison.stages.families import Layout, describe, lay_out
from runcompare.comparison.stages.metric_curve import metric_curve
from runcompare.comparison.stages.table import compare_stage, repeats_another, shown_keys
from runcompare.costs import PriceBook, forecast, price_book
from runcompare.metrics.metric import Meanings, Metric
from runcompare.metrics.min_effect import parse_min_effect
from runcompare.metrics.primary import choose_metric, last_values, other_results
from runcompare.records.run import Group
from runcompare.version import __version__

__all__ = ["Request", "build"]


def build(candidate: Group, baseline: Group, request: Request) -> Comparison:
    """Everything that a report says of candidate against baseline.

    Raises UsageError if the sides share no metric that is known to be a result and none was named.
    """
    book = price_book(request)
    meanings = Meanings.of((*candidate.runs, *baseline.runs), request.overrides)
    changed_loss = bool(changed_losses(candidate, baseline))
    choice = choose_metric(candidate, baseline, meanings, request.metric, changed_loss=changed_loss)
    meanings = meanings.overridden(choice.metric.key, request.primary)
    choice = replace(choice, metric=meanings.metric(choice.metric.key))
    request = _with_own_margin(request, meanings, choice.metric.key)
    key = choice.metric.key
    history = request.history
    past = usable_history(history, candidate, key)
    request = replace(request, history=past.groups)
    new = measure("candidate", candidate, book, left_out=left_out(candidate.runs, key))
    old = measure("baseline", baseline, book, left_out=left_out(baseline.runs, key))
    searches = searches_of(candidate, baseline, key)
    request = _at_look(replace(request, searched=how_many(searches)), new, old, choice.metric, meanings=meanings)
    quality, pairing = _quality(new, old, choice.metric, request, meanings=meanings)
    quality = only_due(quality, request.look)
    guardrails = guardrail_rows(new, old, request, meanings, history=history)
    facts = _facts(new, old, quality, request, meanings=meanings, guardrails=guardrails)
    findings = find(facts)
    causes = _causes(facts, request, meanings, book)
    worth = worth_of(facts)
    knowing = price_of_knowing(facts.quality, facts.cost, pairing)
    judging = Judging(directed(request.value, choice.metric, meanings), request.policy, book)
    corrected = _corrected(facts, findings, judging, history=history, tried=request.tried, causes=causes)
    priced = worth == "trade-off" and facts.verdict == "better"
    price = price_of_gain(facts.quality, facts.main_cost) if priced else None
    return Comparison(
        version=__version__,
        options=options_of(choice.metric, request),
        candidate=side_of(new),
        baseline=side_of(old),
        verdict=facts.verdict,
        worth=worth,
        incomparable=facts.incomparable,
        quality=facts.quality,
        metrics=facts.metrics,
        cost=facts.cost,
        config=facts.config,
        stages=facts.tables,
        curve=facts.curve,
        families=facts.families,
        findings=findings,
        price_of_gain=price,
        iso_cost=iso_cost(facts.quality, facts.cost, facts.metrics, [stage.name for stage in facts.stages]),
        knowing=knowing,
        recommendations=recommend(
            facts, worth, findings, price=price, knowing=knowing, corrected=corrected, causes=causes
        ),
        corrected=corrected,
        warnings=(*reading_notes(new, old), *(Note("history", text) for text in past.notes)),
        choices=choices_made(choice, facts.quality, request.value, (new, old), pairing=pairing),
        left_out=tuple(Note(run, why) for side in (new, old) for run, why in side.left_out.items()),
        searches=searches,
        pairing=pairing,
        samples=sample_evidence(new, old, quality, replace(request.policy, searched=1)),
        look=request.look,
        not_run=unchecked(facts),
        account=account_of(causes, facts.config if new.config and old.config else (), facts.cost, facts.tables),
        causes=causes,
    )


def _causes(facts: Facts, request: Request, meanings: Meanings, book: PriceBook) -> Causes | None:
    metric = facts.quality.metric
    return causes_of(
        facts.candidate,
        facts.baseline,
        facts.config if facts.candidate.config and facts.baseline.config else (),
        metric,
        rule=directed(request.value, metric, meanings),
        alpha=request.alpha,
        book=book,
        history=request.history,
        ablations=request.ablations,
        ignore=request.ignore,
    )


def _at_look(request: Request, new: MeasuredSide, old: MeasuredSide, metric: Metric, *, meanings: Meanings) -> Request:
    """The request at the level of the look that the ledger says it is; planned looks go without history."""
    rule = directed(request.value, metric, meanings)
    look = look_at(new, old, metric.key, rule, book=request.looks, alpha=request.alpha)
    if look is None:
        return request
    alone = look.share < 1 and look.n > 1
    return replace(request, look=look, alpha=look.level, history=() if alone else request.history)


def _facts(
    new: MeasuredSide,
    old: MeasuredSide,
    quality: Row,
    request: Request,
    *,
    meanings: Meanings,
    guardrails: tuple[Row, ...],
) -> Facts:
    policy = request.policy
    reasons = incomparable(new.group, old.group, quality.metric)
    runs = [run.run for side in (old, new) for run in side.runs]
    layout = lay_out(detect_stages(runs), runs)
    judged = _judged(new, old, quality.metric, meanings, layout=layout, policy=policy, look=request.look)
    guarded = {row.metric.key for row in guardrails}
    return Facts(
        candidate=new,
        baseline=old,
        verdict="not comparable" if reasons and not request.force else _verdict(quality),
        incomparable=reasons,
        quality=quality,
        metrics=(*guardrails, *(row for row in judged.metrics if row.metric.key not in guarded)),
        cost=cost_rows(new.ledgers, old.ledgers, policy),
        config=config_changes(new.config, old.config),
        stages=layout.tables,
        tables=judged.tables,
        curve=judged.curve,
        families=judged.families,
        look=request.look,
        alpha=request.alpha,
    )


def _with_own_margin(request: Request, meanings: Meanings, key: str) -> Request:
    """The request with the smallest effect that the settings state for the metric, where none is stated for all."""
    own = meanings.overrides[key].min_effect
    if request.min_effect is not None or own is None:
        return request
    return replace(request, min_effect=parse_min_effect(own))


def _verdict(quality: Row) -> str:
    word = str(quality.test.verdict if quality.test else quality.assessment)
    return word if word in set(stats.Verdict) else "can't tell"


def _quality(
    new: MeasuredSide, old: MeasuredSide, metric: Metric, request: Request, *, meanings: Meanings
) -> PairedRow:
    policy = request.policy
    rule = directed(request.value, metric, meanings)
    history = {g.label: values for g in request.history if len(values := values_of(g, metric, rule)) > 1}
    fitted = fitted_to(metric, new, old, rule=rule)
    alone = request.noise_library and not history and len(new) == len(old) == 1
    row = make_row(
        fitted,
        new.sample(fitted, rule),
        old.sample(fitted, rule),
        policy,
        role="primary",
        history=history,
        noise_cv=request.noise_cv,
        others=noise_of_others(fitted, rule, new, old) if alone else None,
    )
    matching = match(new, old, request.pair_by)
    earlier = Earlier() if matching is None else earlier_pairs(request.history, fitted, rule, matching)
    return in_pairs(row, matching, earlier, policy)


@dataclass(frozen=True, slots=True)
class Judged:
    """All that stands beside the primary metric's value; what is tested, corrected for how many were looked at."""

    metrics: tuple[Row, ...]
    tables: tuple[StageComparison, ...]
    curve: MetricCurve | None
    families: tuple[KeyFamily, ...]


def _judged(
    new: MeasuredSide,
    old: MeasuredSide,
    metric: Metric,
    meanings: Meanings,
    *,
    layout: Layout,
    policy: Policy,
    look: Look | None,
) -> Judged:
    described = {key for group in layout.groups for key in group}
    results = [m for m in other_results(new.group, old.group, meanings, metric) if m.key not in described]
    others = _other_rows(new, old, metric, results, policy=policy.general, tested=True)
    tables = [compare_stage(new, old, stage, policy.general) for stage in layout.tables]
    curve = metric_curve(new, old, metric, policy)
    rows = _corrected_rows([*others, *(row for t in tables for row in t.rows), *(curve.rows if curve else ())], policy)
    others = [next(rows) for _ in others]
    tables = [replace(table, rows=tuple(next(rows) for _ in table.rows)) for table in tables]
    curve = replace(curve, rows=tuple(only_due(row, look) for row in rows)) if curve else None
    timed = [with_times(table, new.ledgers, old.ledgers, policy.general) for table in tables]
    shown = described | {r.metric.key for r in others} | shown_keys(layout.tables, (new, old)) | {metric.key}
    rest = last_values(new.group, old.group, meanings, shown)
    return Judged(
        metrics=(*others, *_other_rows(new, old, metric, rest, policy=policy, tested=False)),
        tables=tuple(t for t in timed if t.rows and t.name != EVAL),
        curve=curve,
        families=tuple(describe(group, new, old) for group in layout.groups),
    )


def _corrected_rows(rows: Sequence[Row], policy: Policy) -> Iterator[Row]:
    """The rows in their order, those that repeat another one (a best after a final value) as a family of their own."""
    repeat = [row.role == "curve" or repeats_another(row) for row in rows]
    families = {
        kind: iter(correct_for_many([r for r, k in zip(rows, repeat, strict=True) if k is kind], policy.alpha))
        for kind in (True, False)
    }
    return (next(families[kind]) for kind in repeat)


def _other_rows(
    new: MeasuredSide,
    old: MeasuredSide,
    primary: Metric,
    metrics: Iterable[Metric],
    *,
    policy: Policy,
    tested: bool,
) -> list[Row]:
    """The metrics' rows, but of those that repeat the primary metric under another name; shown only unless `tested`."""
    judged = _figures(new.sample(primary)), _figures(old.sample(primary))
    rows = []
    for metric in metrics:
        fitted = fitted_to(metric, new, old)
        ours, theirs = new.sample(fitted), old.sample(fitted)
        if (_figures(ours), _figures(theirs)) != judged:
            rows.append(make_row(fitted, ours, theirs, policy, decided=tested and fitted.is_judged))
    return rows


def _figures(sample: Sample) -> list[Any]:
    return [v.figure.value for v in sample.values]


def _corrected(
    facts: Facts,
    findings: Sequence[Finding],
    judging: Judging,
    *,
    history: Sequence[Group],
    tried: Group | None = None,
    causes: Causes | None = None,
) -> Corrected | None:
    """The config to run next with its forecast, and what it did where the project has runs of it."""
    known = facts.candidate.config and facts.baseline.config
    if facts.verdict == "not comparable" or not facts.config or facts.quality.metric.direction is None or not known:
        return None
    corrections = corrected_changes(facts, findings, causes)
    if not corrections:
        return None
    wanted = corrected_config(facts.candidate.config, corrections)
    cast = forecast(wanted, [run.run for side in facts.sides for run in side.runs], judging.book)
    is_baseline = len(corrections) == len(facts.config) and all(x.value == x.baseline for x in corrections)
    corrected = Corrected(
        base="candidate",
        changes=corrections,
        config=wanted,
        is_baseline=is_baseline,
        time=cast.total.wall,
        device_hours=cast.total.device_hours,
        money=cast.total.money,
        method=cast.method,
        notes=tuple(cast.notes),
        quality=outlook(facts, corrections, causes, is_baseline=is_baseline),
        saving=saving(facts, cast.total.money),
        kept=tuple(c.path for c in facts.config if c.path not in {x.path for x in corrections}),
    )
    if is_baseline:
        return corrected
    found = tried or find_tried(corrected, history)
    return corrected if found is None else replace(corrected, tried=measure_tried(facts, corrected, found, judging))
