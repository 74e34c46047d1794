"""Where do a store's files lie? In a folder of this machine, or at any URL that fsspec knows."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

__all__ = ["FORMAT_FILE", "MANIFEST", "RUNS", "Place", "Version", "is_url"]

FORMAT_FILE, MANIFEST, RUNS = "format.json", "manifest.json", "runs"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(::|://)")


class Version(NamedTuple):
    """Where one version of a run lies: `runs/HOME/NAME` below the root."""

    home: str
    name: str


class Place(Protocol):
    """Files below a root, and the versions of runs that they make up.

    All paths are parts below the root. What can't be read or written raises OSError and nothing else.
    """

    @property
    def root(self) -> Path | str: ...

    def address(self, *parts: str) -> Path | str:
        """The full path or URL, for messages and for whoever asked where a run went."""
        ...

    def read(self, *parts: str) -> bytes: ...

    def write(self, body: bytes, *parts: str) -> None:
        """A file, whole or not at all, over one that is there."""
        ...

    def remove(self, *parts: str) -> None:
        """A file; none of that name is no error."""
        ...

    def names(self, *parts: str) -> list[str]:
        """What lies in a folder, sorted; empty if there is none."""
        ...

    def versions(self, home: str) -> list[str]:
        """The whole versions of one run, the oldest first."""
        ...

    def all_versions(self) -> dict[str, list[str]]:
        """The same for every run: home -> names."""
        ...

    def write_version(self, home: str, version: str, files: Mapping[str, bytes]) -> None:
        """All files of a new version, or none that counts."""
        ...

    def remove_version(self, home: str, version: str) -> None:
        """A version, or what a killed writer left of one; readers stop to see it at once."""
        ...

    def leftovers(self, older_than_s: float) -> list[Version]:
        """What killed writers left behind more than `older_than_s` ago."""
        ...


def is_url(root: str | os.PathLike[str]) -> bool:
    """Whether a store's root is written as a URL (`s3://...`, also chained by fsspec's `::`) rather than a path."""
    return isinstance(root, str) and _URL.match(root) is not None
