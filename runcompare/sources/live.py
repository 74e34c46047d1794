"""Is a run still being written? Only the operating system knows: a process holds its file open."""

import os
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

__all__ = ["is_being_written"]


def is_being_written(path: Path) -> bool:
    """True if a process of this machine that we may look at has `path` open.

    Reads `/proc`; elsewhere, and for a run on another machine, the answer is False.
    """
    return os.path.realpath(path) in _open_for_writing(int(time.monotonic() * 5))


@lru_cache(maxsize=1)
def _open_for_writing(fifth_of_a_second: int) -> frozenset[str]:
    found = set()
    for handle in _handles():
        try:
            target = str(handle.readlink())
            if (
                target.startswith("/")
                and target.endswith((".wandb", ".jsonl", ".csv", ".ndjson", ".tsv"))
                and _writes(handle)
            ):
                found.add(target)
        except OSError:
            continue
    return frozenset(found)


def _handles() -> Iterator[Path]:
    """The open files of every process that we may look at; some end while we look."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            yield from list((process / "fd").iterdir())
        except OSError:
            continue


def _writes(handle: Path) -> bool:
    """A reader like ourselves doesn't count; the flags are octal, 0 in the last digit is read-only."""
    info = (handle.parent.parent / "fdinfo" / handle.name).read_text()
    flags = next((line.split()[1] for line in info.splitlines() if line.startswith("flags:")), "0")
    return int(flags, 8) & 3 != os.O_RDONLY
