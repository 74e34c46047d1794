"""Find the runs below some folders, each once."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import NamedTuple

from runcompare.errors import ConfigError, RuncompareError, UnreadableRun
from runcompare.records.run import Log, RunInfo
from runcompare.sources.base import Listing, NamedFileSource, Source, TellingSource
from runcompare.sources.folders import is_searched
from runcompare.sources.kit.assemble import safe_info
from runcompare.sources.kit.files import confine, leads_out, open_regular
from runcompare.sources.kit.path_ids import with_path_ids
from runcompare.sources.kit.sound import sound_info
from runcompare.sources.registry import has_own_id, read_log, read_run, sources
from runcompare.sources.skipped import Skipped
from runcompare.sources.together import join_simultaneous
from runcompare.sources.trainings import join_logs

__all__ = ["Walked", "list_runs", "walk"]

MAX_ENTRIES = 20_000


@dataclass(slots=True)
class _Walk:
    """What a walk has seen; `full` once it has seen too much."""

    entries: int = 0
    runs: dict[tuple[str, str, str], RunInfo] = field(default_factory=dict)
    errors: list[RuncompareError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)  # that lead out of the folders, and were not followed
    skipped: Skipped = field(default_factory=Skipped)

    @property
    def full(self) -> bool:
        return self.entries >= MAX_ENTRIES

    def take(self, path: Path) -> None:
        """List the runs of one path, if a source accepts it; what is damaged is skipped, with a warning."""
        before = len(self.runs), len(self.errors)
        accepting = [source for source in sources().values() if self._accepts(source, path)]
        for source in accepting:
            self._list(source.scan, path)
        if not accepting:
            self.skipped.pass_over(path)
        elif (len(self.runs), len(self.errors)) == before:
            whys = (source.why_not(path) for source in accepting if isinstance(source, TellingSource))
            self.skipped.hold_no_run(path, next(filter(None, whys), ""))

    def take_named(self, path: Path) -> None:
        """The same for a file that the user names: where no source accepts it, some try, until one can read it."""
        runs, errors = len(self.runs), len(self.errors)
        self.take(path)
        if (len(self.runs), len(self.errors)) == (runs, errors):
            for source in sources().values():
                if isinstance(source, NamedFileSource) and len(self.runs) == runs:
                    self._list(source.scan_named, path)

    def _accepts(self, source: Source, path: Path) -> bool:
        try:
            return source.accepts(path)
        except UnreadableRun as error:  # of another package's source
            if error.message not in self.warnings:
                self.errors.append(error)
                self.warnings.append(error.message)
            return False

    def _list(self, scan: Callable[[Path], Iterable[RunInfo]], path: Path) -> None:
        try:
            for info in scan(path):
                self.runs.setdefault((info.source, info.id, info.location), safe_info(info))
        except (UnreadableRun, ConfigError) as error:
            self.errors.append(error)
            self.skipped.cannot_be_read(path, error.message)


def list_runs(roots: Sequence[Path]) -> Listing:
    """The trainings below `roots`, by start and id, each once however many logs it has.

    Hidden folders, environments and links to folders are left out; the search ends at 6 levels and 20,000 entries,
    with a warning. A run whose tracker keeps no id has the path below its root as one.
    """
    return walk(roots).listing


class Walked(NamedTuple):
    """The listing, and the errors of what was skipped."""

    listing: Listing
    errors: list[RuncompareError]


def walk(roots: Sequence[Path], within: Sequence[Path] = ()) -> Walked:
    """Look below `roots`, as `list_runs` does; ids are paths below the nearest of `within`, else of the roots."""
    seen = _Walk()
    confine(roots)
    for root in dict.fromkeys(Path(r) for r in roots):
        if not root.exists():
            seen.warnings.append(f"{root} does not exist.")
        elif root.is_dir():
            _descend(root, seen)
        else:
            seen.take_named(root)
    if seen.links:
        some = ", ".join(seen.links[:3]) + (f" and {len(seen.links) - 3} more" if len(seen.links) > 3 else "")
        seen.warnings.append(f"Links out of the folder were not followed: {some}.")
    if seen.full:
        seen.warnings.append(
            f"The search ended after {MAX_ENTRIES:,} entries: name a folder that holds less with --runs."
        )
    bases = within or [root if root.is_dir() else root.parent for root in map(Path, roots)]
    runs, odd, again = _trainings(seen.runs.values(), bases, roots)
    runs = [sound_info(run) for run in runs]
    runs.sort(key=lambda r: (r.started_at is None, r.started_at or 0.0, r.id, r.location))
    warnings, looked_in = (*seen.warnings, *seen.skipped.warnings(), *odd), tuple(Path(r) for r in roots)
    return Walked(Listing(tuple(runs), warnings, looked_in, seen.skipped.passed_over(), again), seen.errors)


def _descend(folder: Path, walk: _Walk, depth: int = 0) -> None:
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda e: e.name)
    except OSError as error:
        walk.warnings.append(f"{folder} can't be read: {error.strerror}.")
        return
    for entry in entries:
        if walk.full:
            return
        walk.entries += 1
        if entry.is_symlink() and leads_out(entry.path):
            # another file, such as the link to its own log that W&B leaves, would not be read anyway
            if Path(entry.path).is_dir() or any(walk._accepts(s, Path(entry.path)) for s in sources().values()):
                walk.links.append(entry.path)
            continue
        if entry.name.startswith("._"):  # what macOS keeps of a file beside it
            continue
        walk.take(Path(entry.path))
        if entry.is_dir(follow_symlinks=False) and is_searched(entry.name, depth):
            _descend(Path(entry.path), walk, depth + 1)


class _Once(NamedTuple):
    """The runs without what is the same run again, and the logs of that by the run's id."""

    runs: list[RunInfo]
    warnings: list[str]
    again: dict[str, tuple[Log, ...]]


def _trainings(logs: Iterable[RunInfo], bases: Sequence[Path], roots: Sequence[Path]) -> _Once:
    """Each training once, under its id."""
    by_own = {True: list[RunInfo](), False: list[RunInfo]()}
    for log in logs:
        by_own[has_own_id(log)].append(log)
    once = _once(by_own[True])
    joined = join_logs([*once.runs, *by_own[False]], read_log, has_own_id)
    named = [info for info in joined.runs if has_own_id(info)]
    made = with_path_ids([info for info in joined.runs if not has_own_id(info)], bases, [Path(root) for root in roots])
    runs = join_simultaneous([*named, *made], read_run, read_log, has_own_id)
    return _Once(runs, [*joined.warnings, *once.warnings], once.again)


def _once(runs: Iterable[RunInfo]) -> _Once:
    """Without what is the same run again: a log below its durable record's folder, or a copy."""
    by_id: dict[str, list[RunInfo]] = {}
    for run in sorted(runs, key=lambda r: (r.source != "recorder", r.location)):
        by_id.setdefault(run.id, []).append(run)
    found = _Once([], [], {})
    for run_id, same in by_id.items():
        kept = _distinct(same)
        found.runs.extend(kept)
        if len(kept) < len(same):
            again = (run for run in same if all(run is not one for one in kept))
            found.again[run_id] = tuple(Log(run.source, run.location) for run in again)
        if len(kept) > 1:
            places = ", ".join(run.location for run in kept)
            found.warnings.append(f"Run {kept[0].id} is there {len(kept)} times, with different content: {places}.")
    return found


def _distinct(same: list[RunInfo]) -> list[RunInfo]:
    kept: list[RunInfo] = []
    for run in same:
        if not any(_below(run, other) or _copies(run, other) for other in kept):
            kept.append(run)
    return kept


def _below(run: RunInfo, record: RunInfo) -> bool:
    """Is `run` a tracker's log inside the folder of the durable record `record`?"""
    if record.source != "recorder" or run.source == "recorder":
        return False
    folder = Path(record.location).resolve().parent
    return Path(run.location).resolve().is_relative_to(folder)


def _copies(one: RunInfo, other: RunInfo) -> bool:
    return (
        one.source == other.source
        and (digest := _digest(one.location)) is not None
        and digest == _digest(other.location)
    )


def _digest(location: str) -> str | None:
    try:
        with open_regular(Path(location)) as file:
            return file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    except UnreadableRun:
        return None
