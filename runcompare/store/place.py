"""Where a store's files lie: a folder of this machine, or any URL that fsspec knows."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

__all__ = ["MANIFEST", "RUNS", "Place", "is_url"]


MANIFEST, RUNS = "manifest.json", "runs"


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
