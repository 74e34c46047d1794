"""Source `recorder`: our own durable record, `record.jsonl` (its format: `records/recorder.py`).

Telemetry comes from a W&B log of the same run below the record's folder, if there is one.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from runcompare.records.budgets import most_rows
from runcompare.records.recorder import RECORD_NAME, decode_line
from runcompare.records.run import Run, RunInfo
from runcompare.sources.kit.assemble import safe_config
from runcompare.sources.kit.attempts import Again, Piece, join_in_pieces
from runcompare.sources.kit.files import has_more_lines, is_being_written, open_regular
from runcompare.sources.recorder.run import SOURCE, Record, Share, checked, info_of, mapping, run_of

__all__ = ["RecorderFiles"]

_PIECE = 50_000  # lines
_SHORTEST = 20  # bytes of a row
_TAIL = 65_536  # bytes at the end of a file, in which a listing looks for how the run ended


class RecorderFiles:
    """Finds and reads `record.jsonl` files. A location is the file's path."""

    name = SOURCE
    keeps_ids = True

    def accepts(self, path: Path) -> bool:
        return path.name == RECORD_NAME

    def scan(self, path: Path) -> Iterator[RunInfo]:
        record = Record(path)
        with open_regular(path, in_pieces=True) as file:
            for line in file:
                if entry := decode_line(line):
                    record.file(entry, len(line))
                    if record.header and entry.get("type") == "row":
                        break
            size = os.fstat(file.fileno()).st_size
            if record.entries and size > file.tell():
                file.seek(max(file.tell(), size - _TAIL))
                record.end_with(entry for line in file if (entry := decode_line(line)))
        yield info_of(checked(record))

    def config(self, location: str) -> Mapping[str, Any]:
        """The config as `read` gives it, from the file's first entry alone."""
        with open_regular(Path(location), in_pieces=True) as file:
            for line in file:
                if (entry := decode_line(line)) and entry.get("type") == "run":
                    return safe_config(mapping(entry.get("config")))
        return {}

    def read(self, location: str) -> Run:
        path = Path(location)
        if (long := _long_run(path)) is not None:
            return long
        record = Record(path)
        with open_regular(path) as file:
            _take(record, file)
        return run_of(checked(record))


def _take(record: Record, lines: Iterable[bytes]) -> None:
    """File the entries of some lines."""
    for line in lines:
        if entry := decode_line(line):
            record.file(entry, len(line))
        elif line.endswith(b"\n") or not is_being_written(record.path):
            record.damaged.append(len(line))


def _long_run(path: Path) -> Run | None:
    """The run of a record of more rows than are kept, read in pieces; None for a shorter one, and where a row may be a
    copy of one that is no longer held."""
    with open_regular(path, in_pieces=True) as file:
        if file.seek(0, os.SEEK_END) < _SHORTEST * most_rows() or file.seek(0) or not has_more_lines(file, most_rows()):
            return None
    read = _Read(Record(path))
    try:
        joined = join_in_pieces(Again(read.pieces).pieces, own_steps=True)
    except _Unsure:
        return None
    return run_of(checked(read.record), joined._replace(warnings=(*read.odd, *joined.warnings)))


class _Unsure(Exception):
    """Which rows count isn't known of the pieces."""


@dataclass(slots=True)
class _Read:
    """A record as it was read last, but for its rows, and what was odd about these."""

    record: Record
    odd: dict[str, None] = field(default_factory=dict)

    def pieces(self) -> Iterator[Piece]:
        """All rows. Raises _Unsure."""
        self.record = record = Record(self.record.path)
        taken: list[Share] = []
        with open_regular(record.path, in_pieces=True) as file:
            while lines := list(islice(file, _PIECE)):
                _take(record, lines)
                if any(share.may_repeat for share in record.shares) or record.shares[: len(taken)] != taken:
                    raise _Unsure
                first, taken = max(0, len(taken) - 1), [*record.shares]
                for number, share in enumerate(taken[first:], start=first):
                    typed = share.typed()
                    self.odd.update(dict.fromkeys(typed.warnings))
                    share.clear()
                    yield Piece(number, typed.frame)
