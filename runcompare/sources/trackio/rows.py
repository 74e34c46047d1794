"""Trackio's rows: JSON objects, in which NaN and infinities are the words "NaN", "Infinity" and "-Infinity".

Rows of one step are one row; where they hold a key twice, the later by time counts.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
import polars as pl

from runcompare.records.columns import Frame, frame_of_objects
from runcompare.records.config import flatten
from runcompare.records.history import AXES, STEP, TIME, Whole
from runcompare.sources.kit.attempt_times import Signs
from runcompare.sources.kit.keys import column_name
from runcompare.sources.kit.sqlite_rows import Row

__all__ = ["Merged", "Reading", "Rows", "decoded", "logged", "seconds", "telemetry"]

_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_MEDIA = "trackio."
_PLAIN = frozenset((int, float))
_fast = msgspec.json.Decoder()
_column = lru_cache(maxsize=100_000)(column_name)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that were read: the frame, each key's last value, the times (Unix seconds), rows lost and warnings; where
    only some rows are kept, what is known of all, and `signs` in place of the times."""

    frame: pl.DataFrame
    summary: dict[str, Any]
    times: list[float]
    lost: int
    warnings: list[str]
    whole: Mapping[str, Whole] = field(default_factory=dict)
    signs: Signs | None = None


@dataclass(slots=True)
class Merged:
    """A row: its step if it has one, its time in Unix seconds, and its values."""

    step: int | None
    time: float | None
    values: dict[str, Any]


def decoded(body: Any) -> dict[str, Any] | None:
    """A JSON object, None for anything else."""
    try:
        found = _fast.decode(body)
    except (TypeError, ValueError, RecursionError):
        try:
            found = json.loads(body)
        except (TypeError, ValueError, RecursionError):
            return None
    return found if isinstance(found, dict) else None


def seconds(stamp: Any) -> float | None:
    """An ISO time as Unix seconds; one without a zone is taken as UTC."""
    try:
        moment = datetime.fromisoformat(stamp)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def logged(rows: Iterable[Row]) -> Rows:
    """History from (timestamp, step, metrics, ..., rowid), a row a step."""
    reading = Reading()
    return reading.rows(reading.merged(rows))


def telemetry(rows: Iterable[Row]) -> Rows:
    """System metrics from (timestamp, metrics, rowid), a row a sample."""
    reading = Reading()
    ordered = sorted(rows, key=lambda row: (seconds(row[0]) or 0.0, row[-1]))
    read = [Merged(None, seconds(stamp), values) for stamp, body, _ in ordered if (values := reading.values(body))]
    return reading.rows(read)


class Reading:
    """JSON objects as they are read, what was left out of them, and each key's last value."""

    def __init__(self) -> None:
        self.lost = self.media = self.again = 0
        self.last: dict[str, Any] = {}

    def merged(self, rows: Iterable[Row]) -> list[Merged]:
        """The rows by step, where all of a step are among them."""
        merged: dict[int, Merged] = {}
        timed = [(seconds(row[0]), row) for row in rows]
        timed.sort(key=lambda one: (one[0] or 0.0, one[1][-1]))
        for time, (_, step, body, *_) in timed:
            values = self.values(body)
            if values is None or not isinstance(step, int):
                self.lost += values is not None
                continue
            row = merged.get(step)
            if row is None:
                merged[step] = Merged(step, time, values)
                continue
            self.again += len(row.values.keys() & values.keys())
            row.values.update(values)
            row.time = time or row.time
        return [merged[step] for step in sorted(merged)]

    def values(self, body: Any) -> dict[str, Any] | None:
        """A row's values by column; None for a damaged one."""
        found = decoded(body)
        if found is None:
            self.lost += 1
            return None
        if _PLAIN.issuperset(map(type, found.values())):
            return {_column(key): value for key, value in found.items()}
        kept = {key: value for key, value in found.items() if not _is_media(value)}
        self.media += len(found) - len(kept)
        try:
            flat = dict(flatten(kept))
        except RecursionError:
            self.lost += 1
            return None
        return {_column(key): _WORDS.get(v, v) if isinstance(v, str) else v for key, v in flat.items()}

    def rows(self, rows: Sequence[Merged]) -> Rows:
        """All of them."""
        frame, odd = self.frame(rows)
        times = [row.time for row in rows if row.time is not None]
        return Rows(frame, self.summary(), times, self.lost, [*self.warnings(), *odd])

    def frame(self, rows: Sequence[Merged]) -> Frame:
        """Some of them."""
        cells: dict[str, tuple[list[int], list[Any]]] = {}
        for number, row in enumerate(rows):
            for key, value in row.values.items():
                where, values = cells.setdefault(key, ([], []))
                where.append(number)
                values.append(value)
        self.last |= {key: values[-1] for key, (_, values) in cells.items()}
        stepped = [number for number, row in enumerate(rows) if row.step is not None]
        steps = {STEP: (stepped, [rows[number].step for number in stepped])} if stepped else {}
        times = {TIME: (range(len(rows)), [row.time for row in rows])} if rows else {}
        return frame_of_objects({**steps, **times, **cells}, len(rows))

    def summary(self) -> dict[str, Any]:
        """The final values."""
        return {k: v for k, v in self.last.items() if k not in AXES and isinstance(v, str | int | float)}

    def warnings(self) -> list[str]:
        """What was left out."""
        counts = {
            f"{self.lost} rows are damaged.": self.lost,
            f"{self.media} logged media (images, tables, histograms, ...) were skipped.": self.media,
            f"{self.again} values were logged again at the same step: the last by time is kept.": self.again,
        }
        return [text for text, count in counts.items() if count]


def _is_media(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_is_media, value))
    return isinstance(value, dict) and str(value.get("_type", "")).startswith(_MEDIA)
