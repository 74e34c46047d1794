"""What a sentence needs of the language that it is written in: how text, code and emphasis look there."""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from runcompare.reporting import escape

__all__ = ["Language", "Prose", "count", "prose"]

Language = Literal["markdown", "plain"]
SMALL = ("no", "one", "two", "three", "four")


class Prose(NamedTuple):
    """Text, code and strong text of a language; the first two make anything safe that a run may have chosen."""

    text: Callable[[object], str]
    code: Callable[[object], str]
    strong: Callable[[str], str]


_PROSE: Mapping[Language, Prose] = {
    "markdown": Prose(escape.text, escape.code, "**{}**".format),
    "plain": Prose(escape.clean, escape.clean, str),
}


def prose(language: Language) -> Prose:
    """How to write in a language."""
    return _PROSE[language]


def count(n: int, noun: str) -> str:
    """ "one run", "two runs", "12 runs"."""
    number = SMALL[n] if n < len(SMALL) else f"{n:,d}"
    return f"{number} {noun}{'' if n == 1 else 's'}"
