"""History records to columns: key by key, the JSON tokens with their row numbers."""

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from runcompare.records.history import STEP
from runcompare.sources.columns import frame_of_tokens
from runcompare.sources.wandb_schema import message

__all__ = ["Rows", "items"]


def items(found: Iterable[Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """(key path, JSON token) of each history, summary or config item."""
    for item in found:
        path = tuple(_text(part) for part in item.nested_key) or (_text(item.key),)
        yield path, _token(item)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _token(item: Any) -> str:
    """The value as JSON; newer schemas hold it typed."""
    if item.value_json:
        return _text(item.value_json)
    return "null"


class Rows:
    """Collects history records; `frame` makes columns of them."""

    def __init__(self) -> None:
        self.height = 0
        self.media = 0
        self._cells: dict[str, tuple[list[int], list[str]]] = {}

    def __len__(self) -> int:
        return self.height

    def add(self, raw: bytes) -> None:
        """Decode one history record. Raises DecodeError."""
        record = message("History").FromString(raw)
        found = list(items(record.items))
        if STEP not in (path[0] for path, _ in found) and record.HasField("step"):
            found.append(((STEP,), str(record.step.num)))
        self.add_items(found)

    def add_items(self, found: list[tuple[tuple[str, ...], str]]) -> None:
        """Add one row; media are counted and left out."""
        row = self.height
        nested = any(len(path) > 1 for path, _ in found)
        media = {path[:-1] for path, _ in found if path[-1] == "_type" and len(path) > 1} if nested else set()
        self.media += len(media)
        for path, token in sorted(found) if row == 0 else found:
            if nested and any(path[:n] in media for n in range(1, len(path))):
                continue
            key = ".".join(path)
            cell = self._cells.get(key)
            if cell is None:
                cell = self._cells[key] = ([], [])
            cell[0].append(row)
            cell[1].append(token)
        self.height += 1

    def tokens(self, key: str) -> list[str]:
        """The tokens of one key, in row order."""
        return self._cells[key][1] if key in self._cells else []

    def frame(self) -> tuple[pl.DataFrame, list[str]]:
        """The columns and what to warn of."""
        return frame_of_tokens(self._cells, self.height)
