"""How is a run written as the store's files? As JSON that gives back every value, and Parquet for the rows.

What JSON can't hold is a mapping of one marked key: {"$float": "NaN"}; a mapping whose own key starts with "$" gets
one more "$". Beside the run's own fields, `run.json` has `rows`, how many there are, `last`, the last number
that each key logged, so that a listing needs no Parquet for them, and of long histories `whole`. How damage is found:
manifest.py.
"""

import io
import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib.util import find_spec
from typing import Any

import polars as pl

from runcompare.errors import UnreadableRun
from runcompare.records.figure import Figure, Provenance
from runcompare.records.history import AXES, History, Whole
from runcompare.records.last_row import last_value
from runcompare.records.run import (
    Alternative,
    Attempt,
    Claim,
    DeclaredMetric,
    Hardware,
    Log,
    Lost,
    Run,
    RunInfo,
    StageSpan,
)

__all__ = [
    "HISTORY",
    "RUN",
    "SYSTEM",
    "decode_figures",
    "decode_info",
    "decode_rows",
    "decode_run",
    "encode_rows",
    "encode_run",
    "last_numbers",
    "marked",
    "page_checksums",
    "unmarked",
]

RUN, HISTORY, SYSTEM = "run.json", "history.parquet", "system.parquet"  # the files of a version, beside its manifest
_ROWS = ("history", "system")
_PLAIN = {pl.Boolean, pl.String, pl.Null, pl.Float64, pl.Float32, pl.Int64, pl.Int32, pl.Int16, pl.Int8, pl.UInt8}
_ONE = {"hardware": Hardware, "lost": Lost}
_MANY = {"attempts": Attempt, "stages": StageSpan, "claims": Claim, "declared": DeclaredMetric}


def encode_run(run: Run) -> bytes:
    """The JSON of everything but the rows."""
    body = {f.name: marked(getattr(run, f.name)) for f in fields(run) if f.name not in _ROWS}
    body |= {"rows": len(run.history), "last": marked(last_numbers(run.history))}
    body |= {"whole": marked(run.history.whole)} if run.history.whole else {}
    return json.dumps(body, allow_nan=False, indent=1).encode()


def last_numbers(history: History) -> dict[str, int | float]:
    """The last value of each numeric key, and the last row's step."""
    columns = [c for c in history.frame.get_columns() if c.dtype.is_numeric() and c.name not in AXES[1:]]
    found = {column.name: last_value(column) for column in columns}
    return {key: v for key, v in found.items() if isinstance(v, int | float)}


def decode_run(body: bytes) -> Run:
    """The run of `encode_run`, without rows but with what is known of all that were logged. Raises UnreadableRun for
    JSON that is no run."""
    try:
        stored = {key: unmarked(value) for key, value in json.loads(body).items()}
        known = {f.name for f in fields(Run)}
        values: dict[str, Any] = {key: value for key, value in stored.items() if key in known}
        values |= {key: kind(**_tuples(values[key])) for key, kind in _ONE.items() if key in values}
        values["info"] = decode_info(stored["info"])
        values |= {key: tuple(kind(**x) for x in values[key]) for key, kind in _MANY.items() if key in values}
        for name in ("samples", "sample_keys"):
            values[name] = {key: tuple(some) for key, some in values.get(name, {}).items()}
        values["figures"] = decode_figures(values.get("figures", {}))
        values["alternatives"] = tuple(
            Alternative(x["name"], x["config"], decode_figures(x["figures"])) for x in values.get("alternatives", ())
        )
        values["warnings"] = tuple(values.get("warnings", ()))
        whole = {key: Whole(**_tuples(x)) for key, x in stored.get("whole", {}).items()}
        return Run(**values, history=History(whole=whole))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnreadableRun(f"This is no stored run: {error}.") from None


def decode_info(stored: Mapping[str, Any]) -> RunInfo:
    """From unmarked JSON data. Raises TypeError or AttributeError for what is no description of a run."""
    values = _tuples(dict(stored))
    return RunInfo(**{**values, "logs": tuple(Log(**log) for log in values.get("logs", ()))})


def page_checksums(frame: pl.DataFrame) -> bool:
    """Whether rows are written with a checksum a page: by pyarrow, if it is there and gives every type back."""
    return find_spec("pyarrow") is not None and all(t in _PLAIN for t in frame.dtypes)


def encode_rows(history: History) -> bytes:
    """zstd Parquet; 128-bit whole numbers become texts in a column called `KEY#int128`."""
    wide = [c for c, t in history.frame.schema.items() if t == pl.Int128]
    frame = history.frame.select(
        pl.col(c).cast(pl.String).alias(f"{c}#int128") if c in wide else pl.col(c) for c in history.frame.columns
    )
    out = io.BytesIO()
    if frame.width and page_checksums(frame):
        frame.write_parquet(out, compression="zstd", use_pyarrow=True, pyarrow_options={"write_page_checksum": True})
    else:
        frame.write_parquet(out, compression="zstd")
    return out.getvalue()


def decode_rows(body: bytes) -> pl.DataFrame:
    """The frame of `encode_rows`. Raises UnreadableRun for what is no Parquet."""
    try:
        frame = pl.read_parquet(io.BytesIO(body))
        return frame.select(
            pl.col(c).cast(pl.Int128).alias(c.removesuffix("#int128")) if c.endswith("#int128") else pl.col(c)
            for c in frame.columns
        )
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise UnreadableRun(f"These are no stored rows: {str(error).splitlines()[0]}.") from None


def marked(value: Any) -> Any:
    """Dataclasses, mappings and sequences as JSON data that `unmarked` undoes."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": repr(value)}
    if is_dataclass(value):
        return {f.name: marked(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {f"${k}" if str(k).startswith("$") else str(k): marked(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [marked(v) for v in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return marked(value.item()) if type(value).__module__ == "numpy" and value.ndim == 0 else str(value)


def unmarked(value: Any) -> Any:
    """The inverse of `marked`, but for the dataclasses."""
    if isinstance(value, dict):
        if len(value) == 1 and "$float" in value:
            return float(value["$float"])
        return {k[1:] if k.startswith("$") else k: unmarked(v) for k, v in value.items()}
    return [unmarked(v) for v in value] if isinstance(value, list) else value


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def decode_figures(stored: Mapping[str, Any]) -> dict[str, Figure]:
    """From unmarked JSON data."""
    return {key: Figure(**{**x, "provenance": Provenance(x["provenance"])}) for key, x in stored.items()}
