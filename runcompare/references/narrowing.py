"""Which of the runs that a selection found are meant, and how much of each? What follows an `@`, carried out.

`@latest` and `@best:METRIC` take one of several; `@step=N` and `@stage=NAME` cut each when it is read.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from runcompare.errors import AmbiguousReference, DataError, RunNotFound, UnreadableRun, UsageError, did_you_mean
from runcompare.metrics.metric import Meanings
from runcompare.metrics.value import value
from runcompare.records.boundary import boundary
from runcompare.records.run import PICK, Run, RunInfo, Searched
from runcompare.references.grammar import Narrowing, step_number
from runcompare.references.slicing import Slice, at_stage, at_step
from runcompare.sources.registry import read_run

__all__ = ["Found", "Read", "ReadRuns", "listed", "narrow", "read_all"]

Read = Callable[[RunInfo], Run]


@dataclass(frozen=True, slots=True)
class Found:
    """Runs that a reference names, not read yet. `cuts` are applied to each when it is; `searched` are the choices by
    value that have been made."""

    label: str
    infos: tuple[RunInfo, ...]
    notes: tuple[str, ...] = ()
    read: Read = read_run
    cuts: tuple[Narrowing, ...] = ()
    searched: tuple[Searched, ...] = ()


def listed(runs: Sequence[RunInfo | Run], most: int = 8) -> str:
    """The ids of at most `most` runs for a message, with their names where these differ."""
    shown = [f"{run.id} ({run.name})" if run.name != run.id else run.id for run in runs[:most]]
    return ", ".join(shown) + (f" and {len(runs) - most} more" if len(runs) > most else "")


def narrow(found: Found, narrowings: Sequence[Narrowing]) -> Found:
    """Apply what follows each `@`, from left to right. Raises UsageError, RunNotFound, AmbiguousReference."""
    for narrowing in narrowings:
        if narrowing.kind == "latest":
            found = _latest(found)
        elif narrowing.kind == "best":
            found = _best(found, narrowing.value)
        else:
            _check_cut(narrowing)
            found = replace(found, label=f"{found.label}{narrowing}", cuts=(*found.cuts, narrowing))
    return found


def _check_cut(narrowing: Narrowing) -> None:
    if narrowing.kind == "step":
        step_number(narrowing.value)
    elif not narrowing.value:
        raise UsageError(f"'{narrowing}' names no stage.", hint="Write it as REF@stage=NAME.")


def _one(found: Found, info: RunInfo, how: str) -> Found:
    """One of several, with a note on which it is and why."""
    note = f"{how} of {len(found.infos)} run{'s' * (len(found.infos) > 1)} is {listed([info])}."
    label = f"{info.name}{''.join(map(str, found.cuts))}"
    return replace(found, label=label, infos=(info,), notes=(*found.notes, note))


def _latest(found: Found) -> Found:
    """The run that started last. Runs whose start is unknown can't be it."""
    dated = [(info.started_at, info) for info in found.infos if info.started_at is not None]
    if not dated:
        raise DataError(
            f"None of {len(found.infos)} runs has a known start: {listed(found.infos)}.", hint="Name one by its id."
        )
    at = max(start for start, _ in dated)
    last = [info for start, info in dated if start == at]
    if len(last) > 1:
        raise AmbiguousReference(f"{len(last)} runs started last, together: {listed(last)}.", hint="Name one with id:.")
    return _one(found, last[0], f"The latest ({_clock(at)})")


def _clock(at: float) -> str:
    try:
        return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%SZ}"
    except (OverflowError, OSError, ValueError):
        return f"started at {at:g}"


def _best(found: Found, metric: str) -> Found:
    """The run whose final value of `metric` is best; ties are refused. Runs without a finite one can't be it."""
    if not metric:
        raise UsageError("'@best:' names no metric.", hint="Write it as REF@best:METRIC, such as @best:eval/nrmse.")
    values: list[tuple[float, RunInfo]] = []
    keys: set[str] = set()
    runs: list[Run] = []
    for info, run in _readable(found):
        runs.append(run)
        final = value(run, metric).mid
        if final is not None and math.isfinite(final):
            values.append((final, info))
        keys |= {*_numbers(run), *run.figures, *run.history.numeric_keys}
    if not values:
        raise RunNotFound(
            f"None of {len(found.infos)} runs ends with a finite '{metric}'.",
            hint=did_you_mean(metric, sorted(keys)) or f"They have: {', '.join(sorted(keys)[:12]) or 'no metric'}.",
        )
    higher = Meanings.of(runs).metric(metric).higher_is_better
    if higher is None:
        raise UsageError(
            f"Which value of '{metric}' is best is not known.",
            hint=f'Name the run, or let the runs say it: W&B\'s define_metric("{metric}", goal=...).',
        )
    pick = max if higher else min
    top = pick(final for final, _ in values)
    best = [info for final, info in values if final == top]
    if len(best) > 1:
        raise AmbiguousReference(
            f"{len(best)} runs share the best {metric}, {top:g}: {listed(best)}.", hint="Name one with id:."
        )
    without = len(found.infos) - len(values)
    missing = f"; {without} without a finite value" if without else ""
    one = _one(found, best[0], f"The best by {metric} ({'highest' if pick is max else 'lowest'}, {top:.6g}{missing})")
    chosen = (Searched(len(found.infos), metric, PICK),) if len(found.infos) > 1 else ()
    return replace(one, searched=(*found.searched, *chosen))


def _numbers(run: Run) -> Iterator[str]:
    return (key for key, v in run.summary.items() if isinstance(v, int | float) and not isinstance(v, bool))


class _Opened(NamedTuple):
    """A run of a listing, and the same as read and cut."""

    info: RunInfo
    run: Run


def _readable(found: Found) -> Iterator[_Opened]:
    for info in found.infos:
        try:
            with boundary(info.location or info.id):
                run = found.read(info)
                slices = _cut(run, found.cuts)
        except (UnreadableRun, UsageError, DataError):
            continue
        yield _Opened(info, slices[-1].run if slices else run)


def _cut(run: Run, cuts: Sequence[Narrowing]) -> list[Slice]:
    """A slice for each cut; each cuts what the one before left. Raises DataError and UsageError."""
    slices: list[Slice] = []
    for cut in cuts:
        before = slices[-1].run if slices else run
        if cut.kind == "step":
            slices.append(at_step(before, step_number(cut.value), cut.value))
        else:
            slices.append(at_stage(before, cut.value))
    return slices


class ReadRuns(NamedTuple):
    """The runs of a reference, read and cut, notes on what was cut off or left out, and why that was `unread`."""

    runs: tuple[Run, ...]
    notes: tuple[str, ...]
    unread: tuple[str, ...]


def read_all(found: Found) -> ReadRuns:
    """Read and cut the runs; of several, one that can't be is left out with a note.

    Raises the first error if none can be read or cut; where nothing is cut, DataError but for damage at once.
    """
    runs: list[Run] = []
    unread: list[DataError | UsageError] = []
    slices: list[Slice] = []
    for info in found.infos:
        try:
            with boundary(info.location or info.id):
                run = found.read(info)
                cut = _cut(run, found.cuts)
        except (DataError, UsageError) as error:
            if not (found.cuts or isinstance(error, UnreadableRun)):
                raise
            unread.append(error)
            continue
        runs.append(cut[-1].run if cut else run)
        slices += cut
    if not runs:
        raise unread[0]
    reasons = tuple(error.message for error in unread)
    return ReadRuns(tuple(runs), (*_notes(slices), *(f"Left out: {why}" for why in reasons)), reasons)


def _notes(slices: Sequence[Slice]) -> list[str]:
    """One note for all runs that were cut alike."""
    alike = Counter(map(_described, slices))
    return [f"{text} ({n} runs)." if n > 1 else f"{text}." for text, n in alike.items()]


def _described(cut: Slice) -> str:
    if cut.whole:
        return f"@{cut.when} cuts nothing off: no row comes later"
    left = f"; left out of the summary: {', '.join(cut.dropped[:6])}" if cut.dropped else ""
    more = f" and {len(cut.dropped) - 6} more" if len(cut.dropped) > 6 else ""
    return f"@{cut.when}: the first {cut.rows} of {cut.rows_before} rows{left}{more}"
