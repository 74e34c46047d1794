"""Nothing under a run's control may change the document or the terminal around it."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Line", "cell", "clean", "code", "fenced", "lines_of", "printable", "text", "without_mathematics"]

_SPECIAL = re.compile(r"([\\`*\[\]<>|~#&!$^])|:(?=//)|(?<=www)\.|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_LIST_START = re.compile(r"^(\s*)([-+=]|\d+[.)])(?=\s|$|-|=)")
_UNPRINTABLE = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"))  # categories of Unicode
_ADDRESS = re.compile(r"[\w.+-]@[\w-]+\.\w")  # GitHub makes a link of it, however its signs are escaped
_STROKES = re.compile(r"(\\+)\|")  # the end of a table's cell to some renderers, however it is escaped
_BAR = re.compile(r"(?<!\\)\|")
MOST = 300  # characters; a longer name is cut


def printable(value: object, instead: str = "\N{REPLACEMENT CHARACTER}") -> str:
    """Text that is safe for a terminal, of any length, on one line.

    Each control character, line break, direction mark and half of a surrogate pair becomes `instead`.
    """
    return "".join(instead if unicodedata.category(c) in _UNPRINTABLE else c for c in str(value))


def clean(value: object) -> str:
    """One printable line: controls, line breaks and direction marks gone, white space folded, length bounded."""
    line = " ".join(printable(" ".join(str(value).split()), "").split())  # twice: a control may stand between spaces
    return line if len(line) <= MOST else line[: MOST - 1] + "…"


def text(value: object) -> str:
    """As markdown prose: no link, image, HTML, emphasis, mathematics, table cell or heading comes of it.

    What looks like an address of mail is a code span; a bar behind a backslash is a broken bar.
    """
    line = _STROKES.sub(r"\1¦", clean(value)) or "(empty)"
    if _ADDRESS.search(line):
        return code(line)
    escaped = _SPECIAL.sub(lambda m: "\\" + m[0], line)
    return _LIST_START.sub(lambda m: f"{m[1]}\\{m[2]}", escaped)


def code(value: object) -> str:
    """As a code span that holds whatever backticks the value has; a bar behind a backslash is a broken bar."""
    line = _STROKES.sub(r"\1¦", clean(value)) or " "
    fence = "`" * (_longest(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def cell(markdown: str) -> str:
    """A piece of markdown as a cell of a table: no bar ends it. Elsewhere code would show the backslashes."""
    return _BAR.sub(r"\\|", markdown)


def fenced(block: str, language: str = "") -> str:
    """As a code block whose fence is longer than any in it."""
    fence = "`" * max(3, _longest(block) + 1)
    return f"{fence}{language}\n{block}\n{fence}"


_DOLLAR = re.compile(r"\\.|(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)|\$")  # an escape, a code span, or a dollar
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


class Line(NamedTuple):
    """A line of a markdown document, and whether it is one of a code block, whose fences are."""

    text: str
    is_code: bool


def lines_of(document: str) -> Iterator[Line]:
    """The lines of a document. A block ends at a fence that is as long as the one that began it, or longer."""
    fence = ""
    for line in document.split("\n"):
        found = _FENCE.match(line)
        if found and (not fence or (line.strip() == found[1] and found[1].startswith(fence))):
            fence = "" if fence else found[1]
            yield Line(line, True)
        else:
            yield Line(line, bool(fence))


def without_mathematics(document: str) -> str:
    """A markdown document whose dollars are escaped where they would begin a formula: outside code."""

    def escaped(line: str) -> str:
        return _DOLLAR.sub(lambda m: "\\$" if m[0] == "$" else m[0], line) if "$" in line else line

    return "\n".join(line if is_code else escaped(line) for line, is_code in lines_of(document))


def _longest(value: str) -> int:
    return max((len(run) for run in re.findall(r"`+", value)), default=0)
