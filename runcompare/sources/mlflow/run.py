"""What MLflow knows of a run, wherever it is stored, as our record of it.

The group is the tag `runcompare.group`, else the name of the parent run; without either a run has none. MLflow's own
tags (`mlflow.*`) give the name, parent, notes, program and commit; the others are the run's tags as `key=value`. A run
that is stated to run but gave no sign for a day is interrupted: a killed process can't tell.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import numpy as np

from runcompare.records.history import TIME
from runcompare.records.run import SEED_KEYS, Lost, Run, RunInfo, State, find_seed
from runcompare.sources.kit.assemble import Draft, assemble
from runcompare.sources.kit.attempt_times import AttemptTimes, Signs
from runcompare.sources.mlflow.history import frames_of
from runcompare.sources.mlflow.params import config_of
from runcompare.sources.mlflow.points import Points

if TYPE_CHECKING:
    from runcompare.sources.mlflow.long import LongPoints

__all__ = ["GROUP_TAG", "PARENT_TAG", "SEED_KEYS", "Reading", "Record", "info_of", "run_of"]

GROUP_TAG, PARENT_TAG, NAME_TAG = "runcompare.group", "mlflow.parentRunId", "mlflow.runName"
_STATES: dict[str, State] = {"FINISHED": "finished", "FAILED": "failed", "KILLED": "interrupted", "RUNNING": "running"}
_METADATA = {
    "mlflow.source.git.commit": "git_commit",
    "mlflow.source.name": "program",
    "mlflow.note.content": "notes",
}
_SILENT_S = 24 * 3600.0
_MOST_FILES = 10_000


@dataclass(slots=True)
class Record:
    """One run's entries in a store. Times are Unix milliseconds."""

    id: str
    name: str | None = None
    experiment: str | None = None
    status: str | None = None
    started: int | None = None
    ended: int | None = None
    last: int | None = None  # the last sign of life, where a store knows it without the rows
    artifacts: str | None = None  # the folder or URI
    parent: str | None = None  # the parent run's name
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    inputs: int = 0  # datasets and models
    deleted: bool = False


def info_of(record: Record, source: str, location: str) -> RunInfo:
    """What a listing shows of a run; `source` and `location` say who finds it again, and where."""
    tags = record.tags
    return RunInfo(
        id=record.id,
        name=tags.get(NAME_TAG) or record.name or record.id,
        source=source,
        location=location,
        group=tags.get(GROUP_TAG) or record.parent,
        project=record.experiment,
        tags=tuple(f"{k}={v}" if v else k for k, v in tags.items() if not k.startswith("mlflow.") and k != GROUP_TAG),
        state=_state(record),
        started_at=_seconds(record.started),
        seed=find_seed(config_of({k: v for k, v in record.params.items() if k in SEED_KEYS})),
    )


def _state(record: Record) -> State:
    state = _STATES.get(record.status or "", "unknown")
    last = _seconds(record.last) or _seconds(record.started) or 0.0
    return "interrupted" if state == "running" and time.time() - last > _SILENT_S else state


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000.0


@dataclass(frozen=True, slots=True)
class Reading:
    """A run's points, what was lost of them, and warnings."""

    points: "Points | LongPoints"
    lost: Lost
    warnings: Sequence[str] = ()


def run_of(record: Record, reading: Reading, source: str, location: str) -> Run:
    """The whole run. A time that lies before the start is no end."""
    folder, points = _artifact_folder(record), reading.points
    signs = Signs(_seconds(record.started) or 0.0, None if _ends_before(record) else _seconds(record.ended))
    rows = frames_of(points) if isinstance(points, Points) else points.frames(signs)
    if len(points):
        record.last = int(points.time.max()) if isinstance(points, Points) else points.last
    if rows.signs is None:
        times = [frame[TIME].to_numpy() for frame in (rows.history, rows.system) if TIME in frame.columns]
        signs.add(np.concatenate(times or [np.empty(0)]))
    lived = _attempts(record, rows.signs or signs)
    draft = Draft(
        info_of(record, source, location),
        config=config_of(record.params),
        history=rows.history,
        whole=rows.whole,
        system=rows.system,
        attempts=lived.attempts,
        samples_in=[folder] if folder else [],
        metadata={name: record.tags[tag] for tag, name in _METADATA.items() if record.tags.get(tag)},
        lost=reading.lost,
        warnings=(*reading.warnings, *lived.warnings, *rows.warnings, *_left_out(record, folder)),
    )
    return assemble(draft)


def _ends_before(record: Record) -> bool:
    return record.started is not None and record.ended is not None and record.ended < record.started


def _attempts(record: Record, signs: Signs) -> AttemptTimes:
    if record.started is None:
        return AttemptTimes(())
    found = signs.attempts()
    odd = "MLflow has an end of the run before its start: its last value counts as the end."
    return AttemptTimes(found.attempts, (*([odd] if _ends_before(record) else []), *found.warnings))


def _artifact_folder(record: Record) -> Path | None:
    """The run's own folder of artifacts, if it is on this machine; a store can't point us anywhere else."""
    uri = record.artifacts or ""
    path = Path(unquote(urlsplit(uri).path) if uri.startswith("file:") else uri)
    own = path.parts[-2:] == (record.id, "artifacts")
    try:
        return path if own and path.is_dir() and not path.is_symlink() else None
    except (OSError, ValueError):
        return None


def _left_out(record: Record, folder: Path | None) -> list[str]:
    notes = []
    if folder is not None and (count := _files_in(folder)):
        more = "at least " if count == _MOST_FILES else ""
        notes.append(f"{more}{count} artifact files were left where they are.")
    if record.inputs:
        notes.append(f"{record.inputs} datasets and models that the run names were not read.")
    return notes


def _files_in(folder: Path) -> int:
    count = 0
    for _, _, files in os.walk(folder):
        count += len(files)
        if count >= _MOST_FILES:
            return _MOST_FILES
    return count
