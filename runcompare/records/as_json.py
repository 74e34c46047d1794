"""What is a value, or a run, as strict JSON? The one conversion, for all that we print or write for other programs.

Non-finite numbers are the strings "NaN", "Infinity" and "-Infinity"; a key that a row did not log is not there.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import polars as pl

from runcompare.records.history import History
from runcompare.records.run import Run

__all__ = ["INFINITY", "JSON_SUFFIX", "NAN", "builtin", "json_text", "plain", "rows_of", "run_document"]

NAN, INFINITY = "NaN", "Infinity"  # what numbers that are not finite are written as

JSON_SUFFIX = "#json"  # of a column that holds what is no number, text or truth value, as JSON text
DEEPEST, TOO_DEEP = 120, "(nested too deeply)"  # levels that are written; a run's own data have 100 at most
_SEPARATE = ("history", "system", "lost", "warnings")


def run_document(run: Run) -> dict[str, Any]:
    """Everything that was read of a run: `run`, `history`, `system`, `lost`, `warnings`."""
    body = {f.name: plain(getattr(run, f.name)) for f in fields(run) if f.name not in (*_SEPARATE, "info")}
    return {
        "run": {**plain(run.info.shown()), **body},
        "history": list(rows_of(run.history)),
        "system": list(rows_of(run.system)),
        "lost": plain(run.lost),
        "warnings": list(run.warnings),
    }


def rows_of(history: History) -> Iterator[dict[str, Any]]:
    """Each row as it was logged, under the tracker's own keys."""
    frame = history.frame
    keys = [c.removesuffix(JSON_SUFFIX) for c in frame.columns]
    for row in zip(*(_values(frame[c]) for c in frame.columns), strict=True):
        yield {key: value for key, value in zip(keys, row, strict=True) if value is not None}


def _values(column: pl.Series) -> list[Any]:
    values = column.to_list()
    if column.name.endswith(JSON_SUFFIX):
        return [None if v is None else plain(_decoded(v)) for v in values]
    if column.name == "_rebuilt":
        return [v or None for v in values]
    if column.dtype.is_float() and not column.is_finite().all():
        return [plain(v) for v in values]
    return values


def _decoded(token: Any) -> Any:
    """The text itself if it is no JSON, or nested beyond what can be read."""
    try:
        return json.loads(token)
    except (ValueError, TypeError, RecursionError):
        return token


def json_text(value: Any) -> str:
    """`plain` data as an indented document that ends with a line break.

    All of it is ASCII: no control character that a run holds reaches a terminal, and half a surrogate pair survives.
    """
    return json.dumps(plain(value), indent=2, allow_nan=False) + "\n"


def builtin(value: Any) -> Any:
    """What msgspec knows no way to write, as it asks for it: a number of numpy as a number, the rest as its text."""
    return value.item() if type(value).__module__ == "numpy" and value.ndim == 0 else str(value)


def plain(value: Any, depth: int = 0) -> Any:
    """Dataclasses, mappings and sequences as JSON data, to 100 levels; what is none of JSON's kinds as its text."""
    if isinstance(value, float) and not math.isfinite(value):
        return NAN if math.isnan(value) else INFINITY if value > 0 else f"-{INFINITY}"
    if depth > DEEPEST:
        return TOO_DEEP
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name), depth + 1) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset | pl.Series):
        return [plain(v, depth + 1) for v in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
