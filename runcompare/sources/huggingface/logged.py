"""TrainingArguments in a text log beside the state: Trainer's scripts print them, a setting a line.

    INFO - __main__ - Training/evaluation parameters TrainingArguments(
    learning_rate=5e-05,
    seed=42,
    )

A value stands there as `str` writes it: numbers, truth values and lists are read, all else is text.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

__all__ = ["logged_arguments"]

ENDINGS = (".log", ".out", ".err", ".txt")
MOST_FILES = 20
MOST_BYTES = 4 << 20  # of each: arguments are printed before the training
_PRINTED = re.compile(r"\w*TrainingArguments\(\n(?P<lines>(?:\w+=.*\n)+)\)")
_SETTING = re.compile(r"^(?P<name>\w+)=(?P<value>.*?),?$", re.MULTILINE)


def logged_arguments(folders: Sequence[Path]) -> dict[str, Any]:
    """The arguments that the first log with any prints, the last ones in it; empty if none does."""
    for path in _logs(folders):
        try:
            with path.open("rb") as file:
                text = file.read(MOST_BYTES).decode("utf-8", "replace").replace("\r\n", "\n")
        except OSError:
            continue
        if "TrainingArguments(" in text and (printed := list(_PRINTED.finditer(text))):
            return {m["name"]: _value(m["value"]) for m in _SETTING.finditer(printed[-1]["lines"])}
    return {}


def _logs(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        try:
            found = sorted(path for path in folder.iterdir() if path.suffix in ENDINGS and path.is_file())
        except OSError:
            continue
        yield from found[:MOST_FILES]


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
