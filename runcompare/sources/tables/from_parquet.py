"""A polars frame of any types as a typed table: numbers, truth values and texts; anything else as JSON text."""

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from runcompare.errors import UnreadableRun
from runcompare.records.as_json import JSON_SUFFIX, plain
from runcompare.records.budgets import check_cells
from runcompare.records.column_names import TAKEN_SUFFIX, as_column
from runcompare.records.columns import frame_of_objects
from runcompare.records.run import Lost
from runcompare.sources.tables.axes import Table

__all__ = ["parquet_pieces", "table_of_frame", "table_of_parquet"]

_PIECE = 200_000  # rows


def table_of_parquet(data: bytes, rows: int | None = None) -> Table:
    """The table, or its first `rows`. Where the whole can't be read, the columns that can. Raises UnreadableRun."""
    with _quiet():
        try:
            if rows is None:
                _check_size(data)
            return table_of_frame(pl.read_parquet(io.BytesIO(data), n_rows=rows, use_pyarrow=False))
        except _FAILS as error:
            whole = error
        kept, gone = _columns(data, rows)
    if not kept or len({frame.height for frame in kept}) > 1:
        raise UnreadableRun(f"Its Parquet data can't be read: {_first_line(whole)}.")
    table = table_of_frame(pl.concat(kept, how="horizontal"))
    damaged = f"{len(gone)} columns are damaged: {', '.join(map(repr, gone[:6]))}{' ...' if len(gone) > 6 else ''}."
    return Table(table.frame, Lost(len(gone) * kept[0].height), (damaged, *table.warnings))


def _check_size(data: bytes) -> None:
    """Raises UnreadableRun, and what polars raises for damage."""
    file = io.BytesIO(data)
    height = int(pl.scan_parquet(file).select(pl.len()).collect().item())
    check_cells(height, len(pl.read_parquet_schema(io.BytesIO(data))))


def parquet_pieces(path: Path, most: int) -> Callable[[], Iterator[Table]] | None:
    """What gives a file of more than `most` rows in pieces; None for a shorter or a damaged one.

    Columns of lists and the like are no part of it: what of them is a table is known of the whole.
    """
    with _quiet():
        try:
            lazy = pl.scan_parquet(path, glob=False)
            height = int(lazy.select(pl.len()).collect().item())
            schema = lazy.collect_schema()
        except _FAILS:
            return None
    if height <= most or any(kind.is_nested() or kind == pl.Binary for kind in schema.values()):
        return None

    def pieces() -> Iterator[Table]:
        for begin in range(0, height, _PIECE):
            try:
                with _quiet():
                    frame = pl.scan_parquet(path, glob=False).slice(begin, _PIECE).collect()
            except _FAILS as error:
                raise UnreadableRun(f"Its Parquet data can't be read: {_first_line(error)}.") from None
            yield table_of_frame(frame)

    return pieces


class _Columns(NamedTuple):
    """A frame for each column that can be read, and the names of the others."""

    kept: list[pl.DataFrame]
    gone: list[str]


def _columns(data: bytes, rows: int | None) -> _Columns:
    kept: list[pl.DataFrame] = []
    gone: list[str] = []
    try:
        names = list(pl.read_parquet_schema(io.BytesIO(data)))
    except _FAILS:
        return _Columns(kept, gone)
    for name in names:
        try:
            kept.append(pl.read_parquet(io.BytesIO(data), columns=[name], n_rows=rows, use_pyarrow=False))
        except _FAILS:
            gone.append(name)
    return _Columns(kept, gone)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what polars' threads print to the process's stderr when damaged data makes them panic."""
    try:
        screen = os.dup(2)
    except OSError:  # there is no stderr
        yield
        return
    if sys.stderr is not None:
        sys.stderr.flush()
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(screen, 2)
        os.close(screen)


_FAILS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError, OverflowError)


def _first_line(error: BaseException) -> str:
    """What an error says; of a panic, which speaks of polars' own code, that the data are damaged."""
    line = (str(error).splitlines() or [type(error).__name__])[0][:200]
    is_panic = "Panic" in type(error).__name__ or "Panic" in line or "assertion" in line
    return "they are damaged" if is_panic else line


def table_of_frame(frame: pl.DataFrame) -> Table:
    """Wholly empty columns are left out; texts of `KEY#json` stay if they are JSON, as our own exports have them."""
    made: list[pl.Series] = []
    warnings: list[str] = []
    for column in frame.iter_columns():
        if column.null_count() < len(column):
            typed = _typed(column.alias(_name(column)))
            made += typed.columns
            warnings += typed.warnings
    names = [series.name for series in made]
    if len(set(names)) < len(names):
        made = list({series.name: series for series in reversed(made)}.values())[::-1]
    return Table(pl.DataFrame(made), warnings=tuple(warnings))


def _name(column: pl.Series) -> str:
    name = as_column(column.name)
    return name if not name.endswith(JSON_SUFFIX) or _is_json(column) else name + TAKEN_SUFFIX


def _is_json(column: pl.Series) -> bool:
    if column.dtype != pl.String:
        return False
    try:
        return all(json.loads(text) is not ... for text in column.drop_nulls())
    except (ValueError, RecursionError):
        return False


class _Typed(NamedTuple):
    columns: list[pl.Series]
    warnings: list[str]


def _typed(column: pl.Series) -> _Typed:
    kind = column.dtype
    if kind == pl.Binary:
        return _Typed([], [f"'{column.name}' holds bytes: left out."])
    simple = _simple(column)
    if simple is not None:
        return _Typed([simple], [])
    known = column.is_not_null().arg_true()
    cells = {column.name: (known.to_list(), [_plain(v) for v in column.gather(known).to_list()])}
    frame, warnings = frame_of_objects(cells, len(column))
    return _Typed(frame.get_columns(), warnings)


def _simple(column: pl.Series) -> pl.Series | None:
    """A column of numbers, texts, truth values or times; None for any other type."""
    kind = column.dtype
    if kind in (pl.Boolean, pl.String) or kind.is_temporal():
        return _duration_s(column) if kind == pl.Duration else column
    if kind.is_integer():
        return _whole(column)
    if kind.is_decimal():
        return _whole(column.cast(pl.Int128)) if kind.scale == 0 else column.cast(pl.Float64)  # type: ignore[attr-defined]
    if kind.is_float():
        return column.cast(pl.Float64)
    return column.cast(pl.String) if kind in (pl.Categorical, pl.Enum) else None


def _plain(value: Any) -> Any:
    """Python values as JSON has them; numbers that are not finite stay numbers at the top."""
    return value if isinstance(value, float) else plain(value)


def _whole(column: pl.Series) -> pl.Series:
    """64 bits where they are enough."""
    narrow = column.cast(pl.Int64, strict=False)
    return narrow if narrow.null_count() == column.null_count() else column.cast(pl.Int128)


def _duration_s(column: pl.Series) -> pl.Series:
    return column.dt.total_microseconds() / 1e6
