"""What is said of a run that is not, or no longer, where a listing found it."""

import shlex
from pathlib import Path

from runcompare.errors import UnreadableRun

__all__ = ["gone"]


def gone(message: str, location: str | Path) -> UnreadableRun:
    """The error for a location that holds no run; its hint lists what is in the nearest folder that is there."""
    folder = Path(location)
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return UnreadableRun(message, hint=f"List what is there: runcompare runs {shlex.quote(str(folder))}")
