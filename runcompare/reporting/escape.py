"""Nothing under a run's control may change the document or the terminal around it."""

import re
import unicodedata

__all__ = ["clean", "code", "fenced", "printable", "text"]

_SPECIAL = re.compile(r"([\\`*\[\]<>|~#&!$])|:(?=//)|(?<=www)\.|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_LIST_START = re.compile(r"^(\s*)([-+=]|\d+[.)])(?=\s|$|-|=)")
_UNPRINTABLE = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"))  # categories of Unicode
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
    """As markdown prose: no link, image, HTML, emphasis, table cell or heading comes of it."""
    escaped = _SPECIAL.sub(lambda m: "\\" + m[0], clean(value) or "(empty)")
    return _LIST_START.sub(lambda m: f"{m[1]}\\{m[2]}", escaped)


def code(value: object) -> str:
    """As a code span that holds whatever backticks the value has; pipes are escaped for tables."""
    line = clean(value).replace("|", "\\|") or " "
    fence = "`" * (_longest(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def fenced(block: str, language: str = "") -> str:
    """As a code block whose fence is longer than any in it."""
    fence = "`" * max(3, _longest(block) + 1)
    return f"{fence}{language}\n{block}\n{fence}"


def _longest(value: str) -> int:
    return max((len(run) for run in re.findall(r"`+", value)), default=0)
