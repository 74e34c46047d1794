"""Source `recorder`: our own durable record, `record.jsonl` (its format: `records/recorder.py`).

Telemetry comes from a W&B log of the same run below the record's folder, if there is one.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from runcompare.records.budgets import most_points, most_rows
from runcompare.records.history import STEP, TIME
from runcompare.records.recorder import RECORD_NAME, decode_line
from runcompare.records.run import Run, RunInfo
from runcompare.sources.kit.assemble import safe_config
from runcompare.sources.kit.files import has_more_lines, is_being_written, open_regular
from runcompare.sources.recorder.run import SOURCE, Record, checked, info_of, mapping, run_of

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
    """The run of a record of more rows than are kept, read in pieces; None for a shorter one, and for one of several
    attempts, whose rows give way to one another."""
    with open_regular(path, in_pieces=True) as file:
        if file.seek(0, os.SEEK_END) < _SHORTEST * most_rows() or file.seek(0) or not has_more_lines(file, most_rows()):
            return None
    from runcompare.records.thinning import thinned

    read: list[Record] = []
    odd: dict[str, None] = {}

    def pieces() -> Iterator[pl.DataFrame]:
        record = Record(path)
        read[:] = [record]
        with open_regular(path, in_pieces=True) as file:
            while lines := list(islice(file, _PIECE)):
                _take(record, lines)
                if len(record.shares) > 1:
                    return
                for share in record.shares:
                    typed = share.typed()
                    odd.update(dict.fromkeys(typed.warnings))
                    share.rows.clear()
                    yield typed.frame

    found = thinned(pieces, most_points(), STEP)
    (record,) = read
    if len(record.shares) > 1 or found.falls.get(STEP) or found.falls.get(TIME):
        return None
    return run_of(checked(record), found, odd)
