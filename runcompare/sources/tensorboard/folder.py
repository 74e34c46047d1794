"""The event files that are one run: those of its folder, and of the sub-folders that belong to it."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from runcompare.errors import UnreadableRun
from runcompare.sources.kit.files import read_whole, stamp_of
from runcompare.sources.tensorboard.events import Events, decode
from runcompare.sources.tensorboard.framing import Damage, read_records

__all__ = ["EventFile", "RunFolder", "belongs_above", "event_files", "is_event_file", "read_folder"]

_EVENT_FILE = re.compile(r".*\.tfevents\.\d+.*")
_TIME = re.compile(r"\d{9,}(\.\d+)?")


def is_event_file(name: str) -> bool:
    """Whether TensorBoard names its files so."""
    return _EVENT_FILE.fullmatch(name) is not None


@dataclass(slots=True)
class EventFile:
    """One event file, decoded."""

    path: Path
    events: Events
    damage: Damage


@dataclass(slots=True)
class RunFolder:
    """A run's own files, those of its sub-folders, and why others could not be read."""

    own: list[EventFile] = field(default_factory=list)
    below: list[EventFile] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    @property
    def files(self) -> list[EventFile]:
        return [*self.own, *self.below]


def event_files(folder: Path) -> list[Path]:
    """The event files right in a folder, by name; none where it can't be read."""
    try:
        return sorted(p for p in folder.iterdir() if is_event_file(p.name) and not p.is_dir())
    except OSError:
        return []


def belongs_above(folder: Path) -> bool:
    """Is it a sub-folder of a run, made by add_scalars or add_hparams?"""
    if not event_files(folder.parent):
        return False
    if _TIME.fullmatch(folder.name):
        return True
    tags = set()
    for path in event_files(folder):
        try:
            tags |= set(_read_file(path, *stamp_of(path)).events.points)
        except UnreadableRun:
            continue
    return len(tags) == 1 and folder.name.startswith(next(iter(tags)).replace("/", "_") + "_")


def read_folder(folder: Path, head: bool = False) -> RunFolder:
    """All event files of a run; for a listing what says its config and its start."""
    found = RunFolder()
    places = [(path, found.own) for path in event_files(folder)]
    if not head or not (folder / "hparams.yaml").exists():
        below = sorted(p for p in _folders(folder) if belongs_above(p))
        places += [(path, found.below) for sub in below for path in event_files(sub)]
    for path, kept in places:
        try:
            kept.append(_read_file(path, *stamp_of(path)))
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


@lru_cache(maxsize=64)
def _read_file(path: Path, *_stamp: int) -> EventFile:
    records, damage = read_records(read_whole(path))
    if not records:
        raise UnreadableRun(f"{path} holds no intact event.", hint="It is empty, damaged or another kind of file.")
    events = decode(records)
    if events.odd == len(records):
        raise UnreadableRun(f"{path} holds no events of TensorBoard's.")
    return EventFile(path, events, damage)
