"""History records to columns.

Almost all rows of a log are alike: flat keys, short JSON tokens. Those are taken apart a few thousand records
at a time with numpy (`fast_rows.py`); any other record is decoded by protobuf. Both give the same columns.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from runcompare.records.columns import Frame, Part, frame_of_parts
from runcompare.records.history import STEP
from runcompare.sources.wandb.fast_rows import KeyTable, columns_of
from runcompare.sources.wandb.schema import message

__all__ = ["Rows", "Update", "items"]

CHUNK = 2048
FEWEST = 64  # below this, taking records apart one by one is faster


class Update(NamedTuple):
    """One key of a history, summary or config record: its path where it is nested, and its value as JSON."""

    path: tuple[str, ...]
    token: str


def items(found: Iterable[Any]) -> Iterator[Update]:
    """The updates in a history, summary or config record."""
    for item in found:
        path = tuple(_text(part) for part in item.nested_key) or (_text(item.key),)
        yield Update(path, _token(item))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _token(item: Any) -> str:
    """The value as JSON; newer schemas hold it typed."""
    if item.value_json:
        return _text(item.value_json)
    for field_name in ("json", "text", "boolean", "integer", "number"):
        if item.HasField(field_name):
            return _typed(field_name, getattr(item, field_name))
    return "null"


def _typed(field_name: str, value: Any) -> str:
    import json

    if field_name == "json":
        return _text(value)
    return json.dumps(_text(value) if field_name == "text" else value)


@dataclass(slots=True)
class Rows:
    """Collects history records; `typed` makes columns of them, `clear` goes on without them."""

    height: int = 0
    before: int = 0  # records that were cleared
    decoded: int = 0  # rows that came decoded, not as records
    media: int = 0
    undecodable: list[int] = field(default_factory=list)
    _waiting: list[bytes] = field(default_factory=list)
    _parts: dict[str, list[Part]] = field(default_factory=dict)
    _loose: dict[str, tuple[list[int], list[str]]] = field(default_factory=dict)
    _keys: KeyTable = field(default_factory=KeyTable)
    _last_step: float = -math.inf

    def __len__(self) -> int:
        """All records so far, those that were cleared as well."""
        return self.before + self.height - self.decoded

    def add(self, raw: bytes) -> None:
        """Take one history record."""
        self._waiting.append(raw)
        self.height += 1
        if len(self._waiting) >= CHUNK:
            self._settle()

    def add_items(self, found: list[Update]) -> None:
        """Take one row that is already decoded."""
        self._settle()
        self.height += 1
        self.decoded += 1
        self._file(self.height - 1, found)

    def steps(self) -> set[float]:
        """The `_step` of each row, and the highest of those that were cleared."""
        self._settle()
        loose = (float(token) for token in self._loose.get(STEP, ([], []))[1])
        parts = (v for part in self._parts.get(STEP, []) for v in np.asarray(part.values, float).tolist())
        return {self._last_step, *loose, *parts}

    def clear(self) -> None:
        """Forget the rows, for they have been taken."""
        self._last_step = max(self.steps())
        self.before, self.height, self.decoded = len(self), 0, 0
        self._parts.clear()
        self._loose.clear()
        self.undecodable.clear()

    def typed(self) -> Frame:
        """The columns, those of the first rows first, and what to warn of."""
        self._settle()
        parts = {key: list(some) for key, some in self._parts.items()}
        for key, (rows, tokens) in self._loose.items():
            parts.setdefault(key, []).append(Part(np.asarray(rows, dtype=np.int64), tokens))
        first = {key: min(int(part.rows.min()) for part in some) for key, some in parts.items()}
        ordered = {key: parts[key] for key in sorted(parts, key=lambda k: (first[k], k))}
        frame, warnings = frame_of_parts(ordered, self.height)
        if self.undecodable:
            frame = frame.filter(~pl.Series(np.isin(np.arange(self.height), self.undecodable)))
        return Frame(frame, warnings)

    def _settle(self) -> None:
        """Decode the records that wait."""
        waiting, self._waiting = self._waiting, []
        start = self.height - len(waiting)
        odd: Iterable[int] = range(len(waiting))
        if len(waiting) >= FEWEST:
            found, odd = columns_of(waiting, self._keys)
            for key, rows, values in found:
                self._parts.setdefault(key, []).append(Part(rows + start, values))
        for i in odd:
            self._decode(start + i, waiting[i])

    def _decode(self, row: int, raw: bytes) -> None:
        from google.protobuf.message import DecodeError

        try:
            record = message("History").FromString(raw)
        except DecodeError:
            self.undecodable.append(row)
            return
        found = list(items(record.items))
        if STEP not in (path[0] for path, _ in found) and record.HasField("step"):
            found.append(Update((STEP,), str(record.step.num)))
        self._file(row, found)

    def _file(self, row: int, found: list[Update]) -> None:
        media = {path[:-1] for path, _ in found if path[-1] == "_type" and len(path) > 1}
        self.media += len(media)
        for path, token in found:
            if media and any(path[:n] in media for n in range(1, len(path))):
                continue
            rows, tokens = self._loose.setdefault(".".join(path), ([], []))
            rows.append(row)
            tokens.append(token)
