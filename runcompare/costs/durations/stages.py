"""How long each stage took: by its marks, by its epochs' own times, or by the clock between its rows.

Where stages overlap, a moment belongs to the stage that started last. A stage without an end counts up to the next
stage or the last sign of life. Epochs that were run twice, after a resume, were paid for twice.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from runcompare.costs.durations.running import LATEST, Stretches, row_times, signs_of_life, without_downtime
from runcompare.costs.durations.spans import Span, assign, cut, length, union
from runcompare.records.conventions import EVAL
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Run, StageSpan

__all__ = [
    "EPOCH_TIME",
    "EPOCH_TIMES",
    "EVAL",
    "TRAINING",
    "Part",
    "Parts",
    "by_epoch_times",
    "by_marks",
    "by_rows",
    "is_eval",
    "stage_key",
]

EPOCH_TIMES = ("epoch_time_sec", "epoch_time_s", "epoch_time_seconds", "epoch_time")
EPOCH_TIME = re.compile(rf"(?:(?P<stage>.+)/)?(?:{'|'.join(EPOCH_TIMES)})")
TRAINING = "training"  # the stage of keys without one
_EVAL = re.compile(r"(?:^|[/_.])(?:eval|evaluation|test|testing)$")
# what a number was taken on, not a stage: what time passes between such rows is the whole training's
_ROLE = re.compile(r"(?:(?P<stage>.+)[/_.])?(?:train|training|val|valid|validation|dev)", re.IGNORECASE)
_ROW_KEY = re.compile(r"(?:(?P<stage>.+)/)?(?:loss|val_loss|best_loss|grad_norm|epoch|lr)")
_EVAL_TIME = re.compile(r"(?:eval|evaluation|test)[/_.](?:.+_)?(?:time_s|time_sec|time_seconds|runtime)")


@dataclass(frozen=True, slots=True)
class Part:
    """A stage's wall time in seconds; `spans` are empty where only its length is known."""

    stage: str
    wall: Figure
    spans: tuple[Span, ...] = ()


class Parts(NamedTuple):
    """The stages of a run, and the rules that were needed to time them."""

    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()


def stage_key(run: Run, stage: str, name: str) -> str | None:
    """The key under which a run logs numbers of a stage, as its log calls the stage; keys without a stage are those of
    `training`. None if it logged none."""
    keys = (f"{stage}/{name}", *([name] if stage == TRAINING else []))
    return next((key for key in keys if run.history.has(key)), None)


def is_eval(stage: str) -> bool:
    """Whether a stage is evaluation, by its name."""
    return _EVAL.search(stage.lower()) is not None


def by_marks(run: Run, running: Sequence[Span]) -> Parts:
    """Parts from stage marks, in the order that the stages started in. `running` is when the run ran, if known."""
    marks = sorted(run.stages, key=lambda s: s.started_at)
    named, notes = [], []
    for i, mark in enumerate(marks):
        end = mark.ended_at
        if end is None:
            end = _end_of(mark, marks[i + 1 :], running, run)
            notes.append(f"stage {mark.name} has no end: counted up to the next stage or the last sign of life")
        if end < mark.started_at:
            notes.append(f"the clock goes backwards in stage {mark.name}: that stretch counts as nothing")
        named.append((mark.name, (mark.started_at, max(end, mark.started_at))))
    times = {name: sum(n == name for n, _ in named) for name, _ in named}
    parts = [
        Part(name, _seconds(length(spans), Provenance.MEASURED, f"stage marks ({times[name]})"), spans)
        for name, spans in assign(named).items()
    ]
    return Parts(tuple(parts), tuple(notes))


def _end_of(mark: StageSpan, later: Iterable[StageSpan], running: Sequence[Span], run: Run) -> float:
    attempt_end = next((end for start, end in running if start <= mark.started_at <= end), None)
    signs = (t for t in signs_of_life(run) if t >= mark.started_at)
    limit = attempt_end if attempt_end is not None else max(signs, default=mark.started_at)
    return min([limit, *(s.started_at for s in later if s.started_at > mark.started_at)])


def by_epoch_times(run: Run) -> Parts:
    """Parts from `STAGE/epoch_time_sec`; none if no epoch was timed."""
    parts, notes = [], []
    for key in run.history.numeric_keys:
        if match := EPOCH_TIME.fullmatch(key):
            series = run.history.series(key)
            seconds = [v for v in series.value.tolist() if abs(v) < LATEST]
            if any(s < 0 for s in seconds):
                notes.append(f"{key} has negative times: they count as nothing")
            whole = series.whole  # there where not all of the times were kept
            total = math.fsum(s for s in seconds if s > 0) if whole is None else whole.total
            source = f"sum of {key} over {len(seconds) if whole is None else whole.finite} epochs"
            parts.append(Part(match["stage"] or TRAINING, _seconds(total, Provenance.DERIVED, source)))
    return Parts((*parts, *_eval_part(run)) if parts else (), tuple(notes))


def by_rows(run: Run, running: Sequence[Span]) -> Parts:
    """Parts from the clock: the time up to a row belongs to the stage that logged it. `running` is when the run ran, if
    known.

    Rows of training and of validation are one stage's; where nothing but evaluation has a clock, the times between its
    rows are the training's too, and no stage has a time.
    """
    times = row_times(run)
    stages = {k: _stage_of(m["stage"]) for k in run.history.numeric_keys if (m := _ROW_KEY.fullmatch(k))}
    if len(times) < 2 or len(times) != len(run.history) or all(map(is_eval, stages.values())):
        return Parts(_eval_part(run))
    logged = {key: run.history.frame[key].is_not_null().to_list() for key in stages}
    start = max((s for s, _ in running if s <= times[0]), default=times[0])
    spans: dict[str, list[Span]] = {}
    for i, step in enumerate(pairwise([start, *times])):
        stage = next((stages[key] for key in stages if logged[key][i]), None)
        if stage is not None and step[1] > step[0]:
            spans.setdefault(stage, []).append(step)
    alive = Stretches(tuple(running)) if running else without_downtime(times)
    down = _outside(alive.spans)
    found = {name: cut(steps, down) for name, steps in spans.items()}
    source = "clock between its rows"
    parts = tuple(Part(name, _seconds(length(s), Provenance.DERIVED, source), s) for name, s in found.items() if s)
    more = () if any(is_eval(p.stage) for p in parts) else _eval_part(run)
    return Parts((*parts, *more), alive.notes)


def _stage_of(name: str | None) -> str:
    role = _ROLE.fullmatch(name or TRAINING)
    return role["stage"] or TRAINING if role else name or TRAINING


def _outside(spans: Iterable[Span]) -> list[Span]:
    """Every moment that is in none of `spans`."""
    edges = [-math.inf, *(t for span in union(spans) for t in span), math.inf]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _eval_part(run: Run) -> tuple[Part, ...]:
    """Evaluation times that were logged as numbers, such as `eval/runtime`."""
    found: dict[str, float] = {}
    for key in filter(_EVAL_TIME.fullmatch, [*run.summary, *run.history.numeric_keys]):
        logged = run.history.series(key).value.tolist() if key in run.history.numeric_keys else [run.summary[key]]
        numbers = [v for v in logged if isinstance(v, int | float) and 0 <= v < LATEST]
        if numbers:
            found[key] = math.fsum(numbers)
    if not found:
        return ()
    return (Part(EVAL, _seconds(math.fsum(found.values()), Provenance.DERIVED, " + ".join(sorted(found)))),)


def _seconds(value: float, provenance: Provenance, source: str) -> Figure:
    return Figure(value, "s", provenance=provenance, source=source)
