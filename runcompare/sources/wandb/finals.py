"""Summary records, undecoded until they are asked for; of each key the last one is kept, so that memory does not grow
with how often a program writes into its summary."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from runcompare.sources.wandb.rows import Update, items
from runcompare.sources.wandb.schema import message

__all__ = ["Final", "Finals", "updates"]

_MOST_WAITING = 10_000


class Final(NamedTuple):
    """The last value of a path, as JSON, and how many rows the log had before it."""

    row: int
    path: tuple[str, ...]
    token: str


@dataclass(slots=True)
class Finals:
    """Takes the records, gives the last value of each path, in the order in which they were written."""

    _waiting: list[tuple[int, bytes]] = field(default_factory=list)
    _last: dict[tuple[str, ...], Final] = field(default_factory=dict)

    def add(self, row: int, raw: bytes) -> None:
        """Take one record, after so many rows."""
        self._waiting.append((row, raw))
        if len(self._waiting) >= _MOST_WAITING:
            self._settle()

    def __iter__(self) -> Iterator[Final]:
        self._settle()
        return iter(self._last.values())

    def _settle(self) -> None:
        for row, raw in self._waiting:
            for path, token in updates(raw):
                self._last.pop(path, None)  # the order is that of the last writing
                self._last[path] = Final(row, path, token)
        self._waiting.clear()


def updates(raw: bytes) -> list[Update]:
    """The updates in a summary record; none if it can't be decoded."""
    from google.protobuf.message import DecodeError

    try:
        return list(items(message("Items").FromString(raw).items))
    except DecodeError:
        return []
