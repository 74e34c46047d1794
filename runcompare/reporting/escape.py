"""Nothing under a run's control may change the document around it."""

import re
import unicodedata

__all__ = ["clean", "code", "fenced", "text"]

_SPECIAL = re.compile(r"([\\`*\[\]<>|~#&!$])|:(?=//)|(?<=www)\.|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_LIST_START = re.compile(r"^(\s*)([-+=]|\d+[.)])(?=\s|$|-|=)")
MOST = 300  # characters; a longer name is cut


def clean(value: object) -> str:
    """One printable line: controls, line breaks and direction marks gone, white space folded, length bounded."""
    line = " ".join(str(value).split())
    line = "".join(c for c in line if unicodedata.category(c)[0] != "C")
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
