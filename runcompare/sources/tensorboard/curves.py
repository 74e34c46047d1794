"""A run's curves from its event files.

Files whose times overlap were written side by side and are taken together. A file that begins after the others ended
is a new attempt: what it logs again counts instead of what earlier ones logged at its first step and later, and where
it states from which step on it started anew (`purge_step`), nothing earlier counts from there. What `add_hparams`
states of a metric that has a curve is a placeholder and gives way to the curve.

All this is decided by what is known of the files without their points: so it is the same for the points of some steps
as for all.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from runcompare.records.history import Whole
from runcompare.sources.kit.points import Points
from runcompare.sources.tensorboard.file import EventFile
from runcompare.sources.tensorboard.folder import event_files
from runcompare.sources.tensorboard.scalars import NEVER

__all__ = ["Attempts", "Rows", "attempts_in"]

PointsOf = Callable[[EventFile], dict[str, Points]]


class Rows(NamedTuple):
    """A run's rows that are kept, what is known of all, and what is to be told."""

    frame: pl.DataFrame
    whole: Mapping[str, Whole]
    warnings: Sequence[str]


class _Attempt:
    """Files that were written side by side, and from which step on earlier ones give way."""

    def __init__(self, files: Sequence[EventFile]) -> None:
        self.files = files
        self.firsts: dict[str, int] = {}
        for file in files:
            for tag, known in file.events.tags.items():
                key = _key(file, tag)
                self.firsts[key] = min(known.first, self.firsts.get(key, NEVER))
        self.first = min(self.firsts.values(), default=NEVER)
        starts = [file.events.purged_from for file in files if file.events.purged_from is not None]
        self.anew = min(starts, default=NEVER)


@dataclass(slots=True)
class Attempts:
    """The attempts in a run's files, and how many rows gave way so far, by attempt.

    Attributes:
        anew: those from the step on from which an attempt started anew.
        again: those that an attempt logged again.
    """

    files: Sequence[EventFile]
    anew: Counter[int] = field(default_factory=Counter)
    again: Counter[int] = field(default_factory=Counter)
    _attempts: list[_Attempt] = field(init=False)
    _stated: dict[int, set[str]] = field(default_factory=dict)  # what counts of add_hparams' files, by their number
    _left: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        plain = [file for file in self.files if not file.states_settings_only]
        self._attempts = [_Attempt(files) for files in attempts_in(plain)]
        self._take_placeholders(plain)

    def most(self) -> int:
        """How many points the key has that was logged most often."""
        counts: Counter[str] = Counter()
        for file in self.files:
            counts.update({_key(file, tag): known.points for tag, known in file.events.tags.items()})
        return max(counts.values(), default=0)

    def keys(self) -> list[str]:
        """The keys in the order of `curves`."""
        attempted = (key for attempt in self._attempts for key in attempt.firsts)
        stated = (tag for number, tags in self._stated.items() for tag in self.files[number].events.tags if tag in tags)
        return list(dict.fromkeys([*attempted, *stated]))

    def curves(self, points_of: PointsOf) -> dict[str, Points]:
        """The points by key, of those that `points_of` gives of each file: all, or those of some steps."""
        curves: dict[str, Points] = {}
        for number, attempt in enumerate(self._attempts, start=1):
            self.anew[number] += _cut(curves, list(curves), attempt.anew)
            self.again[number] += _cut(curves, attempt.firsts, attempt.first)
            for key, points in _side_by_side(attempt.files, points_of).items():
                curves[key] = _joined([curves[key], points]) if key in curves else points
        for file, tags in self._stated.items():
            for tag, points in points_of(self.files[file]).items():
                if tag in tags:
                    curves[tag] = _joined([curves[tag], points]) if tag in curves else points
        return curves

    def warnings(self) -> list[str]:
        """What gave way, once all points were taken."""
        found = []
        for number, attempt in enumerate(self._attempts, start=1):
            if gone := self.anew[number]:
                anew = f"Attempt {number} started anew from step {attempt.anew}"
                found.append(f"{anew}: {gone} earlier rows no longer count.")
            if again := self.again[number]:
                found.append(
                    f"Attempt {number} logged again from _step {attempt.first}: {again} earlier rows gave way."
                )
        return [*found, *self._left]

    def _take_placeholders(self, plain: Sequence[EventFile]) -> None:
        """Which tags of add_hparams' files count: those that have no curve."""
        held = {
            key
            for attempt in self._attempts
            for key in attempt.firsts
            if attempt.firsts[key] < self._until(attempt, key)
        }
        curves = {tag for file in plain for tag in file.events.tags}
        for number, file in enumerate(self.files):
            for tag, known in file.events.tags.items() if file.states_settings_only else ():
                if tag in held and tag in curves:
                    left = f"add_hparams states one value of '{tag}', which has a curve: the curve counts."
                    self._left.append(left)
                else:
                    self._stated.setdefault(number, set()).add(tag)
                    held |= {tag} if known.points else set()

    def until(self, file: EventFile, tag: str) -> int:
        """The step from which on what a file holds of a tag gives way to later attempts."""
        key = _key(file, tag)
        return next((self._until(one, key) for one in self._attempts if file in one.files), NEVER)

    def _until(self, attempt: _Attempt, key: str) -> int:
        later = self._attempts[self._attempts.index(attempt) + 1 :]
        cuts = (cut for one in later for cut in (one.anew, one.first if key in one.firsts else NEVER))
        return min(cuts, default=NEVER)


def attempts_in(files: Iterable[EventFile]) -> list[list[EventFile]]:
    """The files by attempt: a new one begins where a file starts after all earlier ones have ended."""
    dated = sorted(files, key=lambda f: (f.events.first is None, f.events.first or 0.0, f.path.name))
    attempts: list[list[EventFile]] = []
    end = -np.inf
    for file in dated:
        first, last = file.events.first, file.events.last
        if not attempts or (first is not None and first > end):
            attempts.append([])
        attempts[-1].append(file)
        end = max(end, end if last is None else last)
    return attempts


def _cut(curves: dict[str, Points], keys: Iterable[str], step: int) -> int:
    """Take the points of `keys` from `step` on away; returns how many steps lost some."""
    lost: list[NDArray[np.int64]] = []
    for key in [k for k in keys if k in curves and step < NEVER]:
        points = curves[key]
        kept = points.step < step
        lost.append(points.step[~kept])
        curves[key] = _chosen(points, kept)
    return len(np.unique(np.concatenate(lost))) if lost else 0


def _side_by_side(files: Sequence[EventFile], points_of: PointsOf) -> dict[str, Points]:
    """Points of files that were written at the same time; of one key in several files by their times."""
    parts: dict[str, list[Points]] = {}
    for file in files:
        for tag, points in points_of(file).items():
            parts.setdefault(_key(file, tag), []).append(points)
    return {key: some[0] if len(some) == 1 else _by_time(_joined(some)) for key, some in parts.items()}


def _by_time(points: Points) -> Points:
    return _chosen(points, np.argsort(points.time, kind="stable"))


def _joined(parts: Sequence[Points]) -> Points:
    step, time, value = (np.concatenate([getattr(p, name) for p in parts]) for name in ("step", "time", "value"))
    return Points(step, time, value)


def _chosen(points: Points, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Points:
    return Points(points.step[rows], points.time[rows], points.value[rows])


def _key(file: EventFile, tag: str) -> str:
    """The tag; below its role where the file's folder is one's. add_scalars logs one tag in several sub-folders: the
    folder's name tells which value it is."""
    if file.role:
        return f"{file.role}/{tag}"
    folder, start = file.path.parent.name, tag.replace("/", "_") + "_"
    belongs = folder.startswith(start) and len(file.events.tags) == 1 and event_files(file.path.parent.parent)
    return f"{tag}/{folder[len(start) :]}" if belongs else tag
