"""What of a record can't be true is left out before anything is computed from it, and said."""

from dataclasses import replace

from runcompare.records.figure import Figure
from runcompare.records.run import Run

__all__ = ["LATEST", "sensible"]

LATEST = 1e11  # seconds; as Unix time the year 5138: what is longer or later was not meant in seconds


def sensible(run: Run) -> tuple[Run, list[str]]:
    """The run without stated amounts below 0, not finite or upside down, and without times that are no times."""
    notes: list[str] = []
    figures = {n: Figure.missing(f.source, f.unit) if f.is_missing else f for n, f in run.figures.items()}
    for name in [n for n, f in figures.items() if _is_cost(n) and not _is_amount(f)]:
        del figures[name]
        notes.append(f"the stated {name} is no amount: left out")
    stages = tuple(replace(s, ended_at=_time(s.ended_at)) for s in run.stages if _time(s.started_at) is not None)
    attempts = tuple(replace(a, ended_at=_time(a.ended_at)) for a in run.attempts if _time(a.started_at) is not None)
    if len(stages) < len(run.stages) or len(attempts) < len(run.attempts):
        notes.append("attempts or stages that start at no time are left out")
    runtime = run.runtime_s if run.runtime_s is not None and 0 < run.runtime_s < LATEST else None
    return replace(run, figures=figures, stages=stages, attempts=attempts, runtime_s=runtime), notes


def _time(moment: float | None) -> float | None:
    return moment if moment is not None and abs(moment) < LATEST else None


def _is_cost(name: str) -> bool:
    return name in ("cost", "energy", "time") or name.endswith(("/time", "_time", "/epochs"))


def _is_amount(figure: Figure) -> bool:
    if figure.is_missing:
        return True
    known = [x for x in (figure.low, figure.value, figure.high) if x is not None]
    ordered = figure.low is None or figure.high is None or figure.low <= figure.high
    return figure.mid is not None and ordered and all(0 <= x < LATEST for x in known)
