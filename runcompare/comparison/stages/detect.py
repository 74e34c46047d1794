"""The stages of a pipeline, found in its keys, its config and its clock, under one name each.

A stage is a key prefix under which a run logs a loss, a grad norm or an epoch ("operator/loss"), or an entry of
the config's `stages`, or a span that the run marked. One run may call a stage by several names: aliases are folded,
and a prefix such as `training/` in front is dropped. Keys without any prefix ("loss") make the stage `training`.
"""

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from runcompare.records.conventions import EVAL, canonical
from runcompare.records.figure import Figure
from runcompare.records.run import Run

__all__ = ["EVAL", "Stage", "canonical", "detect_stages", "stage_key", "stated_figure"]

STAGE_QUANTITIES = (
    "loss",
    "val_loss",
    "grad_norm",
    "epoch",
    "epochs",
    "epoch_time_sec",
    "best_loss",
    "lr",
    "final_loss",
    "time",
)
_STAGE_KEY = re.compile(rf"^((?P<stage>.+)/)?(?P<quantity>{'|'.join(STAGE_QUANTITIES)})$")


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage under its one name, and the names that logs and configs use for it."""

    name: str
    seen_as: tuple[str, ...]


def detect_stages(runs: Sequence[Run]) -> tuple[Stage, ...]:
    """The stages of all runs, in the order that they ran in: each where the first run that has it placed it."""
    names: dict[str, list[str]] = {}
    places: dict[str, float] = {}
    for run in runs:
        found = _names(run)
        for name in found:
            same = names.setdefault(canonical(name), [])
            if name not in same:
                same.append(name)
        places = {**_places(run, found), **places}
    # evaluation comes last whatever the log's order: it judges what the other stages made
    order = sorted(names, key=lambda name: (name == EVAL, places[name]))
    return tuple(Stage(name, tuple(names[name])) for name in order)


def stage_key(run: Run, stage: Stage, quantity: str) -> str | None:
    """The key under which a run logs a stage's quantity, or None."""
    return next((key for name in stage.seen_as if run.history.has(key := _join(name, quantity))), None)


def stated_figure(run: Run, stage: Stage, quantity: str) -> Figure | None:
    """What a hand-written record states of a stage's quantity, or None."""
    return next((run.figures[key] for name in stage.seen_as if (key := _join(name, quantity)) in run.figures), None)


def _join(name: str, quantity: str) -> str:
    return f"{name}/{quantity}" if name else quantity


def _names(run: Run) -> list[str]:
    spans = [span.name for span in sorted(run.stages, key=lambda s: s.started_at)]
    logged = _with_curve(run.history.keys)
    stages = run.config.get("stages")
    configured = [str(s) for s in stages] if isinstance(stages, Mapping) else []
    stated = [m["stage"] for key in run.figures if (m := _STAGE_KEY.match(key)) and m["stage"]]
    ran = {canonical(name) for name in (*spans, *logged, *stated)}
    # a stage that is only configured did not happen, unless the run logged no stage at all
    return list(dict.fromkeys([*spans, *logged, *stated, *(c for c in configured if canonical(c) in ran)]))


def _with_curve(keys: Iterable[str]) -> list[str]:
    """Prefixes that log a training curve: a loss or a grad norm, not just some number."""
    quantities: dict[str, set[str]] = {}
    for key in keys:
        if match := _STAGE_KEY.match(key):
            quantities.setdefault(match["stage"] or "", set()).add(match["quantity"])
    return [stage for stage, seen in quantities.items() if {"loss", "grad_norm", "best_loss"} & seen]


def _places(run: Run, names: Sequence[str]) -> dict[str, float]:
    """Where each of the run's stages comes: its start, else its first logged row, else its place among the names."""
    places = {canonical(name): float(at) for at, name in reversed(list(enumerate(dict.fromkeys(names))))}
    places.update(_first_rows(run, set(names)))
    start = min((span.started_at for span in run.stages), default=0.0)
    marked: dict[str, float] = {}
    for span in run.stages:
        name = canonical(span.name)
        marked[name] = min(marked.get(name, math.inf), span.started_at - start)
    return {**places, **marked}


def _first_rows(run: Run, names: Collection[str]) -> dict[str, float]:
    """The first row that logs a key of each stage."""
    first: dict[str, float] = {}
    for key in run.history.keys:
        for name in _prefixes(key):
            if name in names:
                at = canonical(name)
                first[at] = min(first.get(at, math.inf), _first_row(run, key))
    return first


def _prefixes(key: str) -> Iterator[str]:
    """The names that a key's stage may have: what stands before each of its slashes, and none at all."""
    yield ""
    for at, sign in enumerate(key):
        if sign == "/":
            yield key[:at]


def _first_row(run: Run, key: str) -> float:
    return float(run.history.frame.get_column(key).is_not_null().arg_max() or 0)
