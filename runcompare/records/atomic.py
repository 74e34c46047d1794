"""How is a file or folder written whole or not at all? The one place that writes beside it, syncs and renames."""

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["is_unfinished", "remove_folder", "whole_file", "write_folder_whole", "write_whole"]

_UNFINISHED = ".tmp-"


@contextmanager
def whole_file(path: Path, *, only_writer: bool = False) -> Iterator[BinaryIO]:
    """A file to write into that takes the place of `path` at the end: readers see the old file or the new one.

    If the block raises, `path` stays as it was. A kill leaves a hidden file beside it; where nobody else writes `path`
    at the same time, set `only_writer`, and the next write uses that file again. Raises OSError.
    """
    beside = path.with_name(f"{_UNFINISHED}{'' if only_writer else secrets.token_hex(6)}{path.name}")
    try:
        with beside.open("wb" if only_writer else "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException as error:
        beside.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)  # not the hidden one, which nobody asked for
        raise
    _sync_folder(path.parent)


def write_whole(path: Path, content: bytes | str, *, only_writer: bool = False) -> None:
    """Write a file by `whole_file`; text as UTF-8, a lone surrogate as a question mark. Raises OSError."""
    with whole_file(path, only_writer=only_writer) as file:
        file.write(content if isinstance(content, bytes) else content.encode("utf-8", "replace"))


def write_folder_whole(path: Path, files: Mapping[str, bytes]) -> None:
    """Make the folder `path`, which must not be there, with all its files or not at all. Raises OSError."""
    beside = path.with_name(f"{_UNFINISHED}{secrets.token_hex(8)}")
    beside.mkdir(parents=True)
    try:
        for name, content in files.items():
            with (beside / name).open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        _sync_folder(beside)
        beside.rename(path)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    _sync_folder(path.parent)


def remove_folder(path: Path) -> None:
    """Remove a folder for readers at once, by a rename, and then its files. Raises OSError."""
    hidden = path.with_name(f"{_UNFINISHED}{secrets.token_hex(8)}")
    path.rename(hidden)
    shutil.rmtree(hidden)


def is_unfinished(path: Path) -> bool:
    """Whether a file or folder is what a killed writer left behind, or is still being written."""
    return path.name.startswith(_UNFINISHED)


def _sync_folder(folder: Path) -> None:
    """Make a rename inside `folder` survive a power cut, where the system can."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
