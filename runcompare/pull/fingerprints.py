"""Has a run's source changed since it was read? Its fingerprint shows it, from sizes and times alone.

A source may have a method `fingerprint(location) -> str | None` of its own: a server's last update, a database's last
row. For the others it is the size and time of change of the files that a location names: a path, or `PATH#ID`.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from runcompare.errors import RuncompareError
from runcompare.records.file_stamp import file_stamp
from runcompare.records.run import RunInfo
from runcompare.sources.kit.files import is_there
from runcompare.sources.registry import remote_sources, sources

__all__ = ["Located", "fingerprint", "located"]

OWN_FOLDER = frozenset({"recorder", "wandb"})  # whose runs have a folder of their own, with more than the log in it
MOST_FILES = 5_000
SETTLED = frozenset({"finished", "failed"})


def fingerprint(info: RunInfo) -> str | None:
    """A text that stays the same while nothing is written to the source of `info`.

    None if there is no such text; the run is read again then. The state is part of it: a run that was going on may have
    been killed without another line.
    """
    source: Any = sources().get(info.source) or remote_sources().get(info.source)
    own = getattr(source, "fingerprint", None)
    if own is not None:
        try:
            stated = own(info.location)
        except (OSError, RuncompareError):
            return None
        return None if stated is None else _sum([info.state, str(stated)])
    if info.source in remote_sources():
        return _sum([repr(info)]) if info.state in SETTLED else None
    logs = [replace(info, source=log.source, location=log.location) for log in info.logs] or [info]
    found = sorted(stamp for log in logs for stamp in _stamps(log))
    return _sum([info.state, *found]) if 0 < len(found) < MOST_FILES else None


def _sum(words: list[str]) -> str:
    return sha256("\n".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _stamps(info: RunInfo) -> Iterator[str]:
    at = located(info.location)
    path = at.path
    if path.is_dir():
        stamps = list(_tree(path))
        own = [stamp for stamp in stamps if at.part in stamp]
        yield from own or stamps
    elif info.source in OWN_FOLDER:
        yield from _tree(path.parent)
    else:
        # SQLite writes into a file beside the database first
        for one in (path, path.with_name(f"{path.name}-wal")):
            yield from _stamp(one)


class Located(NamedTuple):
    """The path of a location, and what it names inside of that: "" for all of it."""

    path: Path
    part: str


def located(location: str) -> Located:
    """A location taken apart: `mlflow.db#ID`, `wandb#ID`, or a path, which may hold a # too."""
    path, _, part = location.rpartition("#")
    return Located(Path(path), part) if path and not is_there(location) else Located(Path(location), "")


def _tree(folder: Path) -> Iterator[str]:
    seen = 0
    for at, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            seen += 1
            if seen > MOST_FILES:
                return
            yield from _stamp(Path(at, name))


def _stamp(path: Path) -> Iterator[str]:
    try:
        changed_ns, size = file_stamp(path)
    except OSError:
        return
    yield f"{path} {size} {changed_ns}"
