"""A JSON file that holds one object, read without trusting it."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from runcompare.errors import UnreadableRun
from runcompare.sources.kit.files import read_whole

__all__ = ["Torn", "is_number", "read_object", "read_torn"]

_DECODER = json.JSONDecoder()
_BLANKS = re.compile(r"[ \t\r\n]*")


def read_object(path: Path) -> dict[str, Any]:
    """The object in the file, NaN and infinities included. Raises UnreadableRun for anything else."""
    try:
        found = json.loads(read_whole(path))
    except (ValueError, RecursionError):
        raise UnreadableRun(f"{path} is no whole JSON document.", hint="It is damaged, or being written.") from None
    if not isinstance(found, dict):
        raise UnreadableRun(f"{path} holds no JSON object.")
    return found


class Torn(NamedTuple):
    """What a document that ends in the middle, or is damaged there, holds up to there; and how many bytes are left."""

    values: dict[str, Any]
    lost: int


def read_torn(path: Path, rows: str) -> Torn:
    """The members of an object up to the first damage, and of the list `rows`, if it is in that, the items that are
    whole. Raises UnreadableRun for what is no object."""
    text = read_whole(path).decode("utf-8", "backslashreplace")
    values: dict[str, Any] = {}
    at = _after(text, 0, "{")
    try:
        while text[at] == '"':
            key, at = _DECODER.raw_decode(text, at)
            at = _after(text, at, ":")
            if key == rows and text[at] == "[":
                at = _take_items(text, at, values.setdefault(key, []))
            else:
                values[key], at = _DECODER.raw_decode(text, at)
            at = _after(text, at, ",")
    except (ValueError, IndexError, RecursionError):
        pass
    return Torn(values, len(text) - at)


def _take_items(text: str, at: int, items: list[Any]) -> int:
    """The place behind the list. Raises ValueError or IndexError where it isn't whole, with the items before."""
    at = _after(text, at, "[")
    while text[at] != "]":
        item, at = _DECODER.raw_decode(text, at)
        items.append(item)
        at = _after(text, at, ",") if text[at : at + 1] != "]" else at
    return at + 1


def _after(text: str, at: int, sign: str) -> int:
    """Behind a sign and the blanks on both of its sides, or behind the blanks if it isn't there."""
    at = _BLANKS.match(text, at).end()  # type: ignore[union-attr]
    if text.startswith(sign, at):
        at = _BLANKS.match(text, at + 1).end()  # type: ignore[union-attr]
    return at


def is_number(value: Any) -> bool:
    """Whether it is a number; truth values are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)
