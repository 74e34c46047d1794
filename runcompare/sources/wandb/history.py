"""A W&B run's final figures and its history rows, from the log's summary records as well."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl

from runcompare.records.columns import JSON_SUFFIX
from runcompare.records.history import STEP
from runcompare.sources.wandb.fields import value
from runcompare.sources.wandb.log import Log
from runcompare.sources.wandb.rows import items
from runcompare.sources.wandb.schema import message

__all__ = ["REBUILT", "history_of", "summary_of"]

REBUILT = "_rebuilt"


def history_of(log: Log) -> tuple[pl.DataFrame, int, list[str]]:
    """The history rows, how many of them were rebuilt from summary records, and warnings.

    Each row's summary record repeats its numbers and texts; where the row itself was lost, that is the row.
    """
    read = len(log.rows)
    known = log.rows.steps()
    for _, raw in log.orphans:
        found = [(path, token) for path, token in _updates(raw) if path[0] != "_wandb" and not token.startswith("{")]
        step = dict(found).get((STEP,))
        if step is not None and (number := value(step)) not in known:
            known.add(number)
            log.rows.add_items(found)
    frame, warnings = log.rows.frame()
    rebuilt = frame.height - read
    if rebuilt:
        marks = pl.Series(REBUILT, [row >= read for row in range(frame.height)])
        frame = frame.with_columns(marks).sort(STEP, maintain_order=True)
    return frame, rebuilt, warnings


def summary_of(log: Log, history: pl.DataFrame) -> dict[str, Any]:
    """Final figures under flat keys: what was logged last, what the user wrote into the summary, and the minima,
    means, ... that a metric's definition asks for (`loss.min`)."""
    last = {} if not history.height else _last_values(history)
    summary = {key: entry for key, (_, entry) in last.items()}
    for row, raw in log.notes:
        for path, token in _updates(raw):
            for key, entry in _flat(".".join(path), value(token)):
                if path[0] != "_wandb" and (key not in last or last[key][0] < row):
                    summary[key] = entry
    for raw in log.row_summaries:
        for path, token in _updates(raw):
            if token.startswith("{"):
                summary.update(_flat(".".join(path), value(token)))
    return summary


def _updates(raw: bytes) -> list[tuple[tuple[str, ...], str]]:
    from google.protobuf.message import DecodeError

    try:
        return list(items(message("Items").FromString(raw).items))
    except DecodeError:
        return []


def _flat(key: str, entry: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(entry, Mapping):
        yield key, entry
    elif "_type" not in entry:  # media stay out
        for name, inner in entry.items():
            yield from _flat(f"{key}.{name}", inner)


def _last_values(history: pl.DataFrame) -> dict[str, tuple[int, Any]]:
    """Each key's last value, with the number of its row."""
    found: dict[str, tuple[int, Any]] = {}
    for column in history.iter_columns():
        row = _last_row(column)
        if (name := column.name) == REBUILT or row is None:
            continue
        entry = column[row]
        key = name.removesuffix(JSON_SUFFIX)
        if key not in found or found[key][0] <= row:
            found[key] = (row, value(entry) if name.endswith(JSON_SUFFIX) else entry)
    return found


def _last_row(column: pl.Series) -> int | None:
    if not column.null_count():
        return len(column) - 1
    there = np.flatnonzero(column.is_not_null().to_numpy())
    return int(there[-1]) if len(there) else None
