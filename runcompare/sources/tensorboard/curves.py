"""A run's curves from its event files.

Files whose times overlap were written side by side and are taken together. A file that begins after the others ended
is a new attempt: what it logs again counts instead of what earlier ones logged at its first step and later, and where
it states from which step on it started anew (`purge_step`), nothing earlier counts from there. What `add_hparams`
states of a metric that has a curve is a placeholder and gives way to the curve.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from runcompare.sources.kit.points import Points
from runcompare.sources.tensorboard.folder import EventFile, event_files

__all__ = ["Curves", "attempts_in", "curves_of"]

_NEVER = np.iinfo(np.int64).max


@dataclass(slots=True)
class Curves:
    """The points by key, and what gave way."""

    points: dict[str, Points] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def curves_of(files: Sequence[EventFile]) -> Curves:
    """The curves of all files of a run."""
    curves = Curves()
    plain = [file for file in files if not file.states_settings_only]
    for number, attempt in enumerate(attempts_in(plain), start=1):
        _add_attempt(curves, attempt, number)
    for file in files:
        if file.states_settings_only:
            _add_placeholders(curves, file, plain)
    return curves


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


def _add_attempt(curves: Curves, files: Sequence[EventFile], number: int) -> None:
    new = _side_by_side(files)
    starts = [file.events.purged_from for file in files if file.events.purged_from is not None]
    gone = _cut(curves, curves.points, min(starts, default=_NEVER))
    if gone:
        curves.warnings.append(
            f"Attempt {number} started anew from step {min(starts)}: {gone} earlier rows no longer count."
        )
    first = min((int(p.step.min()) for p in new.values() if len(p.step)), default=_NEVER)
    again = _cut(curves, new, first)
    if again:
        curves.warnings.append(f"Attempt {number} logged again from _step {first}: {again} earlier rows gave way.")
    for key, points in new.items():
        curves.points[key] = _joined([curves.points[key], points]) if key in curves.points else points


def _cut(curves: Curves, keys: Iterable[str], step: int) -> int:
    """Take the points of `keys` from `step` on away; returns how many steps lost some."""
    lost: set[int] = set()
    for key in [k for k in keys if k in curves.points]:
        points = curves.points[key]
        kept = points.step < step
        lost |= set(points.step[~kept].tolist())
        curves.points[key] = _chosen(points, kept)
    return len(lost)


def _side_by_side(files: Sequence[EventFile]) -> dict[str, Points]:
    """Points of files that were written at the same time; of one key in several files by their times."""
    parts: dict[str, list[Points]] = {}
    for file in files:
        for tag, points in file.events.points.items():
            parts.setdefault(_key(file, tag), []).append(points)
    return {key: some[0] if len(some) == 1 else _by_time(_joined(some)) for key, some in parts.items()}


def _by_time(points: Points) -> Points:
    return _chosen(points, np.argsort(points.time, kind="stable"))


def _joined(parts: Sequence[Points]) -> Points:
    step, time, value = (np.concatenate([getattr(p, name) for p in parts]) for name in ("step", "time", "value"))
    return Points(step, time, value)


def _chosen(points: Points, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Points:
    return Points(points.step[rows], points.time[rows], points.value[rows])


def _add_placeholders(curves: Curves, file: EventFile, plain: Sequence[EventFile]) -> None:
    """What add_hparams states of metrics; those that have a curve keep it."""
    for tag, points in file.events.points.items():
        if tag not in curves.points or not len(curves.points[tag].step):
            curves.points[tag] = points
        elif any(tag in other.events.points for other in plain):
            curves.warnings.append(f"add_hparams states one value of '{tag}', which has a curve: the curve counts.")
        else:
            curves.points[tag] = _joined([curves.points[tag], points])


def _key(file: EventFile, tag: str) -> str:
    """The tag; below its role where the file's folder is one's. add_scalars logs one tag in several sub-folders: the
    folder's name tells which value it is."""
    if file.role:
        return f"{file.role}/{tag}"
    folder, start = file.path.parent.name, tag.replace("/", "_") + "_"
    belongs = folder.startswith(start) and len(file.events.points) == 1 and event_files(file.path.parent.parent)
    return f"{tag}/{folder[len(start) :]}" if belongs else tag
