"""A W&B run's final figures and its history rows, from the log's summary records as well."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import polars as pl

from runcompare.records.history import STEP
from runcompare.sources.kit.last_values import last_rows
from runcompare.sources.wandb.fields import value
from runcompare.sources.wandb.log import Log
from runcompare.sources.wandb.rows import Update, items
from runcompare.sources.wandb.schema import message

__all__ = ["REBUILT", "Rebuilt", "flat_values", "history_of", "summary_of"]

REBUILT = "_rebuilt"


class Rebuilt(NamedTuple):
    """History rows, and how many of them were rebuilt from summary records; the column `_rebuilt` marks these."""

    frame: pl.DataFrame
    rebuilt: int
    warnings: list[str]


def history_of(log: Log) -> Rebuilt:
    """All history rows of a log.

    Each row's summary record repeats its numbers and texts; where the row itself was lost, that is the row.
    """
    read = len(log.rows)
    known = log.rows.steps()
    for _, raw in log.orphans:
        found = [u for u in _updates(raw) if u.path[0] != "_wandb" and not u.token.startswith("{")]
        step = {u.path: u.token for u in found}.get((STEP,))
        if step is not None and (number := value(step)) not in known:
            known.add(number)
            log.rows.add_items(found)
    frame, warnings = log.rows.typed()
    rebuilt = frame.height - read
    if rebuilt:
        marks = pl.Series(REBUILT, [row >= read for row in range(frame.height)])
        frame = frame.with_columns(marks).sort(STEP, maintain_order=True)
    return Rebuilt(frame, rebuilt, list(warnings))


def summary_of(log: Log, history: pl.DataFrame) -> dict[str, Any]:
    """Final figures under flat keys: what was logged last, what the user wrote into the summary, and the minima,
    means, ... that a metric's definition asks for (`loss.min`)."""
    last = last_rows(history, without=(REBUILT,))
    summary = {key: found.value for key, found in last.items()}
    for row, raw in log.notes:
        for path, token in _updates(raw):
            for key, entry in flat_values(".".join(path), value(token)):
                if path[0] != "_wandb" and (key not in last or last[key].row < row):
                    summary[key] = entry
    for raw in log.row_summaries:
        for path, token in _updates(raw):
            if token.startswith("{"):
                summary.update(flat_values(".".join(path), value(token)))
    return summary


def _updates(raw: bytes) -> list[Update]:
    from google.protobuf.message import DecodeError

    try:
        return list(items(message("Items").FromString(raw).items))
    except DecodeError:
        return []


def flat_values(key: str, entry: Any) -> Iterator[tuple[str, Any]]:
    """A final value under flat keys: `loss` with `{"min": 1}` is `loss.min`."""
    if not isinstance(entry, Mapping):
        yield key, entry
    elif "_type" not in entry:  # media stay out
        for name, inner in entry.items():
            yield from flat_values(f"{key}.{name}", inner)
