"""Has a file changed? The one place that decides by what: its time of change and its size."""

from pathlib import Path
from typing import NamedTuple

__all__ = ["FileStamp", "file_stamp"]


class FileStamp(NamedTuple):
    """Two stamps of one path are equal as long as nothing was written to the file."""

    changed_ns: int
    size: int


def file_stamp(path: Path) -> FileStamp:
    """The stamp of a file or folder. Raises OSError, or ValueError for a path that no system has."""
    at = path.stat()
    return FileStamp(at.st_mtime_ns, at.st_size)
