"""What a notebook imports: load runs, compare them, render the report, say what runs cost and what more would."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from runcompare import settings as settings_file
from runcompare.errors import RuncompareError, RunNotFound, UsageError
from runcompare.records.redact import redact
from runcompare.records.run import Group, Run

if TYPE_CHECKING:
    from runcompare.comparison.comparison import Comparison
    from runcompare.comparison.cost_report import CostReport
    from runcompare.comparison.group_summary import GroupSummary
    from runcompare.comparison.planning import Plan
    from runcompare.comparison.request import Request
    from runcompare.comparison.target import TargetReport
    from runcompare.comparison.tasks import TasksReport
    from runcompare.costs import Forecast, PriceBook
    from runcompare.metrics.min_effect import MinEffect
    from runcompare.metrics.override import Override
    from runcompare.records.looks import PlaceOfLooks
    from runcompare.references.places import Places

__all__ = [
    "Reference",
    "against_target",
    "compare",
    "compare_tasks",
    "cost",
    "forecast",
    "groups",
    "load",
    "plan",
    "price_book",
    "report",
]

Reference = str | Path | Run | Group | Sequence[Run]
Folders = str | Path | Sequence[str | Path] | None


def load(reference: Reference, *, runs: Folders = None, replicate_key: str | Sequence[str] = ()) -> Group:
    """The runs that a reference names, as one group.

    Args:
        reference: An id, a name, a group, an alias, `tag:`, `name:GLOB`, `config:KEY=VALUE` or a path, several with
            commas or, of conditions, with AND, which `@latest`, `@best:METRIC`, `@step=N` or `@stage=NAME` may follow;
            or runs at hand: a run, a group, or a list of runs that differ by seed only.
        runs: Folders to look in; those of the settings by default. What is in none of them is looked for in the store.
        replicate_key: Settings besides the seed in which replicates may differ, such as `fold`.

    Raises:
        RunNotFound: If nothing matches.
        AmbiguousReference: If the runs that match are not replicates of one another.
        UnreadableRun: If nothing of a run could be read.
        UsageError: For a reference that is none.
    """
    return _load(reference, None if _is_at_hand(reference) else _places(runs), _as_keys(replicate_key))


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
    keep: bool = False,
    looks: str | Path | None = None,
    looked: bool = False,
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
        keep: Put the runs into the store, for later comparisons to learn the noise from, and the look into its ledger,
            so that a later one with more runs counts as a further look. Nothing is written but for that and `looks`.
        looks: A file that keeps count of the looks at these two sides, in place of the store's ledger: looks are
            planned, and share the error rate.
        looked: There was a look before that is not in the ledger, and has taken the error rate.

    Raises:
        UsageError: If the sides share runs or no metric, or for an option out of its range; for looks that were made at
            another error rate.
        DataError: With `keep` or `looks`, for a store or a file that can't be written, or holds no looks.
        RuncompareError: The errors of `load`.
    """
    from runcompare.comparison.build import build
    from runcompare.comparison.look import LookBook
    from runcompare.comparison.looks import is_spent
    from runcompare.references.searches import with_search

    request = _request(
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
    )
    places, keys = _places(runs), _varying(replicate_key, pair_by)
    new, old = _told_apart(_load(candidate, places, keys), _load(baseline, places, keys))
    new, old = (with_search(side, places, keys) for side in (new, old))
    history = [_load(ref, places, keys) for ref in noise_from]
    if not history and not _only_files((candidate, baseline), runs):
        history = _found_history((new, old), places, keys)
    new = _with_troubles(new, places, told=old.notes)
    if keep:
        _keep((new, old))
    request = replace(request, history=history, asked={**request.asked, **_asked(looks=looks, keep=keep)})
    ledger = _ledger(looks, keep=keep, looked=looked)
    if ledger is None:
        return build(new, old, request)
    book = LookBook(ledger.read(), ledger.name, planned=looks is not None or looked, unrecorded=looked)
    comparison = build(new, old, replace(request, looks=book))
    if (look := comparison.look) is not None and is_spent(look, comparison.verdict, comparison.quality):
        ledger.add(replace(look.entry, at=time.time(), verdict=comparison.verdict))
    return comparison


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
            such as "eval/*/acc".
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
    request = _request(
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
    asked = {**request.asked, **_asked(task_key=task_key, task_metrics=task_metrics)}
    places, keys = _places(runs), _as_keys(replicate_key)
    new, old = _told_apart(*(_load(ref, places, keys, task_key) for ref in (candidate, baseline)))
    if keep:
        _keep((new, old))
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

    request = _request(
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
    places, keys = _places(runs), _as_keys(replicate_key)
    group = with_search(_load(reference, places, keys), places, keys)
    history = [_load(ref, places, keys) for ref in noise_from]
    if not history and not _only_files((reference,), runs):
        history = _found_history((group,), places, keys)
    if keep:
        _keep((group,))
    return judge_target(_with_troubles(group, places), target, replace(request, history=history))


def _with_troubles(group: Group, places: "Places | None", told: Sequence[str] = ()) -> Group:
    """What of the store could not be read is told, whether a side or the history would have had it, and which settings
    of the project were not used."""
    known, troubles = {*group.notes, *told}, (places.troubles if places else ())
    new = (text for text in (*settings_file.load().ignored, *troubles) if text not in known)
    return replace(group, notes=(*group.notes, *new))


def groups(
    *, runs: Folders = None, metric: str | None = None, replicate_key: str | Sequence[str] = ()
) -> "list[GroupSummary]":
    """The groups of replicates in the folders, the largest first, each with the reference that names it.

    Args:
        runs: Folders to look in; those of the settings by default. Every run is read.
        metric: The metric to show; the most telling one of each group by default.
        replicate_key: Settings besides the seed in which replicates may differ, such as `fold`.
    """
    from runcompare.comparison.group_summary import summarise_groups
    from runcompare.references.groups import found_groups

    found = found_groups(_places(runs), _as_keys(replicate_key))
    return summarise_groups(found.groups, price_book(), metric=metric, overrides=settings_file.load().metrics)


def report(
    candidate: Reference,
    baseline: Reference | None = None,
    *,
    target: float | None = None,
    format: Literal["md", "json", "html"] = "md",
    output: str | Path | None = None,
    plots: str | Path | None = None,
    corrected: str | Path | None = None,
    **options: Any,
) -> str:
    """Compare two groups of runs, or one with a claimed number, and render what was found.

    Args:
        candidate, baseline: Runs as `load` takes them; no baseline where there is a target.
        target: The claimed number that the mean of the candidate's runs is to be beyond, as `against_target` has it.
        format: Markdown, JSON or HTML.
        output: Also write the document to this file: whole or not at all.
        plots: The folder for the pictures; `NAME_plots` beside `output` by default. Without either there are none.
        corrected: Also write the corrected config to this file, whole, as YAML.
        options: Those of `compare`, of `against_target`, or, with `task_key` or `task_metrics`, of `compare_tasks`.

    Returns:
        The document.

    Raises:
        DataError: If a file can't be written, or there is no corrected config to write.
        UsageError: Unless there is either a baseline or a target; for options that say nothing of a target.
        RuncompareError: The errors of `compare`.
    """
    from runcompare.reporting.write import write_document, write_report

    if target is not None:
        _no_second_side(baseline, plots=plots, corrected=corrected, **options)
        judged = against_target(candidate, target, **{k: v for k, v in options.items() if k not in OF_TWO_SIDES})
        return write_document(judged, format=format, output=output)
    if baseline is not None and (options.get("task_key") or options.get("task_metrics")):
        _only_tasks(plots=plots, corrected=corrected, **options)
        tasks = compare_tasks(candidate, baseline, **{k: v for k, v in options.items() if k not in OF_ONE_TASK})
        return write_document(tasks, format=format, output=output)
    options = {name: given for name, given in options.items() if name not in ("task_key", "task_metrics")}
    if baseline is None:
        raise UsageError(
            "A report needs a baseline to compare with, or a number.",
            hint=f"runcompare report {candidate} BASELINE, or runcompare report {candidate} --target 3.28.",
        )
    comparison = compare(candidate, baseline, **options)
    return write_report(comparison, format=format, output=output, plots=plots, corrected=corrected)


OF_TWO_SIDES = (  # options of `compare` that one group has no use for
    *("min_effect", "guardrails", "pair_by", "noise_library", "force"),
    *("looks", "looked", "task_key", "task_metrics"),
)


OF_ONE_TASK = (  # not of many tasks
    *("guardrails", "noise_cv", "noise_from", "noise_library"),
    *("pair_by", "looks", "looked"),
)


def _only_tasks(**options: Any) -> None:
    """Raises UsageError if what was given says nothing of many tasks."""
    if given := [name for name in (*OF_ONE_TASK, "plots", "corrected") if options.get(name)]:
        hint = "Leave it out, or compare one task at a time."
        raise UsageError(f"With several tasks there is no use for {_as_flags(given)}.", hint=hint)


def _as_flags(names: Sequence[str]) -> str:
    return ", ".join(f"--{FLAGS.get(name, name).replace('_', '-')}" for name in names)


def _no_second_side(baseline: Reference | None, **options: Any) -> None:
    """Raises UsageError if what was given is about two sides."""
    if baseline is not None:
        hint = "Leave one of them out: runcompare report RUNS --target 3.28, or runcompare report NEW OLD."
        raise UsageError("A report is about a baseline or about a target, not both.", hint=hint)
    given = [name for name in (*OF_TWO_SIDES, "plots", "corrected") if options.get(name)]
    if given:
        hint = "A target is itself the effect that is asked for: leave the flag out, or name a baseline instead."
        raise UsageError(f"With a target there is no use for {_as_flags(given)}.", hint=hint)


FLAGS = {"guardrails": "guardrail"}  # options whose flags have another name


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
    found = _named(like, runs) if like else _readable(_roots(runs))
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


@dataclass(frozen=True, slots=True)
class _Found:
    """Runs, and what was met with while they were looked for."""

    runs: tuple[Run, ...]
    warnings: tuple[str, ...] = ()


def _named(references: Sequence[Reference], runs: Folders) -> _Found:
    groups = [load(reference, runs=runs) for reference in references]
    return _Found(
        tuple(run for group in groups for run in group.runs), tuple(note for group in groups for note in group.notes)
    )


def _readable(roots: Sequence[Path]) -> _Found:
    """Every run below the folders that can be read. Raises RunNotFound if there is none."""
    from runcompare.sources import list_runs, read_run

    found: list[Run] = []
    unread: list[str] = []
    for info in list_runs(roots).runs:
        try:
            found.append(read_run(info))
        except RuncompareError as error:
            unread.append(error.message)
    if not found:
        raise RunNotFound("There are no runs to go by.", hint="Say where yours are with --runs FOLDER.")
    return _Found(tuple(found), tuple(unread))


def _request(
    *,
    runs: Folders,
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
    pair_by: str | None = None,
    force: bool = False,
) -> "Request":
    """The options with the settings filled in; still without a history."""
    from runcompare.comparison.request import Request
    from runcompare.metrics.min_effect import parse_min_effect
    from runcompare.metrics.override import Override
    from runcompare.metrics.value import parse_rule

    chosen = settings_file.load()
    effect = chosen.min_effect if min_effect is None else min_effect
    flags = " and ".join(f"--{n}" for n, given in (("direction", direction), ("scale", scale)) if given)
    guarded = _guarded(guardrails)
    return Request(
        metric=metric or chosen.metric,
        primary=Override(direction=direction, scale=scale, source=flags),
        overrides={**chosen.metrics, **_over(chosen.metrics, guarded.directions)},
        value=parse_rule(value),
        min_effect=None if effect is None else parse_min_effect(effect),
        alpha=_fraction("alpha", alpha, chosen.alpha),
        gpu_price=_positive("gpu_price", gpu_price) or chosen.gpu_price,
        cpu_price=_positive("cpu_price", cpu_price) or chosen.cpu_price,
        prices=chosen.prices,
        noise_cv=_positive("noise_cv", noise_cv),
        noise_library=chosen.noise_library if noise_library is None else noise_library,
        guardrails=guarded.margins,
        pair_by=pair_by,
        force=force,
        asked=_asked(
            runs=() if runs is None else (runs,) if isinstance(runs, str | Path) else tuple(runs),
            metric=metric,
            direction=direction,
            scale=scale,
            value=None if value == "final" else value,
            min_effect=min_effect,
            alpha=alpha,
            gpu_price=gpu_price,
            cpu_price=cpu_price,
            noise_cv=noise_cv,
            noise_from=noise_from,
            no_noise_library=noise_library is False,
            guardrails=guardrails,
            pair_by=pair_by,
            force=force,
        ),
    )


def _found_history(sides: Sequence[Group], places: "Places", keys: Sequence[str]) -> list[Group]:
    """The other replicated groups beside these runs and in the store."""
    from runcompare.references.replicates import replicated_groups

    taken = {key for group in sides for run in group.runs for key in _keys(run)}
    return replicated_groups(places, taken, sides[0].runs[0].info.project, replicate_keys=keys)


def _keep(sides: Sequence[Group]) -> None:
    """Puts the runs into the store."""
    from runcompare.store.store import keep_whole

    keep_whole(tuple(run for group in sides for run in group.runs), settings_file.load().store)


def _ledger(looks: str | Path | None, *, keep: bool, looked: bool) -> "PlaceOfLooks | None":
    """The ledger that was asked for. Raises UsageError for looks that are in none."""
    from runcompare.store.looks import FileOfLooks, LooksOfStore

    if looks is not None:
        return FileOfLooks(Path(looks))
    if looked and not keep:
        raise UsageError("--looked says of a ledger that a look is missing in it.", hint="Name it with --looks FILE.")
    return LooksOfStore(settings_file.load().store) if keep else None


def _asked(**options: Any) -> dict[str, Any]:
    """The options that were given, as plain data: runs at hand by their references."""
    plain = {name: redact(_as_plain(given), name) for name, given in options.items()}
    return {name: given for name, given in plain.items() if given is not None and given is not False and given != ()}


def _as_plain(given: Any) -> Any:
    if isinstance(given, Group):
        return given.reference
    if isinstance(given, Run):
        return given.id
    if isinstance(given, list | tuple):
        return tuple(map(_as_plain, given))
    return str(given) if isinstance(given, Path) else given


def _over(settings: "Mapping[str, Override]", said: "Mapping[str, Override]") -> "dict[str, Override]":
    """What the flags say of metrics, with what the settings say where the flags are silent."""
    return {
        key: replace(settings.get(key, one), direction=one.direction, source=one.source) for key, one in said.items()
    }


class _Guarded(NamedTuple):
    """Guardrails: what `KEY[:min|:max][:MARGIN]` says of each key."""

    margins: "dict[str, MinEffect | None]"
    directions: "dict[str, Override]"


def _guarded(guardrails: Sequence[str]) -> _Guarded:
    from runcompare.metrics.min_effect import parse_min_effect
    from runcompare.metrics.override import Override

    found = _Guarded({}, {})
    for text in guardrails:
        key, margin = text, None
        front, _, last = text.rpartition(":")
        if front and last[:1].isdigit():
            key, margin = front, parse_min_effect(last)
        front, _, last = key.rpartition(":")
        if front and last in ("min", "max"):
            key = front
            found.directions[key] = Override(direction=last, source="--guardrail")  # type: ignore[arg-type]
        found.margins[key] = margin
    return found


def _is_at_hand(reference: Reference) -> bool:
    return not isinstance(reference, str | Path)


def _load(
    reference: Reference, places: "Places | None", replicate_keys: Sequence[str], task_key: str | None = None
) -> Group:
    """As `load`; the places list their folders once for all references of a call."""
    if isinstance(reference, Group):
        return reference
    if isinstance(reference, Run):
        return Group(reference.name, reference.id, (reference,))
    if isinstance(reference, list | tuple):
        return _together(reference, replicate_keys)
    from runcompare.references.resolve import resolve

    _use_pattern()
    aliases = settings_file.load().aliases
    return resolve(str(reference), aliases=aliases, places=places, replicate_keys=replicate_keys, task_key=task_key)


def _as_keys(replicate_key: str | Sequence[str]) -> tuple[str, ...]:
    return (replicate_key,) if isinstance(replicate_key, str) else tuple(replicate_key)


def _varying(replicate_key: str | Sequence[str], pair_by: str | None) -> tuple[str, ...]:
    """The settings in which replicates may differ: what they are paired by is one."""
    return (*_as_keys(replicate_key), *([pair_by] if pair_by not in (None, "seed", "none") else []))


def _places(runs: Folders) -> "Places":
    from runcompare.references.places import Places

    _use_pattern()
    return Places(_roots(runs), settings_file.load().store)


def _use_pattern() -> None:
    """Text logs are read by the settings' pattern."""
    from runcompare.sources.pattern.pattern import use_setting

    use_setting(lambda: settings_file.load().pattern)


def _only_files(references: Sequence[Reference], runs: Folders) -> bool:
    """Whether two files were named, so that nothing else is read: no folder is searched for a history."""
    from runcompare.references.places import existing

    if runs is not None or not all(isinstance(ref, str | Path) for ref in references):
        return False
    paths = [existing(str(ref)) for ref in references]
    return all(path is not None and path.is_file() for path in paths)


def _keys(run: Run) -> set[str]:
    """What identifies the training that a run is, or was cut from, and each of its logs."""
    from runcompare.records.run import origin
    from runcompare.sources.registry import training_key

    logs = (replace(run.info, id=origin(run), source=log.source, location=log.location) for log in run.info.logs)
    return {training_key(replace(run.info, id=origin(run))), *map(training_key, logs)}


def _told_apart(new: Group, old: Group) -> "_Sides":
    """The two sides, under different labels. Raises UsageError if a training is on both."""
    cuts = [{(key, run.metadata.get("cut")) for run in group.runs for key in _keys(run)} for group in (new, old)]
    if cuts[0] & cuts[1]:
        raise UsageError(
            f"'{new.reference}' and '{old.reference}' share runs.", hint="Name two different groups or runs."
        )
    if new.label != old.label:
        return _Sides(new, old)
    from runcompare.references.labels import distinct_labels

    labels = distinct_labels(new, old)
    return _Sides(replace(new, label=labels[0]), replace(old, label=labels[1]))


class _Sides(NamedTuple):
    new: Group
    old: Group


def _together(runs: Sequence[Run], replicate_keys: Sequence[str] = ()) -> Group:
    """Runs at hand as one group, under their group's name if that is one."""
    found = tuple(runs)
    if not found or not all(isinstance(run, Run) for run in found):
        raise UsageError("A list of runs holds at least one run, and nothing else.", hint="Name runs one by one.")
    if len({run.id for run in found}) < len(found):
        raise UsageError("Two runs of the list have the same id.", hint="Give each its own: from_frame(..., id=...).")
    groups = {run.info.group for run in found}
    label = groups.pop() if len(groups) == 1 else None
    from runcompare.references.replicates import grouping
    from runcompare.references.trainings import one_each

    each = one_each(found)
    known = grouping(each.runs, replicate_keys)
    reference = ", ".join(run.id for run in found)
    return Group(label or found[0].name, reference, each.runs, (*each.notes, *known.notes), known.kind)


def _roots(runs: Folders) -> tuple[Path, ...]:
    if runs is None:
        return settings_file.load().runs
    return (Path(runs),) if isinstance(runs, str | Path) else tuple(Path(r) for r in runs)


def _positive(name: str, number: float | None) -> float | None:
    if number is not None and not 0 < number < float("inf"):
        raise UsageError(
            f"{name} must be above 0, got {number:g}.", hint="Give a price or a noise as a positive number."
        )
    return number


def _fraction(name: str, number: float | None, default: float) -> float:
    if number is None:
        return default
    if not 0 < number < 1:
        raise UsageError(
            f"{name} must lie between 0 and 1, got {number:g}.", hint="2 % is 0.02 (or '2%' on the command line)."
        )
    return number
