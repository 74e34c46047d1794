"""The event files that are one run: those of its folder, and of the sub-folders that belong to it.

Three kinds of sub-folders belong to the run above them: those of `add_scalars(tag, ...)`, called `TAG_NAME`, which
hold that tag only; those of `add_hparams`, called by a time; and those named by a role (`train`, `validation`, ...), as
Keras and Estimators write them, where the folder above or another role was written at the same time.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from runcompare.errors import UnreadableRun
from runcompare.sources.tensorboard.file import EventFile, read_file

__all__ = ["RunFolder", "event_files", "home_of", "is_event_file", "read_folder"]

_EVENT_FILE = re.compile(r".*\.tfevents\.\d+.*")
_TIME = re.compile(r"\d{9,}(\.\d+)?")
_ROLES = frozenset(("train", "training", "val", "valid", "validation", "eval", "evaluation", "test", "testing"))
_CATBOOST = ("catboost_training.json", "learn_error.tsv")
_APART_S = 60.0  # files of one run may lie this far apart in time, or as far as the longer of them lasted


def is_event_file(name: str) -> bool:
    """Whether TensorBoard names its files so."""
    return _EVENT_FILE.fullmatch(name) is not None


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


def home_of(folder: Path) -> Path | None:
    """The folder of the run that a folder's event files belong to: itself, or the one above. None for CatBoost's, which
    hold what its own logs beside them hold."""
    if any((folder.parent / name).exists() for name in _CATBOOST):
        return None
    return folder.parent if _is_role(folder) or _is_side_folder(folder) else folder


def _is_side_folder(folder: Path) -> bool:
    """Was it made by add_scalars or add_hparams?"""
    if not event_files(folder.parent):
        return False
    if _TIME.fullmatch(folder.name):
        return True
    tags = {tag for file in _readable(folder) for tag in file.events.tags}
    return len(tags) == 1 and folder.name.startswith(next(iter(tags)).replace("/", "_") + "_")


def _is_role(folder: Path) -> bool:
    """Does its name say a role, and was the run's folder or another role's written at the same time?"""
    if folder.name.lower() not in _ROLES:
        return False
    others = [p for p in _folders(folder.parent) if p.name.lower() in _ROLES and p.name != folder.name]
    return any(_same_time(_readable(folder), _readable(other)) for other in (folder.parent, *others))


def _same_time(some: Sequence[EventFile], others: Sequence[EventFile]) -> bool:
    one, other = _span(some), _span(others)
    if one is None or other is None:
        return False
    apart = max(one[0], other[0]) - min(one[1], other[1])
    return apart <= max(_APART_S, one[1] - one[0], other[1] - other[0])


def _span(files: Sequence[EventFile]) -> tuple[float, float] | None:
    """First and last event, in Unix seconds."""
    first = [f.events.first for f in files if f.events.first is not None]
    last = [f.events.last for f in files if f.events.last is not None]
    return (min(first), max(last)) if first and last else None


def _readable(folder: Path) -> list[EventFile]:
    found = []
    for path in event_files(folder):
        try:
            found.append(read_file(path))
        except UnreadableRun:
            continue
    return found


def read_folder(folder: Path, head: bool = False) -> RunFolder:
    """All event files of a run; for a listing what states its config and its start."""
    found = RunFolder()
    places = [(path, found.own, "") for path in event_files(folder)]
    if not head or not places or not (folder / "hparams.yaml").exists():
        below = sorted(p for p in _folders(folder) if event_files(p) and home_of(p) == folder)
        roles = {p: p.name if p.name.lower() in _ROLES else "" for p in below}
        places += [(path, found.below, roles[sub]) for sub in below for path in event_files(sub)]
    for path, kept, role in places:
        try:
            kept.append(replace(read_file(path), role=role))
        except UnreadableRun as error:
            found.unread.append(error.message)
    if head and not found.files:
        raise UnreadableRun(found.unread[0] if found.unread else f"{folder} holds no event files.")
    for some in (found.own, found.below):
        some.sort(key=lambda f: (f.events.first is None, f.events.first or 0.0, f.path.name))
    return found


def _folders(folder: Path) -> list[Path]:
    try:
        return [p for p in folder.iterdir() if p.is_dir() and not p.is_symlink()]
    except OSError:
        return []
