"""Candidate against baseline on many tasks."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from runcompare.errors import UsageError
from runcompare.inputs.groups import Folders, Reference, as_keys, load_group, places_of
from runcompare.inputs.request import asked_options, request_of
from runcompare.inputs.sides import told_apart
from runcompare.inputs.surroundings import keep_runs

if TYPE_CHECKING:
    from runcompare.comparison.tasks import TasksReport

__all__ = ["compare_tasks"]


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
