"""Where a run's time went, from the best evidence there is.

In this order: times that a hand-written record states; stage marks; sums of `STAGE/epoch_time_sec`; the clock between
logged rows; the run's total alone. Time in no stage is the part "other".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from runcompare.costs.arithmetic import add, subtract
from runcompare.costs.durations.running import Running, running
from runcompare.costs.durations.spans import Span, cut, length, union
from runcompare.costs.durations.stages import Part, Parts, by_epoch_times, by_marks, by_rows, is_eval
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Run

__all__ = ["OTHER", "Timeline", "timeline"]

OTHER = "other"
TOLERANCE = 0.01  # of the total; a stage's own clock may read a little more than the run's


@dataclass(frozen=True, slots=True)
class Timeline:
    """`parts` add up to `total`, unless a record states times that don't. `running` is when the run ran, if known."""

    parts: tuple[Part, ...]
    total: Figure
    running: tuple[Span, ...] = ()
    notes: tuple[str, ...] = ()


def timeline(run: Run) -> Timeline:
    """How long each stage of a run took.

    Args:
        run: a run whose times make sense (see `cleaned`).

    Returns:
        Seconds by stage and in all, with the rules that were needed as notes.
    """
    if any(_is_time(key) for key in run.figures):
        return _from_record(run)
    clock = running(run)
    found = by_marks(run, clock.spans)
    if found.parts:
        clock = _reaching(clock, found.parts)
    else:
        timed = by_epoch_times(run)
        by_clock = timed if timed.parts else by_rows(run, clock.spans)
        found = Parts(by_clock.parts, (*found.notes, *timed.notes, *by_clock.notes))
    return _complete(found.parts, replace(clock, notes=(*clock.notes, *found.notes)))


def _reaching(clock: Running, parts: Sequence[Part]) -> Running:
    """The clock with the moments of stage marks outside it: no attempts are known, or stages reach beyond them."""
    both = union([*clock.spans, *(s for p in parts for s in p.spans)])
    if length(both) <= length(clock.spans):
        return clock
    if clock.total.value is not None and length(both) <= clock.total.value:
        return replace(clock, spans=both)
    total = Figure(length(both), "s", provenance=Provenance.DERIVED, source="from first to last stage mark")
    return replace(clock, spans=both, total=total)


def _complete(parts: tuple[Part, ...], clock: Running) -> Timeline:
    """The time in no stage as a last part; the parts' sum as total where none is known or the parts exceed it."""
    total, spans, notes = clock.total, clock.spans, tuple(dict.fromkeys(clock.notes))
    if not parts:
        whole = () if total.is_missing else (Part(OTHER, total, spans),)
        return Timeline(whole, total, spans, notes)
    known = add([p.wall for p in parts], "s", "sum of stages")
    if total.value is None and known.value is not None and all(is_eval(p.stage) for p in parts):
        partial = f"{total.source}: at least {known.value:.0f} s of evaluation"
        return Timeline(parts, Figure.missing(partial, "s"), spans, notes)
    if total.value is None or known.value is None or known.value >= total.value:
        if total.value is not None and known.value is not None and known.value > (1 + TOLERANCE) * total.value:
            more = f"the stages took {known.value:.1f} s, the run's clock shows {total.value:.1f} s: sum taken"
            notes = (*notes, more)
        return Timeline(parts, known, spans, notes)
    left = subtract(total, known, "total less stages")
    rest = cut(spans, [s for p in parts for s in p.spans]) if all(p.spans for p in parts) else ()
    return Timeline((*parts, Part(OTHER, left, rest)), total, spans, notes)


def _from_record(run: Run) -> Timeline:
    """Parts from stated times: `time` is the whole run, `eval_time` and `STAGE/time` are parts of it."""
    parts = [
        Part(key.removesuffix("_time").removesuffix("/time"), figure)
        for key, figure in run.figures.items()
        if _is_time(key) and key != "time"
    ]
    total = run.figures.get("time", Figure.missing("the record states no time of the whole run", "s"))
    if not parts:
        return Timeline((Part(OTHER, total),), total)
    known = add([p.wall for p in parts], "s", "sum of stated times")
    if total.is_missing:
        return Timeline(tuple(parts), known, notes=("the record states no time of the whole run: sum of its parts",))
    if known.is_missing or (known.mid or 0.0) > (total.mid or 0.0):
        return Timeline(tuple(parts), total, notes=("the stated times of the stages don't add up to that of the run",))
    left = subtract(total, known, "stated time less stated parts")
    return Timeline((*parts, Part(OTHER, left)), total)


def _is_time(key: str) -> bool:
    return key == "time" or key.endswith(("/time", "_time"))
