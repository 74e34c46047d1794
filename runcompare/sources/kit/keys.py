"""Names of logged keys that we can use for columns, and ids of runs that have none."""

import re
import zlib
from pathlib import Path

from runcompare.records.as_json import JSON_SUFFIX
from runcompare.records.column_names import TAKEN_SUFFIX, as_column, as_text
from runcompare.records.history import AXES

__all__ = ["column_name", "made_id", "name_of"]


def column_name(key: str) -> str:
    """The key as a column, `KEY#metric` where the name is one of our own too."""
    text = as_column(key)
    return text + TAKEN_SUFFIX if text in AXES or text.endswith(JSON_SUFFIX) else text


def made_id(name: str, beginning: bytes) -> str:
    """An id for a run whose tracker gives none: its name, and a mark of how it begins, which copies keep and other runs
    of that name do not share."""
    return f"{name}-{zlib.crc32(beginning):08x}"


_VERSION = re.compile(r"version_\d+|run|runs|logs?|tensorboard|tb|events", re.IGNORECASE)


def name_of(folder: Path) -> str:
    """What a run in this folder is called."""
    folder = folder.absolute()
    name = folder.name
    if _VERSION.fullmatch(name) and folder.parent.name:
        name = f"{folder.parent.name}-{name}"
    return as_text(name)
