"""What a notebook imports: load runs, compare them, render the report, say what runs cost and what more would."""

import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from runcompare import settings as settings_file
from runcompare.errors import ConfigError, DataError, UsageError
from runcompare.inputs import (
    OF_ONE_TASK,
    OF_TWO_ALONE,
    OF_TWO_SIDES,
    Folders,
    Found,
    Reference,
    are_only_files,
    as_keys,
    asked_options,
    check_no_second_side,
    check_only_many,
    check_only_tasks,
    found_history,
    gathered,
    is_at_hand,
    keep_runs,
    keys_of,
    ledger_of,
    load_group,
    places_of,
    query_groups,
    readable_runs,
    request_of,
    roots_of,
    told_apart,
    with_troubles,
)
from runcompare.records.run import Group

if TYPE_CHECKING:
    from runcompare.certificates.certify import Certificate
    from runcompare.certificates.verify import Verification
    from runcompare.comparison.check import Check
    from runcompare.comparison.comparison import Comparison
    from runcompare.comparison.cost_report import CostReport
    from runcompare.comparison.gate import Gate
    from runcompare.comparison.group_summary import GroupSummary
    from runcompare.comparison.many import ManyReport
    from runcompare.comparison.planning import Plan
    from runcompare.comparison.ranking import RankReport
    from runcompare.comparison.recommended import Recommended
    from runcompare.comparison.target import TargetReport
    from runcompare.comparison.tasks import TasksReport
    from runcompare.costs import Forecast, PriceBook
    from runcompare.lab.jobs import Outcome
    from runcompare.records.run import RunInfo
    from runcompare.reporting.listing import Listing

__all__ = [
    "Reference",
    "against_target",
    "certify",
    "check",
    "compare",
    "compare_many",
    "compare_tasks",
    "cost",
    "forecast",
    "gate",
    "groups",
    "judge",
    "load",
    "plan",
    "price_book",
    "rank",
    "recommend",
    "report",
    "runs",
    "verify_report",
]


def load(reference: Reference, *, runs: Folders = None, replicate_key: str | Sequence[str] = ()) -> Group:
    """The runs that a reference names, as one group.

    Args:
        reference: An id, a name, a group, an alias, `tag:`, `name:GLOB`, `config:KEY=VALUE` or a path, several with
            commas or, of conditions, with AND, which `@latest`, `@best:METRIC`, `@step=N` or `@stage=NAME` may follow;
            or runs at hand: a run, a group, or a list of runs that differ by seed only; or what a tracker calls a run
            that goes on: `wandb.run`, an MLflow run, a `Recorder`.
        runs: Folders to look in; those of the settings by default. What is in none of them is looked for in the store.
        replicate_key: Settings besides the seed in which replicates may differ, such as `fold`.

    Raises:
        RunNotFound: If nothing matches.
        AmbiguousReference: If the runs that match are not replicates of one another.
        UnreadableRun: If nothing of a run could be read.
        UsageError: For a reference that is none.
    """
    return load_group(reference, None if is_at_hand(reference) else places_of(runs), as_keys(replicate_key))


def compare(
    candidate: Reference,
    baseline: Reference,
    *,
    runs: Folders = None,
    metric: str | None = None,
    direction: Literal["min", "max"] | None = None,
    scale: Literal["log", "logit", "linear"] | None = None,
    value: str = "final",
    min_effect: str | float | None = None,
    alpha: float | None = None,
    gpu_price: float | None = None,
    cpu_price: float | None = None,
    noise_cv: float | None = None,
    noise_from: Sequence[Reference] = (),
    noise_library: bool | None = None,
    guardrails: Sequence[str] = (),
    replicate_key: str | Sequence[str] = (),
    pair_by: str | None = None,
    force: bool = False,
    ignore: str | Sequence[str] = (),
    keep: bool = False,
    looks: str | Path | None = None,
    looked: bool = False,
    tried: Reference | None = None,
) -> "Comparison":
    """Compare two groups of runs. Options left out come from the settings.

    Args:
        candidate, baseline: Runs as `load` takes them.
        runs: Folders to look in; those of the settings by default.
        metric: The metric to judge by, as the runs log it; the most telling one by default.
        direction: Whether low ("min") or high ("max") is better; what the runs or the metric's name say by default.
        scale: How differences are measured: as ratios ("log"), as odds of a share ("logit") or as they are ("linear").
        value: What stands for a run: "final", "best", "best-by:KEY", "mean-last:10%" or "auc".
        min_effect: The smallest effect worth acting on: "2%" of the baseline's level, "0.5pt" of a share, a number in
            the metric's units, or "1sd" of its noise. Without one nothing is called equivalent.
        alpha: The error rate of the verdict, between 0 and 1.
        gpu_price, cpu_price: USD per hour of an accelerator and of a CPU thread.
        noise_cv: The seed-to-seed standard deviation relative to the metric, stated by hand.
        noise_from: Replicated groups to take the noise from; by default every group of replicates beside these runs
            and in the store.
        noise_library: Whether one run a side without any history may be judged by other people's runs of its kind,
            which calls nothing more than likely; True by default.
        guardrails: Metrics that must not get worse, as KEY[:min|:max][:MARGIN], such as "latency", "acc:max:0.5pt" or
            "latency:min:2%". One that gets worse (by more than its margin) vetoes the candidate; one with a margin
            must be shown to hold within it.
        replicate_key: Settings besides the seed in which replicates may differ, such as `fold`.
        pair_by: What runs of both sides share: "seed", or a setting such as `fold`, in which replicates may then
            differ; the verdict is that of the pairs. By default seeds make pairs where both sides have the same ones
            and the logs show the same data, batch size and model, and the pairs decide where earlier pairs show that
            they help. "none" for no pairs.
        force: Go on where the sides are not comparable.
        ignore: Settings, sections such as `logging`, or patterns that differ and are no cause; names, paths and the
            like are none anyway.
        keep: Put the runs into the store, for later comparisons to learn the noise from, and the look into its ledger,
            so that a later one with more runs counts as a further look. Nothing is written but for that and `looks`.
        looks: A file that keeps count of the looks at these two sides, in place of the store's ledger: looks are
            planned, and share the error rate.
        looked: There was a look before that is not in the ledger, and has taken the error rate.
        tried: Runs of the corrected config, held against its forecast; by default the group of replicates beside these
            runs that was told the same.

    Raises:
        UsageError: If the sides share runs or no metric, or for an option out of its range; for looks that were made at
            another error rate.
        DataError: With `keep` or `looks`, for a store or a file that can't be written, or holds no looks.
        RuncompareError: The errors of `load`.
    """
    from runcompare.comparison.build import build
    from runcompare.comparison.look import LookBook
    from runcompare.comparison.looks import is_spent

    request = request_of(
        runs=runs,
        metric=metric,
        direction=direction,
        scale=scale,
        value=value,
        min_effect=min_effect,
        alpha=alpha,
        gpu_price=gpu_price,
        cpu_price=cpu_price,
        noise_cv=noise_cv,
        noise_from=noise_from,
        noise_library=noise_library,
        guardrails=guardrails,
        pair_by=pair_by,
        force=force,
        ignore=as_keys(ignore),
    )
    request = replace(request, asked={**request.asked, **asked_options(looks=looks, keep=keep)})
    found = gathered(
        (candidate, baseline), request, runs=runs, noise_from=noise_from, replicate_key=replicate_key, tried=tried
    )
    (new, old), request = found
    if keep:
        keep_runs((new, old))
    ledger = ledger_of(looks, keep=keep, looked=looked)
    if ledger is None:
        return build(new, old, request)
    book = LookBook(ledger.read(), ledger.name, planned=looks is not None or looked, unrecorded=looked)
    comparison = build(new, old, replace(request, looks=book))
    if (look := comparison.look) is not None and is_spent(look, comparison.verdict, comparison.quality):
        ledger.add(replace(look.entry, at=time.time(), verdict=comparison.verdict))
    return comparison


def gate(
    candidate: Reference, baseline: Reference, *, fail_on: str | Sequence[str] | None = None, **options: Any
) -> "Gate":
    """Compare two groups of runs, and say which conditions the candidate meets that it must not.

    Args:
        candidate, baseline: Runs as `load` takes them.
        fail_on: What fails the gate, such as "worse,guardrail,cost>1.5x", or several such texts: "worse",
            "likely-worse", "guardrail", "dominated", "inconclusive", "cant-tell", and limits on "cost", "time",
            "device-hours", "money" and "energy". By default what the settings say as `gate`, else "worse", and
            "guardrail" where guardrails are named.
        options: Those of `compare`.

    Returns:
        Each condition with its evidence; `outcome` is "pass", "fail" or, where one could not be judged, "unknown".

    Raises:
        UsageError: For a condition that is none, and as `compare`.
        RuncompareError: The errors of `compare`.
    """
    from runcompare.comparison.gate import judge, parse_conditions

    usual = "worse,guardrail" if options.get("guardrails") else "worse"
    conditions = parse_conditions(fail_on or settings_file.load().gate or usual)
    return judge(compare(candidate, baseline, **options), conditions)


def certify(
    candidate: Reference,
    baseline: Reference,
    *,
    output: str | Path | None = None,
    runs: Folders = None,
    noise_from: Sequence[Reference] = (),
    replicate_key: str | Sequence[str] = (),
    **options: Any,
) -> "Certificate":
    """A certificate of candidate against baseline: all that decided, so that `verify_report` decides it again.

    Args:
        candidate, baseline: Runs as `load` takes them.
        output: A .zip file, which may be there, or else a folder, which may not.
        runs, noise_from, replicate_key: Those of `compare`.
        options: The others of `compare`, but for `keep`, `looks`, `looked` and `tried`.

    Returns:
        Its files, its digest, and the comparison.

    Raises:
        DataError: If the file or folder can't be written, or the folder is not empty.
        UsageError: While secrets are shown, and as `compare`.
        RuncompareError: The errors of `compare`.
    """
    from runcompare.certificates.certify import certify as certified
    from runcompare.certificates.certify import write_certificate

    request = request_of(runs=runs, noise_from=noise_from, **options)
    found = gathered((candidate, baseline), request, runs=runs, noise_from=noise_from, replicate_key=replicate_key)
    new, old = found.groups
    made = certified(new, old, found.request, at=time.time())
    if output is not None:
        write_certificate(made, Path(output))
    return made


def verify_report(bundle: str | Path, *, digest: str | None = None) -> "Verification":
    """Is a certificate as it was written, and do its runs decide what it says? Nothing but the certificate is read.

    Args:
        bundle: The zip file or the folder.
        digest: The digest that the certificate must have.

    Raises:
        DataError: If there is no certificate there, or it can't be read.
    """
    from runcompare.certificates.verify import verify

    return verify(Path(bundle), digest=digest)


def compare_many(
    candidates: Sequence[Reference],
    baseline: Reference,
    *,
    runs: Folders = None,
    noise_from: Sequence[Reference] = (),
    replicate_key: str | Sequence[str] = (),
    **options: Any,
) -> "ManyReport":
    """Several candidates, each against one baseline, at one error rate for all verdicts together.

    Args:
        candidates: Two or more, each as `load` takes them.
        baseline: What each is compared with.
        runs, noise_from, replicate_key: Those of `compare`.
        options: The others of `compare`, but for `keep`, `looks`, `looked` and `tried`.

    Raises:
        UsageError: For fewer than two candidates, if none can be compared, and as `compare`.
        RuncompareError: The errors of `load`.
    """
    from runcompare.comparison.many import compare_many as compared

    if len(candidates) < 2:
        raise UsageError("Several candidates are two or more.", hint="For one there is runcompare.compare.")
    request = request_of(runs=runs, noise_from=noise_from, **options)
    found = gathered((*candidates, baseline), request, runs=runs, noise_from=noise_from, replicate_key=replicate_key)
    *new, old = found.groups
    return compared(new, old, found.request)


def compare_tasks(
    candidate: Reference,
    baseline: Reference,
    *,
    task_key: str | None = None,
    task_metrics: str | None = None,
    runs: Folders = None,
    metric: str | None = None,
    direction: Literal["min", "max"] | None = None,
    scale: Literal["log", "logit", "linear"] | None = None,
    value: str = "final",
    min_effect: str | float | None = None,
    alpha: float | None = None,
    gpu_price: float | None = None,
    cpu_price: float | None = None,
    replicate_key: str | Sequence[str] = (),
    force: bool = False,
    keep: bool = False,
) -> "TasksReport":
    """Compare two groups of runs on many tasks: each task, their mean effect, and how often the candidate wins.

    Args:
        candidate, baseline: Runs as `load` takes them; those of one task must be replicates.
        task_key: The setting that names the task of a run, such as `env` or `dataset`.
        task_metrics: In place of it, the results that each run has of several tasks, `*` where the task's name stands,
            such as `eval/*/acc`.
        metric: With `task_key`, the metric to judge by on every task.
        min_effect: The smallest mean effect worth acting on: a percentage where tasks are compared by ratios, "0.2sd"
            where effects are told in units of each task's noise.
        runs, direction, scale, value, alpha, gpu_price, cpu_price, replicate_key, force, keep: Those of `compare`.

    Raises:
        UsageError: Unless there is either a `task_key` or `task_metrics`; if fewer than two tasks are on both sides.
        RuncompareError: The errors of `load`.
    """
    from runcompare.comparison.task_split import by_metrics, by_setting
    from runcompare.comparison.tasks import compare_tasks as compared

    if (task_key is None) == (task_metrics is None):
        hint = "Say --task-key env for runs of one task each, or --task-metrics 'eval/*/acc' for results of each run."
        raise UsageError("Tasks are named either by a setting or by results.", hint=hint)
    if task_metrics is not None and metric is not None:
        raise UsageError("--task-metrics names the metrics, so --metric says nothing.", hint="Leave one of them out.")
    request = request_of(
        runs=runs,
        metric=metric,
        direction=direction,
        scale=scale,
        value=value,
        min_effect=min_effect,
        alpha=alpha,
        gpu_price=gpu_price,
        cpu_price=cpu_price,
        force=force,
    )
    asked = {**request.asked, **asked_options(task_key=task_key, task_metrics=task_metrics)}
    places, keys = places_of(runs), as_keys(replicate_key)
    new, old = told_apart(*(load_group(ref, places, keys, task_key) for ref in (candidate, baseline)))
    if keep:
        keep_runs((new, old))
    split = by_setting(new, old, task_key) if task_key is not None else by_metrics(new, old, task_metrics or "")
    return compared(new, old, split, replace(request, asked=asked))


def against_target(
    reference: Reference,
    target: float,
    *,
    runs: Folders = None,
    metric: str | None = None,
    direction: Literal["min", "max"] | None = None,
    scale: Literal["log", "logit", "linear"] | None = None,
    value: str = "final",
    alpha: float | None = None,
    gpu_price: float | None = None,
    cpu_price: float | None = None,
    noise_cv: float | None = None,
    noise_from: Sequence[Reference] = (),
    replicate_key: str | Sequence[str] = (),
    keep: bool = False,
) -> "TargetReport":
    """Is the mean of one group of runs beyond a claimed number? A one-sided, one-sample test.

    Args:
        reference: Runs as `load` takes them.
        target: The number, in the metric's units.
        runs, metric, value, alpha, gpu_price, cpu_price, noise_from, replicate_key, keep: Those of `compare`.
        direction: Whether low ("min") or high ("max") is better. Where nobody says, the test is two-sided, and tells
            whether the mean is above or below.
        scale: "log" for the geometric mean; the mean of the values as they are logged by default.
        noise_cv: The seed-to-seed standard deviation relative to the metric, stated by hand for a single run.

    Raises:
        UsageError: For a target that the metric can't have, or an option out of its range.
        RuncompareError: The errors of `load`.
    """
    from runcompare.comparison.target import judge_target
    from runcompare.references.searches import with_search

    request = request_of(
        runs=runs,
        metric=metric,
        direction=direction,
        scale=scale,
        value=value,
        alpha=alpha,
        gpu_price=gpu_price,
        cpu_price=cpu_price,
        noise_cv=noise_cv,
        noise_from=noise_from,
    )
    places, keys = places_of(runs), as_keys(replicate_key)
    group = with_search(load_group(reference, places, keys), places, keys)
    history = [load_group(ref, places, keys) for ref in noise_from]
    if not history and not are_only_files((reference,), runs):
        history = found_history((group,), places, keys)
    if keep:
        keep_runs((group,))
    return judge_target(with_troubles(group, places), target, replace(request, history=history))


def rank(
    *references: Reference,
    runs: Folders = None,
    metric: str | None = None,
    direction: Literal["min", "max"] | None = None,
    scale: Literal["log", "logit", "linear"] | None = None,
    value: str = "final",
    alpha: float | None = None,
    gpu_price: float | None = None,
    cpu_price: float | None = None,
    noise_cv: float | None = None,
    noise_from: Sequence[Reference] = (),
    replicate_key: str | Sequence[str] = (),
    force: bool = False,
) -> "RankReport":
    """Groups from best to worst, with the ranks that each may have, and what each costs.

    Args:
        references: Queries, whose runs are put into groups of replicates, or runs at hand; all groups in the folders
            without any.
        alpha: The chance that the rank of any group lies outside of its range.
        runs, metric, direction, scale, value, gpu_price, cpu_price: As those of `compare`.
        noise_cv, noise_from, replicate_key, force: Likewise.

    Raises:
        UsageError: If fewer than two groups can be ranked together, if a run is in two of them, or if nobody says which
            way the metric is better.
        RuncompareError: The errors of `load`.
    """
    from runcompare.comparison.ranking import rank as ranked

    request = request_of(
        runs=runs,
        metric=metric,
        direction=direction,
        scale=scale,
        value=value,
        alpha=alpha,
        gpu_price=gpu_price,
        cpu_price=cpu_price,
        noise_cv=noise_cv,
        noise_from=noise_from,
        force=force,
    )
    places, keys = places_of(runs), as_keys(replicate_key)
    found = query_groups(references, places, keys)
    history = [load_group(ref, places, keys) for ref in noise_from]
    if references and not history and not are_only_files(references, runs):
        history = found_history(found.groups, places, keys)
    return ranked(found.groups, replace(request, history=history), found.settings, notes=found.notes)


def check(*references: Reference, runs: Folders = None, history: bool = True) -> "Check":
    """Faults of runs that show without a baseline.

    Args:
        references: Runs or groups, each checked by itself, as `load` takes them.
        runs: Folders to look in; those of the settings by default.
        history: Also hold each against runs of the folders and the store that are like it.

    Raises:
        UsageError: Without any reference.
        RuncompareError: The errors of `load`.
    """
    from runcompare.comparison.check import Check, check_group
    from runcompare.references.replicates import every_run
    from runcompare.version import __version__

    if not references:
        raise UsageError("There is nothing to check.", hint="Name a run or a group. List them: runcompare runs")
    places, request = places_of(runs), request_of(runs=runs)
    found = [load_group(reference, places, ()) for reference in references]
    alone = not history or are_only_files(references, runs) or all(map(is_at_hand, references))
    checked = []
    for group in found:
        taken = {key for run in group.runs for key in keys_of(run)}
        checked.append(check_group(group, () if alone else every_run(places, taken), request))
    return Check(__version__, tuple(checked))


def groups(
    *, runs: Folders = None, metric: str | None = None, replicate_key: str | Sequence[str] = ()
) -> "Listing[GroupSummary]":
    """The groups of replicates in the folders, the largest first, each with the reference that names it; a sequence
    that shows itself as a table and has `to_frame()`.

    Args:
        runs: Folders to look in; those of the settings by default. Every run is read.
        metric: The metric to show; the most telling one of each group by default.
        replicate_key: Settings besides the seed in which replicates may differ, such as `fold`.
    """
    from runcompare.comparison.group_summary import summarise_groups
    from runcompare.references.groups import found_groups
    from runcompare.reporting.listing import of_groups

    found = found_groups(places_of(runs), as_keys(replicate_key))
    summaries = summarise_groups(found.groups, price_book(), metric=metric, overrides=settings_file.load().metrics)
    return of_groups(summaries, found.warnings)


def runs(*folders: str | Path) -> "Listing[RunInfo]":
    """The runs in the folders, oldest first: each training once, however many logs it has.

    Args:
        folders: Where to look; the folders of the settings by default.

    Returns:
        A sequence that shows itself as a table, with `to_frame()` for pandas and `warnings` for what was left out.
    """
    from runcompare.reporting.listing import of_runs
    from runcompare.sources import list_runs

    found = list_runs(roots_of(folders or None))
    return of_runs(found.runs, found.warnings)


def judge(
    candidate: Reference,
    baseline: Reference | None = None,
    *,
    others: Sequence[Reference] = (),
    target: float | None = None,
    corrected: str | Path | None = None,
    plots: str | Path | None = None,
    **options: Any,
) -> "Comparison | ManyReport | TargetReport | TasksReport":
    """What `report` renders: groups compared, on one task or on many, or one group against a claimed number.

    Args:
        candidate, baseline, others, target, options: Those of `report`.
        corrected, plots: Where these are to be written: only a comparison on one task has them.

    Raises:
        UsageError: Unless there is either a baseline or a target; for options that say nothing of a target.
        RuncompareError: The errors of `compare`.
    """
    if target is not None:
        check_no_second_side(baseline, plots=plots, corrected=corrected, **options)
        return against_target(candidate, target, **{k: v for k, v in options.items() if k not in OF_TWO_SIDES})
    if baseline is not None and (options.get("task_key") or options.get("task_metrics")):
        check_only_tasks(plots=plots, corrected=corrected, **options)
        return compare_tasks(candidate, baseline, **{k: v for k, v in options.items() if k not in OF_ONE_TASK})
    options = {name: given for name, given in options.items() if name not in ("task_key", "task_metrics")}
    if others and baseline is not None:
        check_only_many(plots=plots, corrected=corrected, **options)
        kept = {name: given for name, given in options.items() if name not in OF_TWO_ALONE}
        return compare_many((candidate, *others), baseline, **kept)
    if baseline is None:
        new = shlex.quote(str(candidate)) if isinstance(candidate, str | Path) else "NEW"
        raise UsageError(
            "A report needs a baseline to compare with, or a number.",
            hint=f"Name one: runcompare report {new} BASELINE; or runcompare report {new} --target 3.28",
        )
    return compare(candidate, baseline, **options)


def report(
    candidate: Reference,
    baseline: Reference | None = None,
    *,
    others: Sequence[Reference] = (),
    target: float | None = None,
    format: Literal["md", "html", "json", "pdf"] | None = None,
    output: str | Path | None = None,
    plots: str | Path | None = None,
    corrected: str | Path | None = None,
    brief: bool = False,
    full: bool = False,
    **options: Any,
) -> str:
    """Compare two groups of runs, or one with a claimed number, and render what was found.

    Args:
        candidate, baseline: Runs as `load` takes them; no baseline where there is a target.
        others: More candidates, each against the same baseline, as `compare_many` has it.
        target: The claimed number that the mean of the candidate's runs is to be beyond, as `against_target` has it.
        format: Markdown, HTML, JSON or PDF; what the suffix of `output` says by default, else markdown.
        output: Also write the document to this file: whole or not at all.
        plots: The folder for the pictures; `NAME_plots` beside `output` by default. Without either there are none.
        corrected: Also write the corrected config to this file, whole, as YAML.
        brief: At most 250 words, as for a comment on a pull request.
        full: All rows of all tables.
        options: Those of `compare`, of `against_target`, or, with `task_key` or `task_metrics`, of `compare_tasks`.

    Returns:
        The document; for a PDF, the page that it is made of.

    Raises:
        DataError: If a file can't be written, or there is no corrected config to write.
        UsageError: Unless there is either a baseline or a target; for options that say nothing of a target; for a
            file whose suffix says nothing.
        RuncompareError: The errors of `compare`.
    """
    from runcompare.reporting.write import format_of, write_report

    kind = format_of(output, format)  # before the work
    result = judge(candidate, baseline, others=others, target=target, plots=plots, corrected=corrected, **options)
    return write_report(result, format=kind, output=output, plots=plots, corrected=corrected, brief=brief, full=full)


def cost(
    *references: Reference,
    runs: Folders = None,
    metric: str | None = None,
    direction: Literal["min", "max"] | None = None,
    target: float | None = None,
    region: str | None = None,
    gpu_price: float | None = None,
    cpu_price: float | None = None,
    cloud: str | None = None,
    spot: bool = False,
) -> "CostReport":
    """What groups of runs cost: time, device-hours, energy, money and CO2 by stage, each figure with its source.

    With several references, all but the last are also compared with the last one.

    Args:
        references: Runs as `load` takes them, at least one.
        runs: Folders to look in; those of the settings by default.
        metric: Judge by this metric, and say what it cost to reach `target`.
        direction: Whether low ("min") or high ("max") values of `metric` are better, where that is not known.
        target: The value to reach; by default what the last reference ended with.
        region: Country of the power grid, two letters; the world's average by default.
        gpu_price, cpu_price, cloud, spot: As those of `price_book`.

    Returns:
        Ledgers, ratios, waste, cost at equal quality and to the target, and the frontier of cost and quality.

    Raises:
        UsageError: For a target without a metric, or a metric, a region, a price or a cloud that is none.
        RuncompareError: The errors of `load`.
    """
    from runcompare.comparison.cost_report import cost_report
    from runcompare.metrics.override import Override

    overrides = dict(settings_file.load().metrics)
    if metric is not None and direction is not None:
        overrides[metric] = Override(direction=direction, source="--direction")
    book = price_book(gpu_price=gpu_price, cpu_price=cpu_price, cloud=cloud, spot=spot)
    groups = [load(reference, runs=runs) for reference in references]
    return cost_report(groups, book, metric=metric, target=target, region=region, overrides=overrides)


def plan(
    candidate: Reference, baseline: Reference, *, power: float = 0.8, budget: float | None = None, **options: Any
) -> "Plan":
    """What it would cost to know: seeds a side, device-hours and money for a range of effects.

    Args:
        candidate, baseline: Runs as `load` takes them.
        power: The chance to see an effect that is there.
        budget: USD for the runs still to come; the plan then says which effects it resolves.
        options: Those of `compare`.

    Raises:
        DataError: If nothing is known of the noise, or relative effects of the metric can't be planned for.
        UsageError: For a power outside (0, 1), a budget not above 0, and as `compare`.
    """
    from runcompare.comparison.planning import make_plan

    if options.get("looks") or options.get("keep"):
        raise UsageError("A plan is no look, and keeps nothing.", hint="Leave looks and keep to compare and report.")
    return make_plan(compare(candidate, baseline, **options), power=power, budget=budget)


def recommend(
    candidate: Reference,
    baseline: Reference,
    *,
    config: str | Path | None = None,
    output: str | Path | None = None,
    verify: bool = False,
    seeds: int = 3,
    command: str | None = None,
    out: str | Path = "runs",
    jobs: int = 1,
    on_done: "Callable[[Outcome], None]" = lambda outcome: None,
    **options: Any,
) -> "Recommended":
    """What to run next, by expected benefit per dollar, and the candidate's config without what did not pay.

    Args:
        candidate, baseline: Runs as `load` takes them.
        config: The candidate's configuration file (YAML, JSON or TOML), whose text is changed at exactly the lines that
            differ; by default the file that its runs were started with, if it is below the working directory and says
            what they logged, else what they logged.
        output: Where to write the corrected config; nothing is written by default.
        verify: Train the corrected config and hold what it reaches against the forecast.
        seeds: How many seeds of it there are to be.
        command: The command that trains a seed, with {config} (or {overrides}), {seed} and {out}, run without a shell;
            our engine trains its own configs by default.
        out: Folder of the new runs.
        jobs: How many of them train side by side.
        on_done: Called with each seed's outcome as it ends.
        options: Those of `compare`.

    Raises:
        ConfigError: If the file can't be read, or holds no settings.
        DataError: If the corrected config can't be written, there is none to write, or no seed ended.
        UsageError: If nothing tells how it is trained.
        RuncompareError: The errors of `compare`.
    """
    from runcompare.comparison.recommended import Recommended, why_nothing
    from runcompare.lab.config_file import draft_of
    from runcompare.lab.verify import check_trainer, train_corrected
    from runcompare.records.atomic import write_whole
    from runcompare.reporting.next_steps import reasons

    comparison = compare(candidate, baseline, **options)
    nothing, corrected = why_nothing(comparison), comparison.corrected
    if nothing or corrected is None:
        if output is not None or verify:
            hint = "Leave out --output and --verify."
            raise DataError(f"There is no corrected config to write: {nothing}.", hint=hint)
        return Recommended(comparison)
    if verify:
        check_trainer(corrected, command)
    target = Path(output) if output is not None else Path(out) / "corrected.yaml" if verify else None
    draft = draft_of(comparison, reasons(corrected), None if config is None else Path(config), target)
    if target is None:
        return Recommended(comparison, draft)
    if verify and draft.patched.refused:
        left = ", ".join(setting.path for setting in draft.patched.refused)
        raise ConfigError(f"Not all of the corrected config could be written: {left}.", hint="Change the file by hand.")
    if draft.path and target.resolve() == Path(draft.path).resolve():
        raise ConfigError(f"{target} is the candidate's own file.", hint="Write the corrected config elsewhere.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, draft.patched.text)
    except OSError as error:
        raise DataError(f"Can't write {target}: {error.strerror}.", hint="Choose another file or folder.") from None
    if not verify:
        return Recommended(comparison, draft)
    done = train_corrected(corrected, target, Path(out), seeds=seeds, command=command, jobs=jobs, on_done=on_done)
    seen = compare(candidate, baseline, **{**options, "tried": done.group})
    return Recommended(seen, draft, done.failed)


def forecast(
    config: str | Path | Mapping[str, Any],
    *,
    like: Sequence[Reference] = (),
    runs: Folders = None,
    gpu_price: float | None = None,
    cpu_price: float | None = None,
    cloud: str | None = None,
    spot: bool = False,
) -> "Forecast":
    """What a run of a configuration will cost, from runs that were measured on the same hardware.

    Args:
        config: The path of a YAML file, or the settings themselves. The file of a configuration of our engine is
            filled up with the engine's defaults.
        like: The runs to go by; all that can be read by default.
        runs: Folders to look in; those of the settings by default.
        gpu_price, cpu_price, cloud, spot: As those of `price_book`.

    Returns:
        Time, device-hours and money by stage. Runs that could not be read are among its notes.

    Raises:
        ConfigError: If the file holds no configuration.
        RunNotFound: If there is no run to go by, and the other errors of `load`.
    """
    from runcompare.costs import forecast as forecast_cost
    from runcompare.lab.configs import FullConfig, full_config

    wanted = FullConfig(config) if isinstance(config, Mapping) else full_config(Path(config))
    book = price_book(gpu_price=gpu_price, cpu_price=cpu_price, cloud=cloud, spot=spot)
    found = _named(like, runs) if like else readable_runs(roots_of(runs))
    expected = forecast_cost(wanted.settings, found.runs, book)
    return replace(expected, notes=(*wanted.warnings, *found.warnings, *expected.notes))


def price_book(
    *, gpu_price: float | None = None, cpu_price: float | None = None, cloud: str | None = None, spot: bool = False
) -> "PriceBook":
    """The dated price book under the user's own prices: those given here, then those of the settings.

    Args:
        gpu_price, cpu_price: USD per hour of an accelerator, whatever it is, and of a CPU thread.
        cloud: Go by this cloud's prices only.
        spot: Go by spot prices.

    Raises:
        UsageError: For a price that is not above 0, or a cloud that the book does not know.
    """
    from runcompare.costs.prices import book

    chosen = settings_file.load()
    return book.price_book(chosen, gpu_price=gpu_price, cpu_price=cpu_price, cloud=cloud, spot=spot)


def _named(references: Sequence[Reference], runs: Folders) -> Found:
    groups = [load(reference, runs=runs) for reference in references]
    return Found(
        tuple(run for group in groups for run in group.runs), tuple(note for group in groups for note in group.notes)
    )
