"""One attempt at a run: everything that one log says, all of its rows or, of a log of very many, some of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from runcompare.records.budgets import most_points
from runcompare.records.history import STEP, Whole
from runcompare.records.run import Hardware, Lost
from runcompare.sources.kit.attempts import Again, Piece
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
    """One attempt, read.

    Attributes:
        history: all of its rows; of a log of very many those that decide what else is said of the attempt, and, where
            it is the run's only one, those that are kept.
        whole: what is known of all rows where some are kept.
        again: gives all rows where `history` is not all.
    """

    log: Log
    history: pl.DataFrame
    whole: Mapping[str, Whole]
    system: pl.DataFrame
    summary: dict[str, Any]
    config: dict[str, Any]
    hardware: Hardware
    lost: Lost
    warnings: list[str]
    again: Again | None

    @property
    def is_long(self) -> bool:
        """Whether `history` is not all rows."""
        return self.again is not None

    def pieces(self) -> Iterator[pl.DataFrame]:
        """All rows, read again where they are not held."""
        if self.again is None:
            yield self.history
            return
        for _, frame in self.again.pieces():
            yield frame.with_columns(pl.lit(False).alias(REBUILT)) if self._lacks_marks(frame) else frame

    def _lacks_marks(self, frame: pl.DataFrame) -> bool:
        return bool(self.lost.rebuilt_rows) and REBUILT not in frame.columns


@dataclass(slots=True)
class _Rows:
    """The rows of a log, all or, where that is long, some.

    Attributes:
        at: which of all rows these are; shape (rows,).
        rebuilt: which of all rows were rebuilt; shape (n,).
        whole: what is known of all rows where some were kept.
        again: gives all rows where that is long.
        rises: whether every row's step is higher than that of the one before.
    """

    log: Log
    frame: pl.DataFrame
    at: NDArray[np.int64]
    rebuilt: NDArray[np.int64]
    warnings: list[str] = field(default_factory=list)
    again: Again | None = None
    whole: Mapping[str, Whole] = field(default_factory=dict)
    rises: bool = True

    def numbers(self) -> NDArray[np.int64]:
        """The rows' numbers among those that were not rebuilt; of one that was, that of the one before."""
        return self.at - np.searchsorted(self.rebuilt, self.at, side="right")


def read_part(path: Path, *, most: float, is_only: bool = True) -> Part:
    """Everything of one attempt's log. Raises UnreadableRun if it holds no record.

    Args:
        path: the log.
        most: how many rows are held; of a longer one some are.
        is_only: whether the run has no other attempt, to which rows may give way: then these are those that are kept.
    """
    rows = _rows_of(path, most, is_only=is_only)
    log = rows.log
    system, config = system_of(log), config_of(log)
    seen = hardware_on(machine_of_run(log), config, system.frame.columns)
    lost, hardware = Lost(log.lost_records, log.damage.bytes, len(rows.rebuilt)), seen.hardware
    warnings = [*rows.warnings, *system.warnings, *seen.warnings, *_losses(log, len(rows.rebuilt))]
    summary = summary_of(log, rows.frame, rows.numbers())
    return Part(log, rows.frame, rows.whole, system.frame, summary, config, hardware, lost, warnings, rows.again)


def _rows_of(path: Path, most: float, *, is_only: bool) -> _Rows:
    """All rows; of too many, or of a log of too many bytes, some."""
    log = Log(path)
    if is_too_large(path) or any(held > most for held in read_in_pieces(log, most + 1)):
        log.clear_rows()
        if (some := _some_rows(path, is_only=is_only)) is not None:
            return some
        log = read_log(path)
    found = history_of(log)
    return _Rows(log, found.frame, np.arange(found.frame.height), _marked(found.frame), found.warnings)


def _some_rows(path: Path, *, is_only: bool) -> _Rows | None:
    """The rows that are kept of a long log, read in pieces; None where lost rows may belong into another piece."""
    from runcompare.records.thinning import thinned

    rows = _Rows(Log(path), pl.DataFrame(), np.empty(0, np.int64), np.empty(0, np.int64))
    points = most_points() if is_only else 1
    again = Again(lambda: (Piece(0, frame) for frame in _pieces(rows)))
    found = thinned(lambda: (frame for _, frame in again.pieces()), points, STEP)
    if len(rows.rebuilt) and not rows.rises:
        return None
    frame = found.frame.with_columns(pl.col(REBUILT).fill_null(False)) if len(rows.rebuilt) else found.frame
    rows.frame, rows.at, rows.whole, rows.again = frame, found.at, found.whole, again
    rows.warnings += [found.note(points)] if is_only else []
    return rows


def _pieces(rows: _Rows) -> Iterator[pl.DataFrame]:
    """All rows of a log, read anew; what it says besides is in `rows` once they were read."""
    rows.log, rows.warnings, rows.rises = Log(rows.log.path), [], True
    rebuilt, height, before = [_marked(pl.DataFrame())], 0, pl.Series([], dtype=pl.Int64)
    for _ in read_in_pieces(rows.log, _PIECE):
        found = history_of(rows.log)
        rebuilt.append(_marked(found.frame) + height)
        height += found.frame.height
        if STEP in found.frame.columns:
            steps = pl.concat([before, found.frame[STEP].cast(pl.Int64, strict=False)])
            rows.rises = rows.rises and not (steps.diff() <= 0).any()
            before = steps.tail(1)
        rows.warnings = list(dict.fromkeys((*rows.warnings, *found.warnings)))[:_WORDS_KEPT]
        rows.log.clear_rows()
        yield found.frame
    rows.rebuilt = np.concatenate(rebuilt)


def _marked(frame: pl.DataFrame) -> NDArray[np.int64]:
    """Which rows were rebuilt."""
    return np.flatnonzero(frame[REBUILT].to_numpy()) if REBUILT in frame.columns else np.empty(0, np.int64)


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
