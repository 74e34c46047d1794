"""Source `recorder`: our own durable record, `record.jsonl` (its format: `records/recorder.py`).

Telemetry comes from a W&B log of the same run below the record's folder, if there is one.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from runcompare.records.recorder import RECORD_NAME, decode_line
from runcompare.records.run import Run, RunInfo
from runcompare.sources.kit.assemble import safe_config
from runcompare.sources.kit.files import is_being_written, open_regular
from runcompare.sources.recorder.run import SOURCE, Record, checked, info_of, mapping, run_of

__all__ = ["RecorderFiles"]

_TAIL = 65_536  # bytes at the end of a file, in which a listing looks for how the run ended


class RecorderFiles:
    """Finds and reads `record.jsonl` files. A location is the file's path."""

    name = SOURCE
    keeps_ids = True

    def accepts(self, path: Path) -> bool:
        return path.name == RECORD_NAME

    def scan(self, path: Path) -> Iterator[RunInfo]:
        record = Record(path)
        with open_regular(path) as file:
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
        with open_regular(Path(location)) as file:
            for line in file:
                if (entry := decode_line(line)) and entry.get("type") == "run":
                    return safe_config(mapping(entry.get("config")))
        return {}

    def read(self, location: str) -> Run:
        record = Record(Path(location))
        with open_regular(record.path) as file:
            for line in file:
                if entry := decode_line(line):
                    record.file(entry, len(line))
                elif line.endswith(b"\n") or not is_being_written(record.path):
                    record.damaged.append(len(line))
        return run_of(checked(record))
