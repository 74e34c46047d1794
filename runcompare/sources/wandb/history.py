"""A W&B run's final figures and its history rows, from the log's summary records as well."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from runcompare.records.history import STEP
from runcompare.sources.kit.last_values import last_rows
from runcompare.sources.wandb.fields import value
from runcompare.sources.wandb.finals import updates
from runcompare.sources.wandb.log import Log

__all__ = ["REBUILT", "Rebuilt", "flat_values", "history_of", "summary_of"]

REBUILT = "_rebuilt"


class Rebuilt(NamedTuple):
    """History rows, and how many of them were rebuilt from summary records; the column `_rebuilt` marks these."""

    frame: pl.DataFrame
    rebuilt: int
    warnings: list[str]


def history_of(log: Log) -> Rebuilt:
    """All history rows that a log holds.

    Each row's summary record repeats its numbers and texts; where the row itself was lost, that is the row.
    """
    read = log.rows.height
    known = log.rows.steps() if log.orphans else set()
    for raw in log.orphans:
        found = [u for u in updates(raw) if u.path[0] != "_wandb" and not u.token.startswith("{")]
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


def summary_of(log: Log, history: pl.DataFrame, numbers: NDArray[np.int64]) -> dict[str, Any]:
    """Final figures under flat keys: what was logged last, what the user wrote into the summary, and the minima,
    means, ... that a metric's definition asks for (`loss.min`).

    Args:
        log: holds the summary records.
        history: the rows.
        numbers: their numbers among the log's records of rows, those rebuilt that of the one before; shape (rows,).
    """
    last = last_rows(history, without=(REBUILT,))
    rows = {key: int(numbers[found.row]) for key, found in last.items()}
    summary = {key: found.value for key, found in last.items()}
    for row, path, token in log.notes:
        for key, entry in flat_values(".".join(path), value(token)):
            if path[0] != "_wandb" and (key not in rows or rows[key] < row):
                summary[key] = entry
    for _, path, token in log.row_summaries:
        if token.startswith("{"):
            summary.update(flat_values(".".join(path), value(token)))
    return summary


def flat_values(key: str, entry: Any) -> Iterator[tuple[str, Any]]:
    """A final value under flat keys: `loss` with `{"min": 1}` is `loss.min`."""
    if not isinstance(entry, Mapping):
        yield key, entry
    elif "_type" not in entry:  # media stay out
        for name, inner in entry.items():
            yield from flat_values(f"{key}.{name}", inner)
