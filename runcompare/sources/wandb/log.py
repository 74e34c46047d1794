"""One `.wandb` file's records, sorted by what they say."""

import math
import os
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runcompare.errors import UnreadableRun
from runcompare.sources.kit.files import is_being_written, open_regular
from runcompare.sources.wandb.defined import Definition, definition_of
from runcompare.sources.wandb.finals import Finals
from runcompare.sources.wandb.framing import BLOCK, Damage, read_frames
from runcompare.sources.wandb.rows import Rows
from runcompare.sources.wandb.schema import message

__all__ = ["Log", "peek_log", "read_in_pieces", "read_log"]

SMALL, TAIL = 2 * BLOCK, BLOCK  # bytes: of a small log all is looked at, of another its two ends
HEAD, LAST_RECORDS = 1024, 32  # blocks in which a first row is looked for; records
NUMBER, HISTORY, SUMMARY = 0x08, 0x12, 0x1A  # the tags of a record's fields
STEP_ITEM = b"\x05_step"  # the key `_step` with its length in front
CLOCK_ITEM, CLOCK_SIZE = b"\x06_wandb", 80  # a summary record that holds only the run's clock


@dataclass(slots=True)
class Log:
    """What one file holds. Summary records are kept undecoded, each with the number of rows before it."""

    path: Path
    run: Any = None
    exit: Any = None
    exit_is_own: bool = False  # the run's process ended it, not W&B's service on its behalf
    configs: list[Any] = field(default_factory=list)
    environments: list[Any] = field(default_factory=list)
    stats: list[Any] = field(default_factory=list)
    rows: Rows = field(default_factory=Rows)
    notes: Finals = field(default_factory=Finals)  # summary that no row brought with it
    row_summaries: Finals = field(default_factory=Finals)  # kept where a metric's summary is a minimum, mean, ...
    orphans: list[bytes] = field(default_factory=list)  # row summaries that no history row followed
    definitions: list[Definition] = field(default_factory=list)
    damage: Damage = field(default_factory=Damage)
    records: int = 0
    lost_records: int = 0
    copies: int = 0
    skip_rows: bool = False
    _last: int = 0
    _gaps: list[range] = field(default_factory=list)
    _pending: bytes | None = None
    _aggregates: bool = False

    def file(self, frame: bytes) -> int:
        """Put one record where it belongs; returns its number. Raises DecodeError."""
        kind, number, at = _common(frame)
        if kind and self._is_copy(number):
            return number
        if kind == HISTORY:
            self._file_row(frame[at:])
        elif kind == SUMMARY:
            self._file_summary(frame[at:])
        else:
            return self._file_other(frame)
        self.records += 1
        return number

    def _file_other(self, frame: bytes) -> int:
        record = message("Record").FromString(frame)
        if self._is_copy(int(record.num)):
            return int(record.num)
        if record.HasField("history"):
            self._file_row(record.history)
        elif record.HasField("summary"):
            self._file_summary(record.summary)
        elif record.HasField("stats"):
            self.stats.append(message("Stats").FromString(record.stats))
        elif record.HasField("config"):
            self.configs.append(message("Items").FromString(record.config))
        elif record.HasField("run"):
            self.run = message("Run").FromString(record.run)
            self.configs.append(self.run.config)
        elif record.HasField("environment"):
            self.environments.append(message("Environment").FromString(record.environment))
        elif record.HasField("exit"):
            self.exit = message("Exit").FromString(record.exit)
            self.exit_is_own = bool(record.control.mailbox_slot)
        elif record.HasField("metric"):
            self.definitions.append(definition_of(message("Metric").FromString(record.metric)))
            self._aggregates |= bool(self.definitions[-1].keeps)
        self.records += 1
        return int(record.num)

    def _is_copy(self, number: int) -> bool:
        """Whether a record of this number was filed before: each has its own, counted from 1."""
        if number > self._last:
            if number > self._last + 1:
                self._gaps.append(range(self._last + 1, number))
            self._last = number
            return False
        if number < 1 or any(number in gap for gap in self._gaps):
            return False
        self.copies += 1
        return True

    def _file_row(self, raw: bytes) -> None:
        self._pending = None
        if not self.skip_rows:
            self.rows.add(raw)

    def _file_summary(self, raw: bytes) -> None:
        if self.skip_rows:
            return
        if STEP_ITEM in raw:
            self.close_row()
            self._pending = raw
            if self._aggregates:
                self.row_summaries.add(len(self.rows), raw)
        elif len(raw) > CLOCK_SIZE or CLOCK_ITEM not in raw:
            self.notes.add(len(self.rows), raw)

    def close_row(self) -> None:
        """A row summary whose history row didn't come is an orphan: the row was lost."""
        if self._pending is not None:
            self.orphans.append(self._pending)
            self._pending = None

    @property
    def held(self) -> int:
        """How many rows it holds, those counted that only a summary tells of."""
        return self.rows.height + len(self.orphans)

    def clear_rows(self) -> None:
        """Forget the rows that it holds, for they have been taken."""
        self.rows.clear()
        self.orphans.clear()


def _common(frame: bytes) -> tuple[int, int, int]:
    """Kind, number and start of the body of a record that is just a number below 2^21 and a history or summary, as
    nearly all are; kind is 0 for any other."""
    if len(frame) < 8 or frame[0] != NUMBER:
        return 0, 0, 0
    number, at = frame[1], 2
    if number >= 0x80:
        number, at = number & 0x7F | frame[2] << 7, 3
        if number >= 0x4000:
            number, at = number & 0x3FFF | frame[3] << 14, 4
    kind, size = frame[at], frame[at + 1]
    if (kind != HISTORY and kind != SUMMARY) or number >= 1 << 21:
        return 0, 0, 0
    at += 2
    if size >= 0x80:
        size, at = size & 0x7F | frame[at] << 7, at + 1
    return (kind, number, at) if at + size == len(frame) else (0, 0, 0)


def read_log(path: Path, *, skip_rows: bool = False) -> Log:
    """All records of a file, or all but rows and summaries. Raises UnreadableRun if it holds none."""
    log = Log(path, skip_rows=skip_rows)
    for _ in read_in_pieces(log):
        pass
    return log


def read_in_pieces(log: Log, rows: float = math.inf) -> Iterator[int]:
    """Fill a log from its file; stops each time that the log holds so many rows, and at the end, and says how many they
    are: they may be taken and cleared meanwhile. Raises UnreadableRun if the file holds no record."""
    with open_regular(log.path, in_pieces=rows < math.inf) as file:
        previous = 0
        for number in _numbers(log, read_frames(file, log.damage)):
            if number > previous:
                log.lost_records += number - previous - 1
                previous = number
            if log.held >= rows:
                yield log.held
    log.close_row()
    if log.damage.tail and not is_being_written(log.path):  # a record that is just being written is not lost
        log.lost_records += 1
        log.damage.bytes += log.damage.tail
    _checked(log)
    yield log.held


def peek_log(path: Path) -> Log:
    """The records at a file's two ends: enough to list the run. Raises UnreadableRun if they hold none."""
    with open_regular(path, in_pieces=True) as file:
        size = os.fstat(file.fileno()).st_size
        if size <= SMALL:
            return read_log(path)
        log = Log(path)
        for _ in _numbers(log, read_frames(file, log.damage, most=HEAD)):
            if len(log.rows):
                break
        tail = read_frames(file, log.damage, start=(size - TAIL) // BLOCK * BLOCK)
        for _ in _numbers(log, deque(tail, maxlen=LAST_RECORDS)):
            pass
    return _checked(log)


def _numbers(log: Log, frames: Iterable[bytes]) -> Iterator[int]:
    """File every frame and give its record's number; one that can't be decoded counts as damage."""
    from google.protobuf.message import DecodeError

    for frame in frames:
        try:
            yield log.file(frame)
        except DecodeError:
            log.damage.frames += 1
            log.damage.bytes += len(frame)


def _checked(log: Log) -> Log:
    if not log.records:
        raise UnreadableRun(
            f"{log.path} holds no readable W&B record.",
            hint="The run was killed before W&B wrote anything, or this is another kind of file.",
        )
    return log
