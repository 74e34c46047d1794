"""Where a run's time went, from the best evidence there is.

In this order: times that a hand-written record states; stage marks; sums of `STAGE/epoch_time_sec`; the clock between
logged rows; the run's total alone. Time in no stage is the part "other".
"""

from collections.abc import Sequence
from dataclasses import dataclass

from runcompare.costs.arithmetic import add, subtract
from runcompare.costs.durations.running import running
from runcompare.costs.durations.spans import Span, cut, length, union
from runcompare.costs.durations.stages import Part, by_epoch_times, by_marks, by_rows
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
    """How long each stage of a run took, and the rules that were needed to say so."""
    if any(_is_time(key) for key in run.figures):
        return _from_record(run)
    notes: list[str] = []
    spans, total = running(run, notes)
    parts = by_marks(run, spans, notes)
    if parts:
        both = union([*spans, *(s for p in parts for s in p.spans)])
        if length(both) > length(spans):  # no attempts are known, or stages reach beyond them
            spans = both
            if total.value is None or length(both) > total.value:
                total = Figure(length(both), "s", provenance=Provenance.DERIVED, source="from first to last stage mark")
    else:
        parts = by_epoch_times(run, notes) or by_rows(run, spans, notes)
    return _complete(parts, total, spans, notes)


def _complete(parts: Sequence[Part], total: Figure, spans: tuple[Span, ...], notes: list[str]) -> Timeline:
    """The time in no stage as a last part; the parts' sum as total where none is known or the parts exceed it."""
    if not parts:
        whole = () if total.is_missing else (Part(OTHER, total, spans),)
        return Timeline(whole, total, spans, _each_once(notes))
    known = add([p.wall for p in parts], "s", "sum of stages")
    if total.value is None or known.value is None or known.value >= total.value:
        if total.value is not None and known.value is not None and known.value > (1 + TOLERANCE) * total.value:
            notes.append(f"the stages took {known.value:.1f} s, the run's clock says {total.value:.1f} s: sum taken")
        return Timeline(tuple(parts), known, spans, _each_once(notes))
    left = subtract(total, known, "total less stages")
    rest = cut(spans, [s for p in parts for s in p.spans]) if all(p.spans for p in parts) else ()
    return Timeline((*parts, Part(OTHER, left, rest)), total, spans, _each_once(notes))


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


def _each_once(notes: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(notes))
