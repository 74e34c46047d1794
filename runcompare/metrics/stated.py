"""What runs themselves state of their metrics: which one they were judged by, and which way it is better.

Trackers hand over what was declared to them (`Run.declared`: W&B's `define_metric`, MLflow, Optuna); configurations
name the metric of early stopping, checkpoints and sweeps.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from runcompare.metrics.patterns import Direction
from runcompare.records.config import flatten
from runcompare.records.run import Run

__all__ = ["Statement", "statements_of"]

DIRECTIONS: Mapping[str, Direction] = {
    **dict.fromkeys(("max", "maximize", "maximise", "maximum", "higher", "true"), "max"),
    **dict.fromkeys(("min", "minimize", "minimise", "minimum", "lower", "false"), "min"),
}
# a setting that names a metric, and the settings beside it that give its direction
_MONITORS = (
    (re.compile(r"(^|[._/])metric_for_best_model$"), ("greater_is_better",)),
    (re.compile(r"(^|[._/])monitor$"), ("mode",)),
    (re.compile(r"(^|[._/])monitor_metric$"), ("monitor_mode", "mode")),
    (re.compile(r"(^|[._/])(early_stopping|checkpoint|best|eval|selection|target|objective|save)_metric$"), ("mode",)),
    (re.compile(r"(^|[._/])metric[._/]name$"), ("goal", "mode", "direction")),
    (re.compile(r"(^|[._/])objective[._/](name|metric)$"), ("goal", "mode", "direction")),
    (re.compile(r"(^|[._/])early_stopping[._/]metric$"), ("mode", "direction")),
)
# what a sweep's or search's own section is called; elsewhere "metric.name" may be a model's option
_SECTIONED = re.compile(
    r"(^|[._/])(sweep|search|tune|hpo|optuna|wandb|early_stopping|checkpoint\w*|callbacks?|objective)\b"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """What runs state of one metric: its direction, if any, and whether they were selected or stopped by it."""

    key: str
    direction: Direction | None
    selects: bool
    source: str


def statements_of(runs: Iterable[Run]) -> dict[str, Statement]:
    """What the runs state, by metric. Where they contradict each other, no direction is stated."""
    found: dict[str, Statement] = {}
    for run in runs:
        for statement in _statements(run):
            known = found.setdefault(statement.key, statement)
            found[statement.key] = _merged(known, statement)
    return found


def _merged(one: Statement, other: Statement) -> Statement:
    if one.direction is None or other.direction is None:
        telling = one if other.direction is None else other
        return replace(telling, selects=one.selects or other.selects)
    if one.direction != other.direction:
        return replace(one, direction=None, selects=one.selects or other.selects)
    return replace(one, selects=one.selects or other.selects)


def _statements(run: Run) -> Iterator[Statement]:
    for declared in run.declared:
        direction = DIRECTIONS.get(str(declared.direction).lower()) if declared.direction is not None else None
        yield Statement(declared.key, direction, declared.selects, declared.source)
    flat = dict(flatten(run.config))
    for path, name in flat.items():
        if isinstance(name, str) and name:
            yield from _monitored(run, flat, path, name)


def _monitored(run: Run, flat: Mapping[str, Any], path: str, name: str) -> Iterator[Statement]:
    for pattern, beside in _MONITORS:
        match = pattern.search(path)
        if match is None or ("name" in match[0] and not _SECTIONED.search(path)):
            continue
        section = path.rpartition(".")[0]
        direction = next((d for key in beside if (d := _direction(flat.get(_join(section, key))))), None)
        key = _as_logged(run, name)
        if key is not None:
            yield Statement(key, direction, True, f"the run's setting {path}")
        return


def _join(section: str, key: str) -> str:
    return f"{section}.{key}" if section else key


def _direction(value: Any) -> Direction | None:
    return DIRECTIONS.get(str(value).lower()) if isinstance(value, str | bool) else None


def _as_logged(run: Run, name: str) -> str | None:
    """The key under which the run logs what its settings call `name`; trainers drop or add an `eval_` in front."""
    for key in (name, f"eval_{name}", f"eval/{name}", name.replace("eval_", "eval/", 1)):
        if run.history.has(key) or key in run.summary:
            return key
    return None
