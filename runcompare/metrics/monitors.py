"""The metrics that a configuration names: those of checkpoints, early stopping, schedules, sweeps and boosting.

Settings lie in nested sections, in lists of sections (`trainer.callbacks`, as LightningCLI and Keras write them) or in
dotted keys; the class that a section makes (`class_path`, `_target_`, `class_name`, `type`) tells what it is for.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from runcompare.metrics.patterns import Direction

__all__ = ["DIRECTIONS", "Monitor", "Purpose", "leaves", "monitors"]

Purpose = Literal["checkpoint", "early stopping", "other", "schedule"]  # what a metric is watched for
DIRECTIONS: Mapping[str, Direction] = {
    **dict.fromkeys(("max", "maximize", "maximise", "maximum", "higher", "greater", "true"), "max"),
    **dict.fromkeys(("min", "minimize", "minimise", "minimum", "lower", "less", "false"), "min"),
}
_OTHER_WAY: Mapping[Direction, Direction] = {"max": "min", "min": "max"}
_SMALLER = ("smaller_is_better", "lower_is_better")
_WAYS = ("mode", "goal", "direction", "greater_is_better", *_SMALLER)
# a setting that names a metric, and the settings beside it that give its direction
_SETTINGS = (
    (re.compile(r"(^|[._/])metric_for_best_model$"), ("greater_is_better",)),
    (re.compile(r"(^|[._/])best_checkpoint_metric$"), ("maximize_best_checkpoint_metric",)),
    (re.compile(r"(^|[._/])monitor(_metric|ed_metric)?$"), ("monitor_mode", "mode")),
    (re.compile(r"(^|[._/])save_best$"), ("rule",)),
    (re.compile(r"(^|[._/])(early_stopping|checkpoint|best|selection|target|objective|optimized|save)_metric$"), _WAYS),
    (re.compile(r"(^|[._/])(metric|objective)[._/](name|metric)$"), _WAYS),
    (re.compile(r"(^|[._/])eval_metrics?$"), (*_WAYS, "maximize")),
    (re.compile(r"(^|[./])metrics?$"), _WAYS),  # not `distance_metric`
)
# what a sweep's or search's own section is called; elsewhere "metric.name" may be a model's option
_SECTIONED = re.compile(
    r"(^|[._/])(sweep|search|searcher|tune|hpo|optuna|wandb|early_stopping|checkpoint\w*|callbacks?|objective)\b"
)
# ESPnet: [[valid, acc, max], [valid, loss, min]]
_CRITERION = re.compile(r"(^|[._/])(best_model|early_stopping)_criterion(\.\d+)?$")
_CLASSES = ("class_path", "_target_", "class_name", "type")
_PURPOSES: tuple[tuple[Purpose, re.Pattern[str]], ...] = (
    ("early stopping", re.compile(r"early_?stop", re.IGNORECASE)),
    ("checkpoint", re.compile(r"check_?point|ckpt|best_(model|metric)|save_best|save_metric", re.IGNORECASE)),
    ("schedule", re.compile(r"schedul|plateau", re.IGNORECASE)),
)
_DEEPEST = 30


@dataclass(frozen=True, slots=True)
class Monitor:
    """A metric that a setting names as `name`; `data` says which part of the data the setting names besides.

    `scores` are the names of boosting's metrics: a run logs them with the data set in front (`valid_0-auc`).
    """

    name: str
    direction: Direction | None
    purpose: Purpose
    path: str
    data: str = ""
    scores: bool = False


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """`a.b.0.c` and its value for each leaf of a configuration; lists that hold mappings or lists are no leaves."""
    if path.count(".") > _DEEPEST:  # a YAML file may hold a list that holds itself
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, _join(path, str(key)))
    elif isinstance(value, list | tuple) and any(isinstance(inner, Mapping | list | tuple) for inner in value):
        for i, inner in enumerate(value):
            yield from leaves(inner, _join(path, str(i)))
    else:
        yield path, value


def monitors(config: Mapping[str, Any]) -> Iterator[Monitor]:
    """The metrics that a configuration names, and which way they are better where it says so: Keras's `mode: auto`
    doesn't."""
    flat = dict(leaves(config))
    for path, value in flat.items():
        if _CRITERION.search(path):
            yield from _criterion(path, value)
        ways = next((ways for pattern, ways in _SETTINGS if pattern.search(path)), None)
        if ways is not None:
            yield from _named(flat, path, value, ways)


def _named(flat: Mapping[str, Any], path: str, value: Any, ways: Sequence[str]) -> Iterator[Monitor]:
    leaf = re.split(r"[._/]", path)[-1]
    if leaf == "name" and not _SECTIONED.search(path):
        return
    section = path[: -len(_last(path))]
    found = (_direction(way, flat.get(section + way)) for way in ways)
    direction = next((way for way in found if way is not None), None)
    scores = _last(path).removeprefix("eval_") in ("metric", "metrics")
    name = _the_one(_last(path), value) if scores else value
    if isinstance(name, str) and name:
        yield Monitor(name, direction, _purpose(flat, path), path, scores=scores)


def _criterion(path: str, value: Any) -> Iterator[Monitor]:
    if isinstance(value, list | tuple) and len(value) == 3 and all(isinstance(v, str) for v in value):
        data, name, way = value
        yield Monitor(name, DIRECTIONS.get(way.lower()), _purpose({}, path), path, data=data)


def _the_one(setting: str, value: Any) -> Any:
    """Of several metrics that boosting evaluates, the one that it stops by: XGBoost's last `eval_metric`, LightGBM's
    first `metric`."""
    several = value.split(",") if isinstance(value, str) else value
    if not isinstance(several, list | tuple) or not several:
        return None
    one = several[-1] if setting.startswith("eval_") else several[0]
    return one.strip() if isinstance(one, str) else None


def _purpose(flat: Mapping[str, Any], path: str) -> Purpose:
    """What a metric is watched for, by the setting's own name, then by what the sections around it make or are called,
    innermost first."""
    texts, section = [_last(path)], path
    while section:
        section = section[: -len(_last(section))].rstrip("./")
        texts += [str(made) for key in _CLASSES if isinstance(made := flat.get(_join(section, key)), str)]
        texts.append(_last(section))
    return next((purpose for text in texts for purpose, words in _PURPOSES if words.search(text)), "other")


def _last(path: str) -> str:
    """The last name of a path, whose parts stand apart by dots or slashes."""
    return re.split(r"[./]", path)[-1]


def _join(section: str, key: str) -> str:
    return f"{section}.{key}" if section else key


def _direction(setting: str, value: Any) -> Direction | None:
    if setting == "maximize" and value is not True:  # False is XGBoost's default, and an option of torch's optimizers
        return None
    way = DIRECTIONS.get(str(value).lower()) if isinstance(value, str | bool) else None
    return _OTHER_WAY[way] if way is not None and setting in _SMALLER else way
