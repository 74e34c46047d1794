"""Where a store's files lie: a folder of this machine, or any URL that fsspec knows (store_objects).

Both keep `runs/HOME/VERSION/FILE` and show a version whole or not at all. A folder gets it under another name,
forced onto the disk, then renamed. An object store has no rename: there the manifest is written last, and a version
without one does not count. Neither takes a lock.
"""

import os
import re
import secrets
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from runcompare.records.atomic import sync_folder, write_whole

__all__ = ["MANIFEST", "RUNS", "FolderPlace", "Place", "is_url", "place_of"]

MANIFEST, RUNS = "manifest.json", "runs"
_UNFINISHED = ".tmp-"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(::|://)")


class Place(Protocol):
    """All paths are parts below the root. What can't be read or written raises OSError and nothing else."""

    @property
    def root(self) -> Path | str: ...

    def address(self, *parts: str) -> Path | str: ...

    def read(self, *parts: str) -> bytes: ...

    def write(self, body: bytes, *parts: str) -> None: ...

    def remove(self, *parts: str) -> None: ...

    def names(self, *parts: str) -> list[str]: ...

    def versions(self, home: str) -> list[str]: ...

    def all_versions(self) -> dict[str, list[str]]: ...

    def write_version(self, home: str, version: str, files: Mapping[str, bytes]) -> None: ...

    def remove_version(self, home: str, version: str) -> None: ...

    def leftovers(self, older_than_s: float) -> list[tuple[str, str]]: ...


def is_url(root: str | os.PathLike[str]) -> bool:
    return isinstance(root, str) and _URL.match(root) is not None


def place_of(root: str | os.PathLike[str]) -> Place:
    """The place that `root` names. A `file://` URL is a folder. Raises UsageError, or MissingExtra without fsspec."""
    if not is_url(root):
        return FolderPlace(Path(root))
    text = str(root)
    if text.startswith("file://"):
        return FolderPlace(Path(text.removeprefix("file://")))
    from runcompare.store.object_store import ObjectPlace

    return ObjectPlace(text)


class FolderPlace:
    """A folder; making the object writes nothing."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def address(self, *parts: str) -> Path:
        return self.root.joinpath(*parts)

    def read(self, *parts: str) -> bytes:
        return self.address(*parts).read_bytes()

    def write(self, body: bytes, *parts: str) -> None:
        path = self.address(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, body)

    def remove(self, *parts: str) -> None:
        self.address(*parts).unlink(missing_ok=True)

    def names(self, *parts: str) -> list[str]:
        return _listed(str(self.address(*parts)))

    def versions(self, home: str) -> list[str]:
        return [name for name in self.names(RUNS, home) if not name.startswith(".")]

    def all_versions(self) -> dict[str, list[str]]:
        below = os.path.join(self.root, RUNS, "")  # noqa: PTH118  (a Path each for 10,000 folders takes a while)
        found = {home: [v for v in _listed(below + home) if not v.startswith(".")] for home in _listed(below)}
        return {home: versions for home, versions in found.items() if versions}

    def write_version(self, home: str, version: str, files: Mapping[str, bytes]) -> None:
        target = self.address(RUNS, home, version)
        beside = target.with_name(f"{_UNFINISHED}{secrets.token_hex(8)}")
        beside.mkdir(parents=True)
        try:
            for name, body in files.items():
                _write_synced(beside / name, body)
            sync_folder(beside)
            beside.rename(target)
            sync_folder(target.parent)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise

    def remove_version(self, home: str, version: str) -> None:
        """A version goes at once, by a rename, and then its files; leftovers go too."""
        path = self.address(RUNS, home, version)
        hidden = path.with_name(f"{_UNFINISHED}{secrets.token_hex(8)}")
        path.rename(hidden)
        shutil.rmtree(hidden)

    def leftovers(self, older_than_s: float) -> list[tuple[str, str]]:
        """What killed writers left behind: pairs of home and folder."""
        limit = time.time() - older_than_s
        stale = [p for p in self.address(RUNS).glob(f"*/{_UNFINISHED}*") if _modified(p) < limit]
        return [(p.parent.name, p.name) for p in sorted(stale)]


def _listed(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208
    except (FileNotFoundError, NotADirectoryError):
        return []


def _write_synced(path: Path, body: bytes) -> None:
    with path.open("xb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # its writer has just finished
        return float("inf")
