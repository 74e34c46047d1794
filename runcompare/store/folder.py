"""A store in a folder of this machine."""

import os
import secrets
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from runcompare.records.atomic import sync_folder, write_whole
from runcompare.store.place import RUNS

__all__ = ["FolderPlace"]


_UNFINISHED = ".tmp-"


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
