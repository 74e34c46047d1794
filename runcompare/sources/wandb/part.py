"""One attempt at a run: everything that one log says, all of its rows or, of a log of very many, some of them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from runcompare.records.budgets import most_points, most_rows
from runcompare.records.history import STEP, TIME, Whole
from runcompare.records.run import Hardware, Lost
from runcompare.sources.kit.files import is_too_large
from runcompare.sources.wandb.ending import ending_of
from runcompare.sources.wandb.fields import config_of, system_of
from runcompare.sources.wandb.history import REBUILT, history_of, summary_of
from runcompare.sources.wandb.kept_files import machine_of_run
from runcompare.sources.wandb.log import Log, read_in_pieces, read_log
from runcompare.sources.wandb.machine import hardware_on

__all__ = ["Part", "read_part"]

_PIECE = 50_000  # rows
_WORDS_KEPT = 20  # warnings of the pieces


@dataclass(slots=True)
class Part:
    """One attempt, read."""

    log: Log
    history: pl.DataFrame
    whole: Mapping[str, Whole]
    system: pl.DataFrame
    summary: dict[str, Any]
    config: dict[str, Any]
    hardware: Hardware
    lost: Lost
    warnings: list[str]


@dataclass(slots=True)
class _Rows:
    """The rows of a log; where only some were kept, their numbers among all and what is known of all."""

    log: Log
    frame: pl.DataFrame
    rebuilt: int
    warnings: list[str]
    numbers: NDArray[np.int64] | None = None
    whole: Mapping[str, Whole] = field(default_factory=dict)


def read_part(path: Path, *, is_only: bool = True) -> Part:
    """Everything of one attempt's log. Raises UnreadableRun if it holds no record.

    Args:
        path: the log.
        is_only: whether the run has no other attempt, to which rows may give way: then of very many rows some are kept.
    """
    rows = _rows_of(path, is_only=is_only)
    log = rows.log
    system, config = system_of(log), config_of(log)
    seen = hardware_on(machine_of_run(log), config, system.frame.columns)
    lost = Lost(log.lost_records, log.damage.bytes, rows.rebuilt)
    warnings = [*rows.warnings, *system.warnings, *seen.warnings, *_losses(log, rows.rebuilt)]
    summary = summary_of(log, rows.frame, rows.numbers)
    return Part(log, rows.frame, rows.whole, system.frame, summary, config, seen.hardware, lost, warnings)


def _rows_of(path: Path, *, is_only: bool) -> _Rows:
    """All rows; of too many, or of a log of too many bytes, some."""
    log, most = Log(path), most_rows() if is_only else math.inf
    is_long = is_only and is_too_large(path)
    if not is_long:
        is_long = any(held > most for held in read_in_pieces(log, most + 1))
    if is_long:
        log.clear_rows()
        if (some := _some_rows(path)) is not None:
            return some
        log = read_log(path)
    found = history_of(log)
    return _Rows(log, found.frame, found.rebuilt, found.warnings)


def _some_rows(path: Path) -> _Rows | None:
    """The rows that are kept of a long log, read in pieces; None where its steps or its clock fall."""
    from runcompare.records.thinning import thinned

    read: list[_Rows] = []

    def pieces() -> Iterator[pl.DataFrame]:
        rows = _Rows(Log(path), pl.DataFrame(), 0, [])
        read[:] = [rows]
        for _ in read_in_pieces(rows.log, _PIECE):
            found = history_of(rows.log)
            rows.rebuilt += found.rebuilt
            rows.warnings = list(dict.fromkeys((*rows.warnings, *found.warnings)))[:_WORDS_KEPT]
            rows.log.clear_rows()
            yield found.frame

    found = thinned(pieces, most_points(), STEP)
    if found.falls.get(STEP) or found.falls.get(TIME):
        return None
    (rows,) = read
    frame = found.frame.with_columns(pl.col(REBUILT).fill_null(False)) if rows.rebuilt else found.frame
    rows.frame, rows.numbers, rows.whole = frame, found.at, found.whole
    rows.warnings.append(found.note(most_points()))
    return rows


def _losses(log: Log, rebuilt: int) -> list[str]:
    notes, name = [], "/".join(log.path.parts[-2:])
    if log.lost_records or log.damage.bytes:
        notes.append(f"{name}: {log.lost_records} records ({log.damage.bytes} bytes) are damaged or missing.")
    if log.damage.tail:
        notes.append(f"{name} ends inside a record: what came after it is unknown.")
    if log.copies:
        notes.append(f"{name}: {log.copies} records stand there twice: each counts once.")
    if rebuilt:
        notes.append(f"{rebuilt} lost rows were rebuilt from their summary records; column `_rebuilt` marks them.")
    if log.rows.media:
        notes.append(f"{log.rows.media} logged media (images, tables, histograms, ...) were skipped.")
    if why := ending_of(log).why:
        notes.append(f"{name} {why}.")
    return notes
