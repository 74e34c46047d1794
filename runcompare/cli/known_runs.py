"""The words by which runs, their metrics and settings are called, for completion: fast, and at worst incomplete.

Listing runs imports polars and more, which a shell would notice. So the words are kept in the user's cache folder, with
a fingerprint of the folders searched (the names, sizes and times of all that is in them); while that stays the same,
nothing else is read or imported.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Generic, Literal, NamedTuple, TypeVar

from runcompare.records.atomic import write_whole
from runcompare.sources.folders import MAX_DEPTH, is_searched

if TYPE_CHECKING:
    from runcompare.records.run import RunInfo

__all__ = ["Key", "Known", "known_keys", "known_runs"]

PATIENCE_S = 1.0  # for folders that hold more than can be listed while somebody waits
STORE_DEPTH = MAX_DEPTH - 1  # a new version changes the time of its run's folder
MINUTES = 300  # seconds
_FORMAT = 1
READ = 5  # of the newest runs, for what they log and were told
MOST_VALUES = 20  # of a setting

T = TypeVar("T", "Known", "Key")


@dataclass(frozen=True, slots=True)
class Known:
    """The words by which a run can be referred to."""

    id: str
    name: str
    group: str | None = None
    aliases: Sequence[str] = ()
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """A metric that runs log, or a setting that they were told, with its values as text."""

    kind: Literal["metric", "setting"]
    name: str
    values: Sequence[str] = ()


def known_runs(roots: Sequence[Path], store: Path | str) -> list[Known]:
    """The runs below `roots`, the newest first, then those of the store; what was found within `PATIENCE_S`."""
    return _remembered(Known, roots, store, lambda until: _list(roots, store, until))


def known_keys(roots: Sequence[Path], store: Path | str) -> list[Key]:
    """The metrics and settings of the newest runs below `roots`; what was read within `PATIENCE_S`."""
    return _remembered(Key, roots, store, lambda until: _read(roots, until))


def _remembered(
    kind: type[T], roots: Sequence[Path], store: Path | str, search: Callable[[float], Iterator[T]]
) -> list[T]:
    until = time.monotonic() + PATIENCE_S
    searched = [*((root, 0) for root in roots), (Path(store), STORE_DEPTH)]
    current = _fingerprint(searched, until, remote="://" in str(store))
    cache = _cache_file([*roots, Path(store)], "runs" if kind is Known else "keys")
    cached = _cached(cache, current, kind)
    if cached is not None:
        return cached
    found = _within(until, lambda: search(until))
    if found.complete and current is not None and time.monotonic() < until:
        _keep(cache, current, found.runs)
    return found.runs


class _Found(NamedTuple, Generic[T]):
    """What was found in time; `complete` unless the search went on or failed."""

    runs: list[T]
    complete: bool


def _list(roots: Sequence[Path], store: Path | str, until: float) -> Iterator[Known]:
    from runcompare.sources.kit.path_ids import with_path_ids
    from runcompare.sources.registry import has_own_id
    from runcompare.store.store import Store

    seen: set[str] = set()
    for root in roots:
        for found in _below(root, until):
            (info,) = [found] if has_own_id(found) else with_path_ids([found], [root])
            if info.id not in seen:
                seen.add(info.id)
                yield _known(info)
    yield from (_known(info) for info in Store(store).infos() if info.id not in seen)


def _read(roots: Sequence[Path], until: float) -> Iterator[Key]:
    """The keys of the newest runs of each root, each once."""
    from runcompare.records.config import flatten
    from runcompare.sources.registry import read_run

    metrics: dict[str, None] = {}
    settings: dict[str, dict[str, None]] = {}
    for root in roots:
        for info in islice(_below(root, until), READ):
            run = read_run(info)
            numbers = (key for key, value in run.summary.items() if isinstance(value, int | float))
            metrics |= dict.fromkeys((*numbers, *run.history.numeric_keys))
            for name, value in flatten(run.config):
                settings.setdefault(name, {})[str(value)] = None
    yield from (Key("metric", name) for name in metrics if not name.startswith("_"))
    yield from (Key("setting", name, tuple(values)[:MOST_VALUES]) for name, values in settings.items())


def _known(info: "RunInfo") -> Known:
    return Known(info.id, info.name, info.group, info.aliases, info.tags)


def _below(folder: Path, until: float, depth: int = 0) -> "Iterator[RunInfo]":
    """The runs in a folder as a listing finds them, but the newest first, one at a time, and none after `until`."""
    from runcompare.errors import RuncompareError
    from runcompare.sources import sources

    for entry in _newest(folder):
        if time.monotonic() > until:
            return
        for source in sources().values():
            try:
                if source.accepts(Path(entry.path)):
                    yield from source.scan(Path(entry.path))
            except (OSError, RuncompareError):
                continue
        if entry.is_dir(follow_symlinks=False) and is_searched(entry.name, depth):
            yield from _below(Path(entry.path), until, depth + 1)


def _newest(folder: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda e: -e.stat(follow_symlinks=False).st_mtime_ns)
    except OSError:
        return []


def _within(until: float, search: Callable[[], Iterator[T]]) -> _Found[T]:
    """What a search finds before `until`. A folder that hangs is left behind with the search's thread."""
    found: list[T] = []
    done = Event()

    def look() -> None:
        try:
            found.extend(search())
            done.set()
        except Exception:  # an unreadable store has no runs to offer
            return

    thread = Thread(target=look, daemon=True)
    thread.start()
    thread.join(max(0.0, until - time.monotonic()))
    complete = done.is_set()
    return _Found(list(found), complete)


def _fingerprint(folders: Sequence[tuple[Path, int]], until: float, *, remote: bool) -> str | None:
    """Changes when anything below the folders (each with its depth) does; None if there is too much to look at.

    What is elsewhere (`remote`) can't be looked at: then it changes every few minutes.
    """
    digest = sha256(f"{int(time.time()) // MINUTES}".encode() if remote else b"")
    waiting = list(folders)
    while waiting:
        folder, depth = waiting.pop()
        for entry in _newest(folder):
            at = entry.stat(follow_symlinks=False)
            digest.update(f"{entry.path}\0{at.st_mtime_ns}\0{at.st_size}\n".encode("utf-8", "surrogateescape"))
            if entry.is_dir(follow_symlinks=False) and is_searched(entry.name, depth):
                waiting.append((Path(entry.path), depth + 1))
        if time.monotonic() > until - PATIENCE_S / 2:
            return None
    return digest.hexdigest()


def _cache_file(folders: Sequence[Path], kind: str) -> Path:
    import platformdirs

    name = sha256("\0".join(str(Path(folder).absolute()) for folder in folders).encode("utf-8", "surrogateescape"))
    return Path(platformdirs.user_cache_dir("runcompare")) / f"known-{kind}-{name.hexdigest()[:24]}.json"


def _cached(path: Path, fingerprint: str | None, kind: type[T]) -> list[T] | None:
    try:
        kept = json.loads(path.read_bytes())
        if fingerprint is None or kept["format"] != _FORMAT or kept["fingerprint"] != fingerprint:
            return None
        return [kind(**run) for run in kept["runs"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(path: Path, fingerprint: str, runs: Sequence[T]) -> None:
    body = {"format": _FORMAT, "fingerprint": fingerprint, "runs": [asdict(run) for run in runs]}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(body))
    except OSError:
        return
