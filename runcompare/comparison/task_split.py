"""Two sides cut into tasks: by a setting that differs between their runs (`env`, `dataset`), or by results of each run
(`eval/*/acc`), which then come from the same runs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runcompare.errors import UsageError, did_you_mean
from runcompare.metrics.primary import result_keys
from runcompare.records.config import flatten
from runcompare.records.run import Group

__all__ = ["OneTask", "Tasks", "by_metrics", "by_setting"]


@dataclass(frozen=True, slots=True)
class OneTask:
    """One task: its name, both sides' runs on it, and the metric where that is the task."""

    name: str
    candidate: Group
    baseline: Group
    metric: str | None = None


@dataclass(frozen=True, slots=True)
class Tasks:
    """The tasks of both sides; `shared_runs` where each run has a result on every task; what was left out, and why."""

    by: str
    tasks: tuple[OneTask, ...]
    shared_runs: bool
    notes: tuple[str, ...] = ()


def by_setting(candidate: Group, baseline: Group, key: str) -> Tasks:
    """The tasks that a setting of the config names.

    Raises:
        UsageError: If no run has the setting, or the sides share fewer than two values of it.
    """
    new, old = _parts(candidate, key), _parts(baseline, key)
    lacking = [name for side in (new, old) for name in side.lacking]
    if not new.groups or not old.groups:
        known = sorted(
            {path for group in (candidate, baseline) for run in group.runs for path, _ in flatten(run.config)}
        )
        side = "candidate" if not new.groups else "baseline"
        raise UsageError(f"No run of the {side} has a setting '{key}'.", hint=did_you_mean(key, known))
    both = [name for name in new.groups if name in old.groups]
    if len(both) < 2:
        said = (
            f"The sides share {len(both)} value{'' if len(both) == 1 else 's'} of '{key}': {', '.join(both) or 'none'}."
        )
        raise UsageError(said, hint="Several tasks are two or more; leave --task-key out to compare on one.")
    notes = [f"{name} has no setting '{key}': left out." for name in lacking]
    notes += [f"{name} has runs of one side only: left out." for name in sorted({*new.groups} ^ {*old.groups})]
    tasks = (OneTask(name, new.groups[name], old.groups[name]) for name in sorted(both))
    return Tasks(key, tuple(tasks), shared_runs=False, notes=tuple(notes))


@dataclass(frozen=True, slots=True)
class _Parts:
    groups: Mapping[str, Group]
    lacking: Sequence[str]


def _parts(group: Group, key: str) -> _Parts:
    found: dict[str, list[Any]] = {}
    lacking = []
    for run in group.runs:
        value = dict(flatten(run.config)).get(key)
        if value is None:
            lacking.append(run.id)
        else:
            found.setdefault(str(value), []).append(run)
    return _Parts({name: replace(group, runs=tuple(runs)) for name, runs in found.items()}, lacking)


def by_metrics(candidate: Group, baseline: Group, pattern: str) -> Tasks:
    """The tasks that results of each run stand for: `*` in the pattern is the task's name.

    Raises:
        UsageError: If the pattern has no `*`, or fewer than two results of both sides match.
    """
    if "*" not in pattern:
        raise UsageError(f"'{pattern}' names one result, not several.", hint="Put * where the task's name stands.")
    match = re.compile(re.escape(pattern).replace(r"\*", "(.+)"))
    keys = {key: m for key in sorted(result_keys(candidate) & result_keys(baseline)) if (m := match.fullmatch(key))}
    if len(keys) < 2:
        known = ", ".join(sorted(result_keys(candidate) & result_keys(baseline))[:12])
        raise UsageError(
            f"Too few results of both sides match '{pattern}': {len(keys)}.", hint=f"They share {known or 'none'}."
        )
    one_side = [key for key in sorted(result_keys(candidate) ^ result_keys(baseline)) if match.fullmatch(key)]
    notes = tuple(f"{key} is a result of one side only: left out." for key in one_side)
    tasks = (OneTask("/".join(m.groups()), candidate, baseline, key) for key, m in keys.items())
    return Tasks(pattern, tuple(tasks), shared_runs=True, notes=notes)
