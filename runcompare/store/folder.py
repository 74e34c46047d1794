"""How does a store lie in a folder of this machine?"""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from runcompare.records.atomic import is_unfinished, make_folder, remove_folder, write_folder_whole, write_whole
from runcompare.store.place import RUNS, Version

__all__ = ["FolderPlace"]


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
        make_folder(path.parent)
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
        write_folder_whole(self.address(RUNS, home, version), files)

    def remove_version(self, home: str, version: str) -> None:
        """Remove a version, or what a killed writer left of one."""
        remove_folder(self.address(RUNS, home, version))

    def leftovers(self, older_than_s: float) -> list[Version]:
        """What killed writers left behind more than `older_than_s` ago."""
        limit = time.time() - older_than_s
        stale = [p for p in self.address(RUNS).glob("*/.*") if is_unfinished(p) and _modified(p) < limit]
        return [Version(p.parent.name, p.name) for p in sorted(stale)]


def _listed(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208
    except (FileNotFoundError, NotADirectoryError):
        return []


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # its writer has just finished
        return float("inf")
