"""The lines of a text file that a pattern matches.

Run as a program of its own, for a regular expression that never ends can only be stopped from outside. It reads
`{"path": ..., "pattern": ..., "longest": ...}` from stdin and writes `{"rows": [...], "lines": N, "cut": N}` to stdout:
a row is a line's named groups; `cut` counts the lines that were looked at only as far as `longest` characters.
"""

import json
import re
import sys
from typing import Any, TextIO


def match_lines(file: TextIO, pattern: str, longest: int) -> dict[str, Any]:
    """The named groups of each line in which the pattern is found, those that took part."""
    search = re.compile(pattern).search
    rows: list[dict[str, str]] = []
    lines = cut = 0
    while line := file.readline(longest):
        lines += 1
        is_cut = not line.endswith("\n") and len(line) == longest
        cut += is_cut
        while is_cut and (rest := file.readline(longest)):  # the rest of a line that is too long
            is_cut = not rest.endswith("\n")
        if found := search(line):
            rows.append({name: text for name, text in found.groupdict().items() if text is not None})
    return {"rows": rows, "lines": lines, "cut": cut}


def main() -> None:
    request = json.load(sys.stdin)
    with open(request["path"], encoding="utf-8", errors="replace") as file:  # noqa: PTH123
        json.dump(match_lines(file, request["pattern"], request["longest"]), sys.stdout)


if __name__ == "__main__":
    main()
