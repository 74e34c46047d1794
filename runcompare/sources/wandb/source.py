"""Source `wandb`: W&B's offline logs, `wandb/offline-run-<time>-<id>/run-<id>.wandb`, without W&B's client.

Also reads the log that an online run leaves, and where that is gone its `wandb-summary.json`. A location is the path of
one log or summary, or `FOLDER#ID` for a run that was resumed: one log an attempt, all in FOLDER. A run without an exit
record is running if a process of this machine still has its log open for writing, else interrupted.
"""

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import polars as pl

from runcompare.errors import UnreadableRun
from runcompare.records.budgets import most_rows
from runcompare.records.export import stack
from runcompare.records.run import Run, RunInfo
from runcompare.sources.kit.files import is_there, stamp_of
from runcompare.sources.kit.gone import gone
from runcompare.sources.wandb.fields import system_of
from runcompare.sources.wandb.kept_files import RUN_FOLDER, SUMMARY, read_kept, scan_kept
from runcompare.sources.wandb.log import Log, peek_log, read_log
from runcompare.sources.wandb.part import read_part
from runcompare.sources.wandb.run import FILE_NAME, SOURCE, by_start, info_of, run_of

__all__ = ["WandbOffline", "telemetry_beside"]

_NUMBERED = re.compile(r"-\d+$")


class WandbOffline:
    """Finds and reads `.wandb` logs."""

    name = SOURCE
    keeps_ids = True

    def accepts(self, path: Path) -> bool:
        return path.suffix == ".wandb" or path.name == SUMMARY

    def scan(self, path: Path) -> Iterator[RunInfo]:
        if path.name == SUMMARY:
            yield from scan_kept(path, self.name)
            return
        logs, warnings = [], []
        for attempt in _attempts(path):
            try:
                logs.append(_peek(attempt, *stamp_of(attempt)))
            except UnreadableRun as error:
                warnings.append(error)
        if not logs:
            raise warnings[0]
        yield info_of(by_start(logs), _location(path))

    def read(self, location: str) -> Run:
        if Path(location).name == SUMMARY:
            return read_kept(Path(location), self.name)
        parts, warnings, paths, most = [], [], _paths(location), most_rows()
        for path in paths:
            try:
                parts.append(read_part(path, most=most, is_only=len(paths) == 1))
            except UnreadableRun as error:
                warnings.append(error)
            else:
                most -= 0 if parts[-1].is_long else parts[-1].history.height
        if not parts:
            raise warnings[0]
        return run_of(parts, location, [str(w) for w in warnings])


def _attempts(path: Path) -> list[Path]:
    """The logs of the run that `path` is a log of: one for each time it was resumed in the same folder."""
    match = FILE_NAME.fullmatch(path.name)
    if match is None or not RUN_FOLDER.fullmatch(path.parent.name):
        return [path]
    beside = path.parent.parent
    folders = _run_folders(beside, *stamp_of(beside)).get(match["id"], ())
    if folders == (path.parent.name,):
        return [path]
    found = [log for folder in folders if (log := beside / folder / path.name).is_file()]
    return found if path in found else [path]


@lru_cache(maxsize=256)
def _run_folders(folder: Path, *_stamp: int) -> dict[str, tuple[str, ...]]:
    """The folders of runs by the ids that they may be of; W&B puts `-1` behind the id where a name is taken."""
    with os.scandir(folder) as entries:
        names = [e.name for e in entries if RUN_FOLDER.fullmatch(e.name) and e.is_dir(follow_symlinks=False)]
    by_id: dict[str, set[str]] = {}
    for name in names:
        for run_id in {_id_in(name), _NUMBERED.sub("", _id_in(name))}:
            by_id.setdefault(run_id, set()).add(name)
    return {run_id: tuple(sorted(found)) for run_id, found in by_id.items()}


def _id_in(folder_name: str) -> str:
    match = RUN_FOLDER.fullmatch(folder_name)
    return match["id"] if match else ""


def _location(path: Path) -> str:
    match = FILE_NAME.fullmatch(path.name)
    return f"{path.parent.parent}#{match['id']}" if match and len(_attempts(path)) > 1 else str(path)


def _paths(location: str) -> list[Path]:
    if Path(location).suffix == ".wandb" and is_there(location):
        return [Path(location)]
    folder, _, run_id = location.rpartition("#")
    found = sorted(Path(folder).glob(f"*/run-{_glob_safe(run_id)}.wandb")) if folder else []
    if not found:
        raise gone(f"{location} is gone.", location)
    return [path for path in found if not path.parent.is_symlink()]


def _glob_safe(word: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", word)


@lru_cache(maxsize=4096)
def _peek(path: Path, *_stamp: int) -> Log:
    return peek_log(path)


def telemetry_beside(folder: Path, run_id: str) -> pl.DataFrame:
    """The telemetry of run `run_id` from the W&B logs below `folder`, empty if there is none."""
    logs = []
    for path in sorted(folder.glob(f"wandb/*/run-{_glob_safe(run_id)}.wandb")):
        try:
            if not path.parent.is_symlink():
                logs.append(read_log(path, skip_rows=True))
        except UnreadableRun:
            continue
    return stack([system_of(log).frame for log in by_start(logs)])
