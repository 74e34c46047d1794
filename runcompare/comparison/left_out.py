"""Runs of a side that are no result of their own: they ended long before the others, or repeat a seed."""

import statistics
from collections.abc import Mapping, Sequence

from runcompare.records.config import essentials, same_setting
from runcompare.records.run import Run

__all__ = ["PARTIAL", "left_out", "progress"]

PARTIAL = 0.9  # of the steps that the side's runs usually take
UNKNOWN = 0.5  # the same, where nobody recorded how the run ended
STOPPED = ("interrupted", "failed", "running")


def left_out(runs: Sequence[Run], key: str, *, unknown: float = UNKNOWN) -> Mapping[str, str]:
    """Why runs of a side don't count, by id: those that stopped short of the others' usual length, and those that
    repeat the seed and the settings of another one, which shows no noise from seed to seed.

    A run that its tracker calls finished counts however short it is: early stopping is a result.

    Args:
        runs: The side's runs.
        key: The metric that they are judged by.
        unknown: The share of the usual length below which a run whose end nobody recorded is left out.
    """
    short = _stopped_short(runs, key, unknown)
    return {**short, **_repeated([run for run in runs if run.id not in short], key)}


def _stopped_short(runs: Sequence[Run], key: str, unknown: float) -> dict[str, str]:
    lengths = {run.id: progress(run, key) for run in runs}
    known = [length for length in lengths.values() if length]
    if len(known) < 2:
        return {}
    usual = statistics.median(sorted(known)[len(known) // 2 :])
    found = {}
    for run in runs:
        share = (lengths[run.id] or 0.0) / usual
        limit = PARTIAL if run.info.state in STOPPED else unknown if run.info.state == "unknown" else 0.0
        if lengths[run.id] and share < limit:
            word = "ended" if run.info.state == "unknown" else run.info.state
            found[run.id] = f"{word} at {100 * share:.0f} % of the others' steps"
    return found


def _repeated(runs: Sequence[Run], key: str) -> dict[str, str]:
    """Of the runs of one seed, the one that got furthest counts, the first of equals."""
    found: dict[str, str] = {}
    kept: list[Run] = []
    for run in sorted(runs, key=lambda run: -(progress(run, key) or 0.0)):
        first = next((one for one in kept if _same_seed(one, run)), None)
        if first is None:
            kept.append(run)
        else:
            found[run.id] = f"repeats seed {run.seed} of {first.id}"
    return found


def _same_seed(one: Run, other: Run) -> bool:
    if one.seed is None or str(one.seed) != str(other.seed):
        return False
    mine, theirs = dict(essentials(one.config)), dict(essentials(other.config))
    return mine.keys() == theirs.keys() and all(same_setting(mine[key], theirs[key]) for key in mine)


def progress(run: Run, key: str) -> float | None:
    """How far a run got: its last step under `key`, or its last step at all; None where it logged no rows."""
    logged = key if run.history.has(key) else next(iter(run.history.numeric_keys), None)
    if logged is None:
        return None
    series = run.history.series(logged)
    return float(series.step[-1]) + 1.0 if len(series) else None
