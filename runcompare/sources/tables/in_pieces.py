"""Tables of more rows than are kept: read in pieces, so that memory does not grow with the file.

CSV, JSON lines and Parquet of one run, a row a step or a row a value, the first two packed or not. What can't be told
of a piece by itself is read whole: several runs in one file, attempts that the pieces don't show (`resumed.py`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import polars as pl

from runcompare.errors import UnreadableRun
from runcompare.records.budgets import check_unfolded, most_points, most_rows
from runcompare.records.export import stack
from runcompare.records.run import Lost
from runcompare.records.thinning import MOST_FALLS, Thinned, thinned
from runcompare.sources.kit.files import is_being_written, open_regular
from runcompare.sources.tables.attempts import copies_told
from runcompare.sources.tables.axes import RUN_NAMES, Table, find_axes, unit_of
from runcompare.sources.tables.content import Blocks, has_more_rows, text_of, with_lost_bytes
from runcompare.sources.tables.from_csv import headed, rows_of_csv, with_losses
from runcompare.sources.tables.from_json import rows_of_lines
from runcompare.sources.tables.from_json import with_losses as with_lost_lines
from runcompare.sources.tables.from_parquet import parquet_pieces
from runcompare.sources.tables.long import long_columns
from runcompare.sources.tables.long_pieces import LongPieces
from runcompare.sources.tables.names import kind_of
from runcompare.sources.tables.resumed import Untold, kept_attempts
from runcompare.sources.tables.run_rows import is_run_table
from runcompare.sources.tables.wandb_chart import chart_as_runs

__all__ = ["table_in_pieces"]

_PIECE = 1 << 20  # bytes; as Python's objects, rows of JSON take twenty times as many
_LONGEST = 1000  # lines that one quoted cell may span
_PARQUET = b"PAR1"
_JSON = ("jsonl", "ndjson")
_LINES = ("csv", "tsv", *_JSON)
_WORDS_KEPT = 20  # warnings of pieces


def table_in_pieces(path: Path) -> Table | None:
    """The table with the rows that are kept; None where it is not longer than that, or has to be read whole."""
    try:
        parts = _parts(path)
        head = None if parts is None else next(iter(parts()), None)
        if parts is None or head is None or is_run_table(head) or chart_as_runs(head) is not head:
            return None
        gathered = _Gathered(parts)
        is_long = long_columns(head.frame.columns) is not None
        found = _of_values(gathered, head) if is_long else _of_rows(gathered, head)
    except (UnreadableRun, Untold):
        return None
    if found is None:
        return None
    told = with_lost_lines(found) if kind_of(path) in _JSON else with_losses(found)
    lost = parts.lost if isinstance(parts, _Lines) else 0
    return with_lost_bytes(told, lost) if lost else told


def _of_rows(gathered: "_Gathered", head: Table) -> Table | None:
    """A table of a row a step. Raises Untold."""
    step = find_axes(head.frame).step
    found = thinned(lambda: (part.frame for part in gathered.tables(step)), most_points(), step)
    if not _is_one_run(found, step):
        return None
    one, copies = _table(found, gathered.lost, gathered.told()), copies_told(gathered.copies)
    if not gathered.begins and (step not in found.frame.columns or not _is_uneven(found, str(step))):
        return replace(one, warnings=(*one.warnings, *copies))
    if step is None or found.falls.get(step, 0) > MOST_FALLS or found.frame[step].is_nan().any():
        raise Untold
    axes = find_axes(found.frame)
    axes = replace(axes, unit=unit_of(found.frame[axes.clock]) if axes.clock is not None else None)
    by_header = gathered.begins
    parts = gathered.parts if by_header else lambda: gathered.tables(step)
    kept = kept_attempts(parts, found.frame, axes, by_header=by_header)
    told = (*gathered.told(), *(() if by_header else copies))
    return replace(one, whole=kept.joined.whole, kept=kept, warnings=told)


def _of_values(gathered: "_Gathered", head: Table) -> Table | None:
    """A table of a row a value."""
    lines = LongPieces(lambda: (part.frame for part in gathered.tables(None)), head.frame)
    step = lines.step
    found = thinned(lambda: (_without_copies(f, None, step) for f in lines.pieces()), most_points(), step)
    told = (*gathered.told(), *lines.warnings)
    if gathered.begins or not _is_one_run(found, step):
        return None
    if found.rows <= most_rows():  # many values of few steps
        return Table(lines.in_order(stack(list(lines.pieces()))), gathered.lost, told)
    return _table(found._replace(frame=lines.in_order(found.frame)), gathered.lost, told)


def _table(found: Thinned, lost: Lost, told: Sequence[str]) -> Table:
    return Table(found.frame, lost, (*told, found.note(most_points())), whole=found.whole)


def _is_one_run(found: Thinned, step: str | None) -> bool:
    """Whether the rows that were kept show one run, whose step is the one of the first piece."""
    axes = find_axes(found.frame)
    runs = [c for c in found.frame.columns if c.strip().lower() in RUN_NAMES]
    return axes.step == step and all(found.frame[name].n_unique() == 1 for name in runs)


def _is_uneven(found: Thinned, step: str) -> bool:
    """Whether a step falls, or rows have none: that of the row before is known of all rows."""
    return bool(found.falls.get(step, 0) or found.frame[step].null_count())


Parts = Callable[[], Iterable[Table]]


@dataclass(slots=True)
class _Gathered:
    """The pieces of a table as they pass by, and what was told of them: when they are read first, for they are read
    twice or more often.

    Attributes:
        begins: whether the header stood again.
        copies: rows that repeat the row before them.
    """

    parts: Parts
    lost: Lost = field(default_factory=Lost)
    begins: bool = False
    copies: int = 0
    warnings: dict[str, None] = field(default_factory=dict)
    is_known: bool = False

    def tables(self, step: str | None) -> Iterator[Table]:
        """The pieces without rows that repeat the row before them."""
        before: pl.DataFrame | None = None
        for part in self.parts():
            frame = part.frame
            if step is not None and frame.height:
                frame, before = _without_copies(frame, before, step), frame.tail(1)
            if not self.is_known:
                self.lost = Lost(self.lost.records + part.lost.records, self.lost.bytes + part.lost.bytes)
                self.begins = self.begins or bool(part.begins)
                self.copies += part.frame.height - frame.height
                self.warnings |= dict.fromkeys(part.warnings)
            yield replace(part, frame=frame)
        self.is_known = True

    def told(self) -> tuple[str, ...]:
        return tuple(self.warnings)[:_WORDS_KEPT]


def _without_copies(frame: pl.DataFrame, before: pl.DataFrame | None, step: str) -> pl.DataFrame:
    """Without rows that repeat the one before in every cell, as `attempts.py` has it; `before` is that of the first."""
    both = frame if before is None else stack([before, frame])
    if step not in both.columns or not (both[step] == both[step].shift(1)).any():
        return frame
    copy = both.select(pl.all_horizontal(pl.all().eq_missing(pl.all().shift(1)))).to_series()
    copies = copy if before is not None else pl.concat([pl.Series([False]), copy[1:]])
    return frame.filter(~copies[both.height - frame.height :])


def _parts(path: Path) -> Parts | None:
    """What gives the pieces of a file of more rows than are kept, each time anew. Raises UnreadableRun."""
    with open_regular(path, in_pieces=True) as file:
        is_parquet = file.read(len(_PARQUET)) == _PARQUET
    if is_parquet:
        return parquet_pieces(path, most_rows())
    kind = kind_of(path)
    return _Lines(path, kind) if kind in _LINES and has_more_rows(path, most_rows()) else None


@dataclass(slots=True)
class _Lines:
    """The pieces of a text file; `lost` are packed bytes that could not be read."""

    path: Path
    kind: str
    lost: int = 0

    def __call__(self) -> Iterator[Table]:
        head, blocks = None, Blocks(self.path, _PIECE)
        for number, piece in enumerate(_text_pieces(blocks)):
            text, odd = text_of(piece.data, is_start=not number)
            if self.kind in _JSON:
                table = rows_of_lines(text, is_cut=piece.is_cut)
            else:
                if head is None:
                    head, text = headed(text, "\t" if self.kind == "tsv" else None)
                table = rows_of_csv(text, head, is_cut=piece.is_cut)
            yield replace(table, warnings=(*odd, *table.warnings))
        self.lost = blocks.lost


class _Piece(NamedTuple):
    data: bytes
    is_cut: bool = False


def _text_pieces(blocks: Blocks) -> Iterator[_Piece]:
    """Whole lines; the last piece may end within one."""
    rest = bytearray()
    for block in blocks:
        rest += block
        if len(rest) >= _PIECE and b"\n" in block:
            data = bytes(rest)
            end = _end(data)
            yield _Piece(data[:end])
            del rest[:end]
        check_unfolded(blocks.path, len(rest))
    if rest:
        yield _Piece(bytes(rest), blocks.lost > 0 or is_being_written(blocks.path))


def _end(data: bytes) -> int:
    """Where the last line ends that leaves no quote open; where there is none, the last line."""
    last = end = data.rfind(b"\n") + 1
    odd = data.count(b'"', 0, end) % 2
    for _ in range(_LONGEST if odd else 0):
        before = data.rfind(b"\n", 0, end - 1) + 1
        odd ^= data.count(b'"', before, end) % 2
        end = before
        if not odd or not end:
            break
    return end if end and not odd else last
