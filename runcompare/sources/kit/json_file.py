"""A JSON file that holds one object, read without trusting it."""

import json
from pathlib import Path
from typing import Any

from runcompare.errors import UnreadableRun
from runcompare.sources.kit.files import read_whole

__all__ = ["is_number", "read_object"]


def read_object(path: Path) -> dict[str, Any]:
    """The object in the file, NaN and infinities included. Raises UnreadableRun for anything else."""
    try:
        found = json.loads(read_whole(path))
    except (ValueError, RecursionError):
        raise UnreadableRun(f"{path} is no whole JSON document.", hint="It is damaged, or being written.") from None
    if not isinstance(found, dict):
        raise UnreadableRun(f"{path} holds no JSON object.")
    return found


def is_number(value: Any) -> bool:
    """Whether it is a number; truth values are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)
