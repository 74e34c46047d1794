"""Files: opened if they are regular ones, and whether they are still being written."""

import io
import os
import stat
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from runcompare.errors import UnreadableRun
from runcompare.records.budgets import check_file, check_unfolded, most_bytes
from runcompare.records.file_stamp import FileStamp, file_stamp

__all__ = [
    "check_archive",
    "confine",
    "has_more_lines",
    "is_any_written",
    "is_being_written",
    "is_there",
    "is_too_large",
    "leads_out",
    "open_regular",
    "read_whole",
    "searched",
    "stamp_of",
]


_searched: set[str] = set()


def confine(folders: Iterable[Path]) -> None:
    """What lies below these folders, or is one of these files, is not read through links that lead out of them.

    Strangers' folders, from git or an archive, may hold links to anything of ours.
    """
    _searched.update(map(os.path.abspath, folders))


def searched() -> tuple[str, ...]:
    """The folders of `confine`, for another process."""
    return tuple(sorted(_searched))


def leads_out(path: Path | str) -> bool:
    """Whether a file of a folder that was searched is reached by a link out of all of these."""
    at, real = os.path.abspath(path), os.path.realpath(path)  # noqa: PTH100
    return any(map(_is_in(at), _searched)) and not any(map(_is_in(real), map(os.path.realpath, _searched)))


def _is_in(path: str) -> Callable[[str], bool]:
    return lambda folder: path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def open_regular(path: Path, *, any_size: bool = False, in_pieces: bool = False) -> BinaryIO:
    """Open a regular file for reading; a pipe or device is never opened, nor what is too large, nor what a link out of
    the searched folder leads to. `any_size` is for a database, of which a part is read; `in_pieces` for a file that is
    not held in memory. Raises UnreadableRun."""
    if leads_out(path):
        raise UnreadableRun(f"{path} is a link out of the folder.", hint="Name the file that it leads to.")
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise UnreadableRun(f"{path} is not a regular file.", hint="Name a run's file or folder.")
        if not any_size:
            check_file(path, found.st_size, in_pieces=in_pieces)
        # a file swapped for a pipe in between must not block us
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise UnreadableRun(f"{path} can't be read: {error.strerror}.", hint="Check the path and its rights.") from None
    return os.fdopen(handle, "rb")


def is_too_large(path: Path) -> bool:
    """Whether a file has more bytes than one that is held in memory may have."""
    return path.stat().st_size > most_bytes()


def is_there(location: str) -> bool:
    """Whether a location is a path of a file or folder; a name that is too long for one is none."""
    try:
        return Path(location).exists()
    except (OSError, ValueError):
        return False


def read_whole(path: Path) -> bytes:
    """A regular file's content, if it is no larger than what is read at once. Raises UnreadableRun."""
    with open_regular(path) as file:
        check_unfolded(path, os.fstat(file.fileno()).st_size)
        try:
            return file.read()
        except OSError as error:
            raise UnreadableRun(f"{path} can't be read: {error.strerror}.") from None


def check_archive(path: Path, body: bytes) -> None:
    """Raises UnreadableRun for a zip file that unfolds into more than is read at once, or is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            check_unfolded(path, sum(part.file_size for part in archive.infolist()))
    except (zipfile.BadZipFile, ValueError, OSError):
        raise UnreadableRun(f"{path} is no archive that can be read.") from None


def has_more_lines(file: BinaryIO, most: int) -> bool:
    """Whether a file has more than `most` lines, from where it stands."""
    count = 0
    while piece := file.read(1 << 20):
        count += piece.count(b"\n")
        if count > most:
            return True
    return False


def stamp_of(path: Path) -> FileStamp:
    """Changes when the file or folder does: the key of what is cached about it. Raises UnreadableRun."""
    try:
        return file_stamp(path)
    except OSError as error:
        raise UnreadableRun(f"{path} can't be read: {error.strerror}.") from None


def is_being_written(path: Path) -> bool:
    """True if a process of this machine that we may look at has `path` open.

    Reads `/proc`; elsewhere, and for a run on another machine, the answer is False.
    """
    return os.path.realpath(path) in _open_for_writing(int(time.monotonic() * 5))


def is_any_written(paths: Iterable[Path]) -> bool:
    """The same of files of any kind, asked anew each time."""
    wanted = set(map(os.path.realpath, paths))
    for handle in _handles():
        try:
            if str(handle.readlink()) in wanted and _writes(handle):
                return True
        except OSError:
            continue
    return False


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
