"""How is a file or folder written whole or not at all? The one place that writes beside it, syncs and renames.

A file keeps its mode, a link to one stays a link. What is no regular file, a pipe or a device, is written through.
"""

import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

__all__ = [
    "is_unfinished",
    "make_folder",
    "remove_folder",
    "sync_folder",
    "whole_file",
    "write_all_whole",
    "write_folder_whole",
    "write_whole",
]

_UNFINISHED = ".tmp-"


@contextmanager
def whole_file(path: Path, *, only_writer: bool = False) -> Iterator[BinaryIO]:
    """A file to write into that takes the place of `path` at the end: readers see the old file or the new one.

    If the block raises, `path` stays as it was. A kill leaves a hidden file beside it; where nobody else writes `path`
    at the same time, set `only_writer`, and the next write uses that file again. Raises OSError.
    """
    if _is_stream(path):
        with path.open("wb") as file:
            yield file
        return
    with _naming(path):
        target = _behind_links(path)
        with _beside(target, only_writer=only_writer) as beside:
            with beside.open("wb" if only_writer else "xb") as file:
                _take_mode(file, target)
                yield file
                file.flush()
                os.fsync(file.fileno())
            beside.replace(target)
        sync_folder(target.parent)


def write_whole(path: Path, content: bytes | str, *, only_writer: bool = False) -> None:
    """Write a file by `whole_file`; text as UTF-8, a lone surrogate as a question mark. Raises OSError."""
    with whole_file(path, only_writer=only_writer) as file:
        file.write(_as_bytes(content))


def write_all_whole(files: Mapping[Path, bytes | str]) -> None:
    """Write several files, all of them or none, and the folders that they need. Raises OSError.

    All are written beside, then each takes its place; if one can't, those before get their old content back.
    """
    streams = {path: content for path, content in files.items() if _is_stream(path)}
    before: dict[Path, bytes | None] = {}
    staged: dict[Path, Path] = {}
    made: list[Path] = []
    path = Path()
    try:
        for path in files.keys() - streams.keys():
            made += make_folder(path.parent)
        for path in files.keys() - streams.keys():
            target = _behind_links(path)
            staged[target] = target.with_name(f"{_UNFINISHED}{secrets.token_hex(6)}{target.name}")
            with staged[target].open("xb") as file:
                _take_mode(file, target)
                file.write(_as_bytes(files[path]))
                file.flush()
                os.fsync(file.fileno())
        for path, content in streams.items():
            write_whole(path, content)
        for path, beside in staged.items():
            before[path] = path.read_bytes() if path.exists() else None
            beside.replace(path)
        for folder in {path.parent for path in staged}:
            sync_folder(folder)
    except BaseException as error:
        _undo(staged, before, made)
        if isinstance(error, OSError):
            error.filename = str(path)
        raise


def _undo(staged: Mapping[Path, Path], before: Mapping[Path, bytes | None], made: list[Path]) -> None:
    """Everything as it was: what was written beside goes, what was replaced gets its content back."""
    for beside in staged.values():
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    for path, old in before.items():
        with suppress(OSError):
            if old is None:
                path.unlink(missing_ok=True)
            elif path.read_bytes() != old:
                path.write_bytes(old)  # not by a rename: one has just failed
    _remove_empty(made)


def write_folder_whole(path: Path, files: Mapping[str, bytes]) -> None:
    """Make the folder `path`, which must not be there, with all its files or not at all. Raises OSError."""
    make_folder(path.parent)
    beside = path.with_name(f"{_UNFINISHED}{secrets.token_hex(8)}")
    try:
        beside.mkdir()
        for name, content in files.items():
            with (beside / name).open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        sync_folder(beside)
        beside.rename(path)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    sync_folder(path.parent)


def make_folder(path: Path) -> list[Path]:
    """Make a folder and those above it, so that a power cut leaves them; returns those made. Raises OSError."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()][::-1]
    try:
        for folder in missing:
            folder.mkdir(exist_ok=True)
            sync_folder(folder.parent)
    except OSError:
        _remove_empty(missing)
        raise
    return missing


def _remove_empty(folders: list[Path]) -> None:
    for folder in reversed(folders):
        with suppress(OSError):
            folder.rmdir()


def remove_folder(path: Path) -> None:
    """Remove a folder for readers at once, by a rename, and then its files. Raises OSError."""
    hidden = path.with_name(f"{_UNFINISHED}{secrets.token_hex(8)}")
    path.rename(hidden)
    shutil.rmtree(hidden)


def is_unfinished(path: Path) -> bool:
    """Whether a file or folder is what a killed writer left behind, or is still being written."""
    return path.name.startswith(_UNFINISHED)


@contextmanager
def _beside(target: Path, *, only_writer: bool) -> Iterator[Path]:
    """The hidden name to write under first; nothing is left there if the block raises."""
    beside = target.with_name(f"{_UNFINISHED}{'' if only_writer else secrets.token_hex(6)}{target.name}")
    try:
        yield beside
    except BaseException:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        error.filename = str(path)  # not the hidden one, which nobody asked for
        raise


def _as_bytes(content: bytes | str) -> bytes:
    return content if isinstance(content, bytes) else content.encode("utf-8", "replace")


def _is_stream(path: Path) -> bool:
    """Whether a path is a pipe, a socket or a device, by whatever links: nothing can be renamed onto those."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _behind_links(path: Path) -> Path:
    return path.resolve() if path.is_symlink() else path


def _take_mode(file: BinaryIO, target: Path) -> None:
    """A file that is written again stays as readable as it was; a new one is as the umask has it."""
    with suppress(OSError):
        os.fchmod(file.fileno(), stat.S_IMODE(target.stat().st_mode))


def sync_folder(folder: Path) -> None:
    """Make a rename inside `folder` survive a power cut, where the system can."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
