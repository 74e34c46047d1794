"""What runs themselves state of their metrics: which one they were judged by, and which way it is better.

Trackers hand over what was declared to them (`Run.declared`: W&B's `define_metric`, MLflow, Optuna); configurations
name the metric of early stopping, checkpoints, sweeps and boosting (`monitors.py`). What a checkpoint is chosen by is
what stands for the run: where it and early stopping watch different metrics, the checkpoint's counts. A schedule's
metric selects nothing. Directions that contradict each other leave the direction open, whatever the name says.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from runcompare.metrics.monitors import DIRECTIONS, Monitor, Purpose, monitors
from runcompare.metrics.patterns import Direction
from runcompare.metrics.registry import lookup
from runcompare.records.run import Run

__all__ = ["Statement", "statements_of"]

_FIRST: Sequence[Purpose] = ("checkpoint", "early stopping", "other")  # whose metric a run is judged by
_BEST = frozenset(("best_score", "best_model_score", "best_metric"))  # the best value of what was monitored


@dataclass(frozen=True, slots=True)
class Statement:
    """What runs state of one metric: its direction, if any, and whether they were selected or stopped by it.

    `contradicted` says that they state both directions, so that there is none. `best_of` is the metric whose best value
    this one is: it means the same.
    """

    key: str
    direction: Direction | None
    selects: bool
    source: str
    contradicted: bool = False
    best_of: str = ""


def statements_of(runs: Iterable[Run]) -> dict[str, Statement]:
    """What the runs state, by metric. Where they contradict each other, no direction is stated."""
    found: dict[str, Statement] = {}
    for run in runs:
        for statement in _statements(run):
            known = found.get(statement.key)
            found[statement.key] = statement if known is None else _merged(known, statement)
    return found


def _merged(one: Statement, other: Statement) -> Statement:
    selects = one.selects or other.selects
    if one.contradicted or other.contradicted or len({one.direction, other.direction} - {None}) > 1:
        source = one.source if one.contradicted else f"{one.source} and {other.source} contradict each other"
        return replace(one, direction=None, selects=selects, source=source, contradicted=True)
    telling = one if other.direction is None or (one.direction and one.selects) else other
    return replace(telling, selects=selects)


def _statements(run: Run) -> Iterator[Statement]:
    for declared in run.declared:
        direction = DIRECTIONS.get(str(declared.direction).lower()) if declared.direction is not None else None
        yield Statement(declared.key, direction, declared.selects, declared.source)
    found = [(monitor, key) for monitor in monitors(run.config) for key in _as_logged(run, monitor)]
    first = next((purpose for purpose in _FIRST if any(monitor.purpose == purpose for monitor, _ in found)), None)
    stated = [Statement(key, m.direction, m.purpose == first, f"the run's setting {m.path}") for m, key in found]
    yield from stated
    yield from _best_scores(run, [statement for statement in stated if statement.selects])


def _best_scores(run: Run, selecting: Sequence[Statement]) -> Iterator[Statement]:
    """What a trainer logs as the best score is that of the metric that it monitored, a loss or not."""
    ways = {statement.direction or lookup(statement.key).direction for statement in selecting}
    if selecting:
        one = selecting[0]
        way = next(iter(ways)) if len(ways) == 1 else None
        for key in sorted(_BEST & {*run.summary, *run.history.numeric_keys}):
            yield Statement(key, way, selects=False, source=one.source, contradicted=way is None, best_of=one.key)


def _as_logged(run: Run, monitor: Monitor) -> list[str]:
    """The keys under which the run logs what its settings call `name`: trainers drop or add an `eval_` in front,
    boosting puts the data set there. Of several data sets the training's is none to judge by."""
    name, logged = monitor.name, [*dict.fromkeys((*run.summary, *run.history.numeric_keys))]
    if monitor.data:
        return [key for key in logged if key in (f"{monitor.data}/{name}", f"{monitor.data}_{name}")]
    spelled = (name, f"eval_{name}", f"eval/{name}", name.replace("eval_", "eval/", 1))
    exact = next((key for key in spelled if key in logged), None)
    if exact is not None:
        return [exact]
    if not monitor.scores:
        return []
    behind = re.compile(rf"[\w.]+?('s |[-/:_]){re.escape(name)}((@|_at_)\d+)?")
    return [key for key in logged if behind.fullmatch(key) and lookup(key).role != "train"]
