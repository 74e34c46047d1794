"""Source `tables`: CSV, TSV, JSON lines, JSON and Parquet files that hold runs' histories, compressed or not.

Wide (one row a step) or long (`step, metric, value`); a column `run`, `run_id` or `seed` splits a file into several
runs. A file that is named is always tried, whatever it is called. Below a folder that is searched only those count that
are called metrics, history, log, progress, training.log, ... or have `NAME.config.yaml` beside them, and then only with
a step and a number in them.
A location is the file's path, or `PATH#RUN` for one run of several.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from runcompare.errors import UnreadableRun
from runcompare.records.run import Run, RunInfo
from runcompare.sources.kit.files import is_being_written, is_there, stamp_of
from runcompare.sources.kit.gone import gone
from runcompare.sources.tables.axes import RUN_NAMES, Table, find_axes, is_axis_name
from runcompare.sources.tables.content import body_of, text_of, with_lost_bytes
from runcompare.sources.tables.from_csv import table_of_csv
from runcompare.sources.tables.from_json import OneObject, table_of_json
from runcompare.sources.tables.from_parquet import table_of_parquet
from runcompare.sources.tables.long import made_wide
from runcompare.sources.tables.names import config_of, is_history_name, kind_of, run_name
from runcompare.sources.tables.run import Stated, infos_of, runs_of
from runcompare.sources.tables.run_rows import infos_of_rows, is_run_table, runs_of_rows
from runcompare.sources.tables.wandb_chart import chart_as_runs

__all__ = ["TableFiles"]

_HEAD = 1 << 18  # bytes that tell a table's columns
_HEAD_ROWS = 1_000
_PARQUET = b"PAR1"
_NO_TABLES = (".yaml", ".yml", ".npz")
_SETTINGS = (".toml", ".ini", ".cfg", ".py", ".yaml", ".yml")
_SAMPLE = 50  # lines that tell whether a text is a table


class TableFiles:
    """Finds and reads tables."""

    name = "tables"

    def accepts(self, path: Path) -> bool:
        return is_history_name(path)

    def scan(self, path: Path) -> Iterator[RunInfo]:
        """Nothing for what is no history: it is just a table."""
        try:
            found = _listed(path, *_stamp(path))
        except NoTable:
            return
        if found.has_step and found.has_number:
            yield from found.infos

    def scan_named(self, path: Path) -> Iterator[RunInfo]:
        """The runs of a file that the user names: it need not be called as histories are, nor have a step."""
        if path.is_dir() or path.suffix.lower() in _NO_TABLES:
            return
        try:
            found = _listed(path, *_stamp(path))
        except _Figures:
            return
        if not (found.has_number or found.has_step):
            raise UnreadableRun(f"{path} holds no numbers.", hint="Give one row a step and one column a metric.")
        yield from found.infos

    def why_not(self, path: Path) -> str:
        """Why a file that is called as a history is none; empty where it is another source's to tell."""
        try:
            found = _listed(path, *_stamp(path))
        except _Figures:
            return ""
        except UnreadableRun:
            return "there are no rows that can be read"
        return (
            ""
            if found.has_step and found.has_number
            else f"there is no {'number' if found.has_step else 'step'} in the rows"
        )

    def read(self, location: str) -> Run:
        path, run = _parted(location)
        runs = _runs(path, *_stamp(path))
        found = next((r for r in runs if r.info.location == location), None)
        if found is None and (run or len(runs) != 1):
            raise gone(f"{location} is gone.", location)
        return found or runs[0]


class NoTable(UnreadableRun):
    """A file that can be read but holds no table."""


class _Figures(NoTable):
    """A file that is one JSON object: the source of final figures says what is wrong with it, if anything is."""


class _TooLong(UnreadableRun):
    """The first line of a file is longer than its head."""


class _Listed:
    """What a listing needs to know of a file."""

    def __init__(self, table: Table, stated: Stated) -> None:
        if is_run_table(table):
            self.infos, self.has_step, self.has_number = infos_of_rows(table, stated), True, True
            return
        axes = find_axes(table.frame)
        own = (axes.step, axes.clock, axes.elapsed, axes.run)
        self.infos = infos_of(table, stated, axes)
        self.has_step = (
            axes.step is not None
            or table.is_series
            or any(is_axis_name(c.rpartition("/")[2]) for c in table.frame.columns)
        )
        self.has_number = any(t.is_numeric() for c, t in table.frame.schema.items() if c not in own)


@lru_cache(maxsize=1024)
def _listed(path: Path, *_stamp: int) -> _Listed:
    stated = _stated(path)
    try:
        head = _table(path, most=_HEAD)
    except _TooLong:
        return _Listed(_whole(path, *_stamp), stated)
    if is_run_table(head) or any(c.strip().lower() in RUN_NAMES for c in head.frame.columns):
        return _Listed(_whole(path, *_stamp), stated)
    found = _Listed(head, stated)
    return found if found.has_step and found.has_number else _Listed(_whole(path, *_stamp), stated)


@lru_cache(maxsize=2)
def _runs(path: Path, *_stamp: int) -> tuple[Run, ...]:
    """All runs of a file: who reads one of them will read the others."""
    table, stated = _whole(path, *_stamp), _stated(path)
    return tuple(runs_of_rows(table, stated) if is_run_table(table) else runs_of(table, stated))


@lru_cache(maxsize=1)
def _whole(path: Path, *_stamp: int) -> Table:
    return _table(path)


def _stamp(path: Path) -> tuple[int, ...]:
    """Changes when the file does, or when it is closed."""
    return *stamp_of(path), int(is_being_written(path))


class _Place(NamedTuple):
    path: Path
    run: str  # empty for a file's only run


def _parted(location: str) -> _Place:
    if is_there(location):
        return _Place(Path(location), "")
    path, _, run = location.rpartition("#")
    return _Place(Path(path or location), run)


def _table(path: Path, most: int | None = None) -> Table:
    """The table, or its head. Raises UnreadableRun."""
    from runcompare.sources.tables.in_pieces import table_in_pieces

    if most is None and (long := table_in_pieces(path)) is not None:
        return long
    body = body_of(path, most)
    if body.is_cut and body.data.startswith(_PARQUET):
        body = body_of(path)
    try:
        if body.data.startswith(_PARQUET):
            table = table_of_parquet(body.data, _HEAD_ROWS if most is not None else None)
        else:
            is_cut = body.is_cut or body.lost > 0 or is_being_written(path)
            table = _of_text(path, body.data, is_cut)
    except OneObject as error:
        raise _Figures(f"{path} can't be read: {error.message}", hint=error.hint) from None
    except UnreadableRun as error:
        if body.is_cut:
            raise _TooLong(error.message) from None
        damaged = body.data.startswith(_PARQUET) or b"\0" in body.data
        kind = UnreadableRun if damaged else NoTable
        raise kind(f"{path} can't be read: {error.message}", hint=error.hint) from None
    if not table.frame.height:
        if body.is_cut:
            raise _TooLong(path.name)
        raise NoTable(f"{path} holds no rows that can be read.")
    return chart_as_runs(made_wide(with_lost_bytes(table, body.lost) if body.lost else table))


def _of_text(path: Path, data: bytes, is_cut: bool) -> Table:
    text, odd = text_of(data)
    kind = kind_of(path) or _kind_by_content(path, text)
    if kind in ("csv", "tsv"):
        table = table_of_csv(text, is_cut=is_cut, separator="\t" if kind == "tsv" else None)
    else:
        table = table_of_json(text, is_cut=is_cut, is_lines=kind in ("jsonl", "ndjson"))
    return replace(table, warnings=(*odd, *table.warnings))


def _kind_by_content(path: Path, text: str) -> str:
    """For a file whose name tells nothing. Raises UnreadableRun for text that is no table."""
    lines = [line for line in text.splitlines()[:_SAMPLE] if line.strip() and not line.startswith("#")]
    if lines and lines[0].lstrip().startswith(("{", "[")):
        return "json"
    sign = next((s for s in "\t,;|" if lines and s in lines[0]), None)
    widths = [line.count(sign) for line in lines] if sign else []
    if not widths or 2 * sum(width == widths[0] for width in widths) <= len(widths):
        if path.suffix.lower() in _SETTINGS:
            raise UnreadableRun("It is a file of settings, and no log of a run.", hint="Name the log, or its folder.")
        raise UnreadableRun("It is no table of text.", hint="Say how its lines are read with --pattern.")
    return "csv"


def _stated(path: Path) -> Stated:
    config, warnings = config_of(path)
    name = run_name(path)
    info = RunInfo(name, name, TableFiles.name, str(path), state="running" if is_being_written(path) else "unknown")
    return Stated(info, config, warnings=warnings)
