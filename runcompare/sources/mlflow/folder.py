"""The files of one run in MLflow's file store.

A metric's file has one line a value, `time value step`, which MLflow ends with a line break: a last line without one
was cut.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from runcompare.errors import UnreadableRun
from runcompare.records.budgets import check_unfolded
from runcompare.records.column_names import as_text
from runcompare.records.file_stamp import file_stamp
from runcompare.sources.kit.files import open_regular, read_whole
from runcompare.sources.mlflow.points import Series

__all__ = ["METRICS", "PARAMS", "TAGS", "Lines", "RunFolder", "changed"]

METRICS, PARAMS, TAGS = "metrics", "params", "tags"
_FIELDS = (2, 3, 5)  # time value [step [dataset digest]]
_TOP = 2**63
_PIECE = 1 << 22  # bytes


def changed(path: Path) -> int:
    """When a file or folder was last written, Unix nanoseconds; 0 if that can't be seen."""
    try:
        return file_stamp(path).changed_ns
    except OSError:
        return 0


class Lines(NamedTuple):
    """Whole lines of a file, without the last line break, and where they begin."""

    at: int
    lines: bytes


class RunFolder:
    """One run's folder as it is read, and what of it could not be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lost = self.lost_bytes = 0
        self.unread: list[str] = []

    @property
    def warnings(self) -> list[str]:
        lost = [f"{self.lost} lines of metrics ({self.lost_bytes} bytes) are damaged."] if self.lost else []
        unread = [f"{len(self.unread)} files of the run can't be read, the first: {p}" for p in self.unread[:1]]
        return [*lost, *unread]

    def files(self, kind: str) -> Iterator[tuple[str, Path]]:
        """Key and file of each metric, param or tag. A key's slashes are folders."""
        top = self.path / kind
        for folder, _, names in os.walk(top):
            for name in sorted(names):
                path = Path(folder, name)
                yield _decodable(path.relative_to(top).as_posix()), path

    def changed_ms(self, kind: str) -> int | None:
        """When a file of one kind was last written, Unix milliseconds."""
        times = [changed(path) // 1_000_000 for _, path in self.files(kind)]
        return max(times, default=0) or None

    def texts(self, kind: str, only: tuple[str, ...] | None = None) -> dict[str, str]:
        found = self.files(kind) if only is None else ((key, self.path / kind / key) for key in only)
        bodies = {key: self._body(path) for key, path in found if only is None or os.path.lexists(path)}
        return {key: body.decode("utf-8", "backslashreplace") for key, body in bodies.items() if body is not None}

    def points(self, path: Path) -> Series:
        """One metric's file."""
        found = Series([], [], [])
        for piece in self.pieces(path):
            found.extend(self.parsed(piece.lines))
        return found

    def pieces(self, path: Path) -> Iterator["Lines"]:
        """The whole lines of a metric's file, some megabytes at a time; a line that was cut is lost."""
        at, rest = 0, b""
        try:
            with open_regular(path, in_pieces=True) as file:
                while block := file.read(_PIECE):
                    whole, end, rest = (rest + block).rpartition(b"\n")
                    if end:
                        yield Lines(at, whole)
                        at += len(whole) + 1
                    check_unfolded(path, len(rest))
        except UnreadableRun as error:
            self.unread.append(error.message)
        except OSError as error:
            self.unread.append(f"{path} can't be read: {error.strerror}.")
        self._lose(rest)

    def parsed(self, text: bytes) -> Series:
        """The values in some lines; those that are damaged are lost."""
        lines = text.split(b"\n")
        try:
            return _parsed(lines)
        except (ValueError, OverflowError):
            return self._one_by_one(lines)

    def _one_by_one(self, lines: list[bytes]) -> Series:
        found = Series([], [], [])
        for line in lines:
            try:
                found.extend(_parsed([line]))
            except (ValueError, OverflowError):
                self._lose(line)
        return found

    def _lose(self, line: bytes) -> None:
        self.lost += bool(line)
        self.lost_bytes += len(line)

    def _body(self, path: Path) -> bytes | None:
        try:
            return read_whole(path)
        except UnreadableRun as error:
            self.unread.append(error.message)
        return None


def _parsed(lines: list[bytes]) -> Series:
    """Raises ValueError or OverflowError if one line is not as MLflow writes it."""
    cells = [line.split(b" ") for line in lines]
    if any(len(row) not in _FIELDS for row in cells):
        raise ValueError
    times = [int(row[0]) for row in cells]
    steps = [int(row[2]) if len(row) > 2 else 0 for row in cells]
    if any(abs(x) >= _TOP for some in (times, steps) for x in some):
        raise OverflowError
    return Series(times, [float(row[1]) for row in cells], steps)


def _decodable(key: str) -> str:
    return as_text(key)
