r"""Source `pattern`: text logs, read by the regular expression in `RUNCOMPARE_PATTERN`, which `--pattern` sets.

    --pattern 'step (?P<step>\d+) loss (?P<loss>\S+)'

Each line in which it is found is a row, each named group a column: the step, the time and the run's name by their usual
names, as in tables. A named file is tried, and `.log`, `.out` and `.txt` files below a folder. The matching runs in a
process of its own that is ended after 20 seconds, on lines of up to 2,000 characters. A location is the file's path, or
`PATH#RUN` for one run of several.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from runcompare.errors import UnreadableRun
from runcompare.records.run import Lost, Run, RunInfo
from runcompare.sources.kit.beside import config_beside
from runcompare.sources.kit.files import is_there, open_regular, stamp_of
from runcompare.sources.pattern import match_lines
from runcompare.sources.pattern.pattern import VARIABLE, checked_pattern
from runcompare.sources.tables.axes import Table
from runcompare.sources.tables.from_json import frame_of_rows
from runcompare.sources.tables.run import Stated, infos_of, runs_of

__all__ = ["TextByPattern"]

LONGEST, LONGEST_S = 2_000, 20.0  # characters of a line, seconds for a file
_SUFFIXES = (".log", ".out", ".txt")


class TextByPattern:
    """Finds and reads text logs where a pattern is given, and nothing else."""

    name = "pattern"

    def accepts(self, path: Path) -> bool:
        return bool(os.environ.get(VARIABLE)) and path.suffix in _SUFFIXES

    def scan(self, path: Path) -> Iterator[RunInfo]:
        """Nothing for a file without a line that matches."""
        if not path.is_dir() and (table := _table(path, _pattern(), *stamp_of(path))).frame.height:
            yield from infos_of(table, _stated(path))

    def scan_named(self, path: Path) -> Iterator[RunInfo]:
        if os.environ.get(VARIABLE) and not path.is_dir():
            yield from self.scan(path)

    def read(self, location: str) -> Run:
        path = Path(location if is_there(location) else location.rpartition("#")[0])
        table = _table(path, _pattern(), *stamp_of(path))
        found = next((r for r in runs_of(table, _stated(path)) if r.info.location == location), None)
        if found is None or not table.frame.height:
            raise UnreadableRun(f"No line of {location} matches the pattern.", hint="Give the --pattern again.")
        return found


def _pattern() -> str:
    text = os.environ.get(VARIABLE)
    if not text:
        raise UnreadableRun("The file was read by a pattern, and none is given.", hint="Give the --pattern again.")
    return checked_pattern(text)


def _stated(path: Path) -> Stated:
    settings = config_beside(path.parent)
    info = RunInfo(path.stem, path.stem, TextByPattern.name, str(path))
    return Stated(info, settings.values, warnings=settings.warnings)


@lru_cache(maxsize=64)
def _table(path: Path, pattern: str, *_stamp: int) -> Table:
    found = _matches(path, pattern)
    frame, warnings = frame_of_rows([{name: _value(text) for name, text in row.items()} for row in found["rows"]])
    if found["cut"]:
        warnings.append(f"{found['cut']} lines are longer than {LONGEST:,} characters and were read that far.")
    if found["rows"]:
        warnings.append(f"{len(found['rows']):,} of {found['lines']:,} lines match the pattern.")
    return Table(frame, Lost(), tuple(warnings))


def _matches(path: Path, pattern: str) -> dict[str, Any]:
    """What `match_lines` writes. Raises UnreadableRun if it takes too long."""
    with open_regular(path):  # never a pipe
        pass
    request = json.dumps({"path": str(path.absolute()), "pattern": pattern, "longest": LONGEST})
    command = [sys.executable, "-I", str(match_lines.__file__)]
    try:
        done = subprocess.run(command, input=request, capture_output=True, text=True, timeout=LONGEST_S, check=True)
        return dict(json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        hint = "Simplify it: no repetition inside of a repetition."
        raise UnreadableRun(f"The pattern took longer than {LONGEST_S:g} s on {path}.", hint=hint) from None
    except (subprocess.CalledProcessError, OSError, ValueError):
        raise UnreadableRun(f"{path} can't be read by the pattern.") from None


def _value(text: str) -> Any:
    """Numbers as numbers, other texts as they are."""
    for kind in (int, float):
        try:
            return text if "_" in text else kind(text)
        except ValueError:
            continue
    return text
