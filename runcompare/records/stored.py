"""A run as the store's files: JSON that gives back every value, and Parquet for the rows.

What JSON can't hold is a mapping of one marked key: {"$float": "NaN"}; a mapping whose own key starts with "$" gets
one more "$".
"""

import io
import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import polars as pl

from runcompare.errors import UnreadableRun
from runcompare.records.figure import Figure, Provenance
from runcompare.records.history import History
from runcompare.records.run import Alternative, Attempt, Claim, Hardware, Lost, Run, RunInfo, StageSpan

__all__ = ["decode_rows", "decode_run", "encode_rows", "encode_run"]

_ROWS = ("history", "system")
_ONE = {"info": RunInfo, "hardware": Hardware, "lost": Lost}
_MANY = {"attempts": Attempt, "stages": StageSpan, "claims": Claim}


def encode_run(run: Run) -> bytes:
    """Everything but the rows."""
    body = {f.name: _out(getattr(run, f.name)) for f in fields(run) if f.name not in _ROWS}
    return json.dumps(body, allow_nan=False, indent=1).encode()


def decode_run(body: bytes) -> Run:
    """The inverse, without rows. Raises UnreadableRun for JSON that is no run."""
    try:
        stored = {key: _in(value) for key, value in json.loads(body).items()}
        known = {f.name for f in fields(Run)}
        values: dict[str, Any] = {key: value for key, value in stored.items() if key in known}
        values |= {key: kind(**_tuples(values[key])) for key, kind in _ONE.items() if key in values}
        values |= {key: tuple(kind(**x) for x in values[key]) for key, kind in _MANY.items() if key in values}
        values["samples"] = {key: tuple(some) for key, some in values.get("samples", {}).items()}
        values["figures"] = _figures(values.get("figures", {}))
        values["alternatives"] = tuple(
            Alternative(x["name"], x["config"], _figures(x["figures"])) for x in values.get("alternatives", ())
        )
        values["warnings"] = tuple(values.get("warnings", ()))
        return Run(**values)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnreadableRun(f"This is no stored run: {error}.") from None


def encode_rows(history: History) -> bytes:
    """zstd Parquet; 128-bit whole numbers travel as texts under a marked name."""
    wide = [c for c, t in history.frame.schema.items() if t == pl.Int128]
    frame = history.frame.select(
        pl.col(c).cast(pl.String).alias(f"{c}#int128") if c in wide else pl.col(c) for c in history.frame.columns
    )
    out = io.BytesIO()
    frame.write_parquet(out, compression="zstd")
    return out.getvalue()


def decode_rows(body: bytes) -> pl.DataFrame:
    """Raises UnreadableRun for what is no Parquet."""
    try:
        frame = pl.read_parquet(io.BytesIO(body))
        return frame.select(
            pl.col(c).cast(pl.Int128).alias(c.removesuffix("#int128")) if c.endswith("#int128") else pl.col(c)
            for c in frame.columns
        )
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise UnreadableRun(f"These are no stored rows: {str(error).splitlines()[0]}.") from None


def _out(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": repr(value)}
    if is_dataclass(value):
        return {f.name: _out(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {f"${k}" if str(k).startswith("$") else str(k): _out(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_out(v) for v in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _in(value: Any) -> Any:
    if isinstance(value, dict):
        if len(value) == 1 and "$float" in value:
            return float(value["$float"])
        return {k[1:] if k.startswith("$") else k: _in(v) for k, v in value.items()}
    return [_in(v) for v in value] if isinstance(value, list) else value


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def _figures(stored: Mapping[str, Any]) -> dict[str, Figure]:
    return {key: Figure(**{**x, "provenance": Provenance(x["provenance"])}) for key, x in stored.items()}
