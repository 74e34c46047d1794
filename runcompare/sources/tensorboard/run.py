"""From a folder's event files to the run."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from runcompare.records.columns import Part, frame_of_parts
from runcompare.records.history import STEP, TIME
from runcompare.records.run import Attempt, Lost, Run, RunInfo, State, find_seed
from runcompare.sources.kit.assemble import Draft, assemble
from runcompare.sources.kit.keys import column_name, made_id, name_of
from runcompare.sources.kit.yaml_file import Settings
from runcompare.sources.tensorboard.curves import attempts_in, curves_of
from runcompare.sources.tensorboard.events import Points
from runcompare.sources.tensorboard.folder import EventFile, RunFolder

__all__ = ["SOURCE", "config_of", "info_of", "run_of"]

SOURCE = "tensorboard"
_STATES: dict[str | None, State] = {"finished": "finished", "failed": "failed"}


def config_of(found: RunFolder, beside: Mapping[str, Any]) -> dict[str, Any]:
    """What the event files state; what the settings beside them state counts before that."""
    return {**_hparams(found), **beside}


def info_of(folder: Path, found: RunFolder, config: Mapping[str, Any]) -> RunInfo:
    """What a listing needs to know; `config` is that of the run."""
    name = name_of(folder)
    states: list[State] = [_STATES[f.events.state] for f in found.files if f.events.state in _STATES]
    start = min((attempt.started_at for attempt in _attempts(found)), default=None)
    return RunInfo(
        id=made_id(name, repr(start).encode()),
        name=name,
        source=SOURCE,
        location=str(folder),
        state=states[-1] if states else "unknown",
        started_at=start,
        seed=find_seed(config),
    )


def run_of(folder: Path, found: RunFolder, beside: Settings) -> Run:
    """The whole run."""
    config = config_of(found, beside.values)
    curves = curves_of(found.files)
    rows = _rows(curves.points)
    draft = Draft(
        info_of(folder, found, config),
        config=config,
        history=rows.frame,
        telemetry=rows.frame.columns,
        attempts=_attempts(found),
        lost=_lost(found.files),
        warnings=(*found.unread, *_losses(found.files), *curves.warnings, *rows.warnings, *beside.warnings),
    )
    return assemble(draft)


def _hparams(found: RunFolder) -> dict[str, Any]:
    return {key: value for file in found.files for key, value in file.events.hparams.items()}


def _attempts(found: RunFolder) -> tuple[Attempt, ...]:
    """Times of what the run logged itself; those of add_hparams count where there is nothing else."""
    plain = [file for file in found.files if not file.states_settings_only and (file.role or file in found.own)]
    times = []
    for files in attempts_in(plain or found.files):
        first = [file.events.first for file in files if file.events.first is not None]
        last = [file.events.last for file in files if file.events.last is not None]
        times += [Attempt(min(first), max(last))] if first and last else []
    return tuple(times)


def _lost(files: Sequence[EventFile]) -> Lost:
    return Lost(sum(f.damage.records + f.events.odd for f in files), sum(f.damage.bytes for f in files))


def _losses(files: Sequence[EventFile]) -> Iterator[str]:
    for file in files:
        name, damage, events = file.path.name, file.damage, file.events
        if damage.records:
            yield f"{name} is damaged in {damage.records} places ({damage.bytes} bytes): a record or more each is lost."
        if damage.tail:
            yield f"{name} ends inside of a record ({damage.tail} bytes), as files do that are being written."
        if events.odd:
            yield f"{name} holds {events.odd} records that are no events."
        if events.media:
            yield f"{name} holds {events.media} texts, images, histograms and the like, which were not read."


class _Rows(NamedTuple):
    frame: pl.DataFrame
    warnings: list[str]


def _rows(points: Mapping[str, Points]) -> _Rows:
    """One row a step; of points that stand twice at a step the later one counts."""
    points = {key: found for key, found in points.items() if len(found.step)}
    if not points:
        return _Rows(pl.DataFrame(), [])
    steps = np.unique(np.concatenate([p.step for p in points.values()]))
    times = np.full(len(steps), -np.inf)
    parts: dict[str, list[Part]] = {}
    again = 0
    for key, found in points.items():
        rows = np.searchsorted(steps, found.step)
        np.maximum.at(times, rows, found.time)
        # the last point of each row, in the order of the rows
        kept, first_from_end = np.unique(rows[::-1], return_index=True)
        again += len(rows) - len(kept)
        values = found.value[::-1][first_from_end]
        parts[column_name(key)] = [Part(kept, values.astype(np.float64))]
    frame, warnings = frame_of_parts(parts, len(steps))
    axes = [pl.Series(STEP, steps), pl.Series(TIME, np.where(np.isfinite(times), times, np.nan))]
    if again:
        warnings.append(f"{again} points stand twice at the same step: the later one counts.")
    return _Rows(pl.DataFrame([*axes, *frame.get_columns()]), warnings)
