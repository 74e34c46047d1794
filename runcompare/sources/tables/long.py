"""A long table, one value a line (`step, metric, value`), made wide: one row a step, one column a metric.

What a step holds twice of one metric makes another row of that step, so that nothing gives way. A column such as
`split` or `phase` goes in front of the metric's name: `val/loss`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from runcompare.records.as_json import JSON_SUFFIX
from runcompare.records.column_names import as_column
from runcompare.records.columns import Frame, Part, frame_of_objects, frame_of_parts
from runcompare.sources.tables.axes import Axes, Table, find_axes, is_axis_name

__all__ = ["LongColumns", "keys_of", "long_columns", "made_wide"]

_NAMES = ("metric", "metric_name", "key", "tag", "variable", "name")
_VALUES = ("value", "metric_value")
_FRONT = ("split", "phase", "subset", "stage", "context", "mode")
_IGNORED = ("is_nan", "unit", "type", "experiment_id")
Ints = NDArray[np.int64]


class LongColumns(NamedTuple):
    """The columns of a long table that hold the metrics' names and their values."""

    name: str
    value: str


def long_columns(names: Sequence[str]) -> LongColumns | None:
    """The columns of metrics' names and of values, if that and axes is all that a table has."""
    plain = {name.strip().lower(): name for name in reversed(names)}
    name = next((plain[n] for n in _NAMES if n in plain), None)
    value = next((plain[n] for n in _VALUES if n in plain), None)
    known = {n for n in (*_FRONT, *_IGNORED) if n in plain}
    others = [n for p, n in plain.items() if n not in (name, value) and p not in known]
    odd = [n for n in others if not is_axis_name(n) and n != f"{value}{JSON_SUFFIX}"]
    return None if name is None or value is None or odd else LongColumns(name, value)


def made_wide(table: Table, known: Axes | None = None) -> Table:
    """The same as a wide table; what is not long stays as it is. Lines without a name or a value are left out. `known`
    are the axes, where these are some of the lines."""
    found = long_columns(table.frame.columns)
    if found is None or table.frame.schema[found[0]] != pl.String:
        return table
    name, value = found
    frame = table.frame.filter(pl.col(name).is_not_null())
    axes = [c for c in frame.columns if is_axis_name(c)]
    keys = keys_of(frame, name)
    row, first = _rows(frame, keys, known or find_axes(frame))
    wide, notes = _values(frame[value], keys, row, len(first))
    left_out = [c for c in frame.columns if c.strip().lower() in _IGNORED]
    notes += [f"The columns {', '.join(left_out)} of the long table were left out."] if left_out else []
    whole = frame.select(axes)[first].hstack(wide)
    return Table(whole, table.lost, (*table.warnings, *notes))


def keys_of(frame: pl.DataFrame, name: str) -> list[str]:
    """The metric of each line, with its split in front; `name` is the column of the metrics' names."""
    front = [c for c in frame.columns if c.strip().lower() in _FRONT and frame.schema[c] == pl.String]
    if not front:
        return frame[name].to_list()
    whole = pl.concat_str([*front, name], separator="/", ignore_nulls=True)
    return frame.select(whole).to_series().to_list()


def _rows(frame: pl.DataFrame, keys: Sequence[str], found: Axes) -> tuple[Ints, Ints]:
    """The row that each line goes to, and the first line of each row, in the order of steps.

    Lines of one run and step share a row; without steps, those that stand between two of the same metric.
    """
    at: dict[tuple[object, ...], int] = {}
    seen: dict[tuple[object, ...], int] = {}
    row, first = np.empty(frame.height, dtype=np.int64), list[int]()
    places = frame.select(c for c in (found.run, found.step) if c is not None)
    cells = places.iter_rows() if places.width else ((),) * frame.height
    for i, (place, key) in enumerate(zip(cells, keys, strict=True)):
        again = seen[(*place, key)] = seen.get((*place, key), -1) + 1
        row[i] = at.setdefault((*place, again), len(at))
        if row[i] == len(first):
            first.append(i)
    if found.step is None:
        return row, np.array(first, dtype=np.int64)
    order = frame[found.step].gather(first).arg_sort().to_numpy().astype(np.int64)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[row], np.array(first, dtype=np.int64)[order]


def _values(column: pl.Series, keys: Sequence[str], row: Ints, height: int) -> Frame:
    """A column for each key; `row` is the row that each line's value goes to, shape (n_lines,)."""
    by_key: dict[str, list[int]] = {}
    for i, key in enumerate(keys):
        by_key.setdefault(as_column(key), []).append(i)
    known = column.is_not_null().to_numpy()
    if column.dtype == pl.String:  # JSON tokens
        lines = {key: np.array(some)[known[some]] for key, some in by_key.items()}
        return frame_of_parts({k: [Part(row[at], column.gather(at).to_list())] for k, at in lines.items()}, height)
    values = column.to_list()
    cells = {key: ([int(row[i]) for i in some], [values[i] for i in some]) for key, some in by_key.items()}
    return frame_of_objects(cells, height)
