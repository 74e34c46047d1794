"""Runs of a side that are no result: they ended long before the others, or never logged the metric."""

import statistics
from collections.abc import Mapping, Sequence

from runcompare.records.run import Run

__all__ = ["left_out", "progress"]

PARTIAL = 0.9  # of the steps that the side's runs usually take
STOPPED = ("interrupted", "failed", "running")


def left_out(runs: Sequence[Run], key: str) -> Mapping[str, str]:
    """Why runs of a side don't count, by id: those that stopped short of the other runs' usual length.

    A run that its tracker calls finished counts however short it is: early stopping is a result. One whose end nobody
    recorded counts unless it is less than half as long as the others.
    """
    lengths = {run.id: progress(run, key) for run in runs}
    known = [length for length in lengths.values() if length]
    if len(known) < 2:
        return {}
    usual = statistics.median(sorted(known)[len(known) // 2 :])
    found = {}
    for run in runs:
        share = (lengths[run.id] or 0.0) / usual
        limit = PARTIAL if run.info.state in STOPPED else 0.5 if run.info.state == "unknown" else 0.0
        if lengths[run.id] and share < limit:
            word = "ended" if run.info.state == "unknown" else run.info.state
            found[run.id] = f"{word} at {100 * share:.0f} % of the others' steps"
    return found


def progress(run: Run, key: str) -> float | None:
    """How far a run got: its last step under `key`, or its last step at all; None where it logged no rows."""
    logged = key if run.history.has(key) else next(iter(run.history.numeric_keys), None)
    if logged is None:
        return None
    series = run.history.series(logged)
    return float(series.step[-1]) + 1.0 if len(series) else None
