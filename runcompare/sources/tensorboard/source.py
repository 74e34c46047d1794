"""Source `tensorboard`: event files, also those of Lightning's TensorBoardLogger, without TensorBoard.

A folder that holds event files is a run. Its files in the order of their first event are its attempts, and what a later
attempt logs again supersedes the earlier. Two kinds of sub-folders belong to the run above them: those of
`add_scalars(tag, ...)`, which are called `TAG_NAME` and log that tag only (they become the keys `TAG/NAME`), and those
of `add_hparams`, which are called by a time. `hparams.yaml` beside the files, and hparams in them, are the config.
A location is the folder. TensorBoard keeps no id and no group: the start makes the id, and a run is called as its
folder, below the folder above where that is `version_0` and the like.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from runcompare.errors import UnreadableRun
from runcompare.records.columns import Part, frame_of_parts
from runcompare.records.history import STEP, TIME, History
from runcompare.records.redact import redact
from runcompare.records.run import Attempt, Lost, Run, RunInfo, State, find_seed
from runcompare.sources.kit.attempts import join_attempts
from runcompare.sources.kit.files import open_regular
from runcompare.sources.kit.hardware import hardware_of
from runcompare.sources.kit.keys import column_name, made_id, name_of
from runcompare.sources.kit.last_values import last_values
from runcompare.sources.kit.yaml_file import read_settings
from runcompare.sources.tensorboard.events import Events, Points, decode
from runcompare.sources.tensorboard.framing import Damage, read_records

__all__ = ["TensorBoard", "has_event_files"]

_EVENT_FILE = re.compile(r".*\.tfevents\.\d+.*")
_TIME = re.compile(r"\d{9,}(\.\d+)?")


@dataclass(slots=True)
class _File:
    """One event file, decoded."""

    path: Path
    events: Events
    damage: Damage


@dataclass(slots=True)
class _Folder:
    """A run's own files and those of its sub-folders."""

    own: list[_File] = field(default_factory=list)
    below: list[_File] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


class TensorBoard:
    """Finds and reads the runs of event files."""

    name = "tensorboard"

    def accepts(self, path: Path) -> bool:
        return _EVENT_FILE.fullmatch(path.name) is not None

    def scan(self, path: Path) -> Iterator[RunInfo]:
        """The run of the file's folder, when asked of the folder's first file."""
        folder = path.parent
        files = _event_files(folder)
        if path.is_dir() or not files or path.name != files[0].name or _belongs_above(folder):
            return
        yield _run(folder, _read_folder(folder, head=True), {}).info

    def read(self, location: str) -> Run:
        folder = Path(location)
        found = _read_folder(folder)
        if not found.own:
            why = found.unread[0] if found.unread else f"{folder} holds no event files."
            raise UnreadableRun(why, hint="List the runs again: runcompare runs")
        config, said = _beside(folder)
        run = _run(folder, found, config)
        return replace(run, warnings=(*run.warnings, *said))


def has_event_files(folder: Path) -> bool:
    """Does TensorBoard's source read this folder?"""
    return bool(_event_files(folder))


def _event_files(folder: Path) -> list[Path]:
    try:
        return sorted(p for p in folder.iterdir() if _EVENT_FILE.fullmatch(p.name) and not p.is_dir())
    except OSError:
        return []


def _belongs_above(folder: Path) -> bool:
    """Is it a sub-folder of a run, made by add_scalars or add_hparams?"""
    if not _event_files(folder.parent):
        return False
    if _TIME.fullmatch(folder.name):
        return True
    tags = set()
    for path in _event_files(folder):
        try:
            tags |= set(_read_file(path, *_stamp(path)).events.points)
        except UnreadableRun:
            continue
    return len(tags) == 1 and folder.name.startswith(next(iter(tags)).replace("/", "_") + "_")


def _read_folder(folder: Path, head: bool = False) -> _Folder:
    """All event files of a run; for a listing what says its config and its start."""
    found = _Folder()
    places = [(path, found.own) for path in _event_files(folder)]
    if not head or not (folder / "hparams.yaml").exists():
        below = sorted(p for p in _folders(folder) if _belongs_above(p))
        places += [(path, found.below) for sub in below for path in _event_files(sub)]
    for path, kept in places:
        try:
            kept.append(_read_file(path, *_stamp(path)))
        except UnreadableRun as error:
            found.unread.append(error.message)
    if head and not found.own:
        raise UnreadableRun(found.unread[0] if found.unread else f"{folder} holds no event files.")
    for some in (found.own, found.below):
        some.sort(key=lambda f: (f.events.first is None, f.events.first or 0.0, f.path.name))
    return found


def _folders(folder: Path) -> list[Path]:
    try:
        return [p for p in folder.iterdir() if p.is_dir() and not p.is_symlink()]
    except OSError:
        return []


def _stamp(path: Path) -> tuple[int, int]:
    """Changes when the file does."""
    try:
        at = path.stat()
    except OSError as error:
        raise UnreadableRun(f"{path} can't be read: {error.strerror}.") from None
    return at.st_mtime_ns, at.st_size


@lru_cache(maxsize=64)
def _read_file(path: Path, *_stamp: int) -> _File:
    with open_regular(path) as file:
        try:
            body = file.read()
        except OSError as error:
            raise UnreadableRun(f"{path} can't be read: {error.strerror}.") from None
    records, damage = read_records(body)
    if not records:
        raise UnreadableRun(f"{path} holds no intact event.", hint="It is empty, damaged or another kind of file.")
    events = decode(records)
    if events.odd == len(records):
        raise UnreadableRun(f"{path} holds no events of TensorBoard's.")
    return _File(path, events, damage)


def _run(folder: Path, found: _Folder, beside: Mapping[str, Any]) -> Run:
    files = [*found.own, *found.below]
    config = {k: v for file in files for k, v in file.events.hparams.items()} | dict(beside)
    safe = redact(config)
    name = name_of(folder)
    states: list[State] = [_STATES[f.events.state] for f in files if f.events.state in _STATES]
    attempts = tuple(Attempt(f.events.first, f.events.last) for f in found.own if f.events.first is not None)
    frames, odd = _frames(files)
    history, joined = join_attempts(frames, own_steps=True) if frames else (pl.DataFrame(), [])
    hardware, guessed = hardware_of(safe, history.columns)
    return Run(
        info=RunInfo(
            id=made_id(name, repr(min((a.started_at for a in attempts), default=None)).encode()),
            name=name,
            source=TensorBoard.name,
            location=str(folder),
            state=states[-1] if states else "unknown",
            started_at=min((a.started_at for a in attempts), default=None),
            seed=find_seed(safe),
        ),
        config=safe,
        summary=last_values(history),
        history=History(history),
        hardware=hardware,
        attempts=attempts,
        runtime_s=sum((a.ended_at or a.started_at) - a.started_at for a in attempts) if attempts else None,
        lost=_lost(files),
        warnings=(*found.unread, *_said(files), *odd, *joined, *guessed, *(_SECRET if safe != config else ())),
    )


_STATES: dict[str | None, State] = {"finished": "finished", "failed": "failed"}
_SECRET = ("What looks like a secret was taken out of the config.",)


def _beside(folder: Path) -> tuple[dict[str, Any], list[str]]:
    path = folder / "hparams.yaml"
    if not path.exists():
        return {}, []
    try:
        return read_settings(path), []
    except UnreadableRun as error:
        return {}, [error.message]


def _lost(files: Sequence[_File]) -> Lost:
    return Lost(sum(f.damage.records + f.events.odd for f in files), sum(f.damage.bytes for f in files))


def _said(files: Sequence[_File]) -> Iterator[str]:
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


def _frames(files: Sequence[_File]) -> tuple[list[pl.DataFrame], list[str]]:
    """A frame for each file, one row a step; of points that one file holds twice the later one counts."""
    frames, warnings = [], []
    for file in files:
        points = {_key(file, tag): found for tag, found in file.events.points.items()}
        if not points:
            continue
        frame, again, odd = _frame(points)
        frames.append(frame)
        warnings += odd
        if again:
            warnings.append(f"{file.path.name} holds {again} points twice at the same step: the later one counts.")
    return frames, warnings


def _key(file: _File, tag: str) -> str:
    """add_scalars logs one tag in several sub-folders: the folder's name says which it is."""
    folder, start = file.path.parent.name, tag.replace("/", "_") + "_"
    belongs = folder.startswith(start) and len(file.events.points) == 1 and _event_files(file.path.parent.parent)
    return f"{tag}/{folder[len(start) :]}" if belongs else tag


def _frame(points: Mapping[str, Points]) -> tuple[pl.DataFrame, int, list[str]]:
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
    return pl.DataFrame([*axes, *frame.get_columns()]), again, warnings
