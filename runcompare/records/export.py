"""The history rows of one or several runs as one table file."""

import io
import json
import re
from collections.abc import Sequence

import polars as pl

from runcompare.records.as_json import INFINITY, JSON_SUFFIX, NAN
from runcompare.records.run import Group

__all__ = ["clash", "csv_bytes", "no_formula", "numbers_apart", "one_frame", "parquet_bytes", "stack", "storable"]

# after white space, which some spreadsheets drop; the wide signs are formulas to East Asian ones
_FORMULA = "^(?:[\t\r\n]|\\s*[=+@\uff1d\uff0b\uff20\uff0d-])"
_NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-](inf|Infinity)"
_WORDS = {"NaN": NAN, "inf": INFINITY, "-inf": f"-{INFINITY}"}  # polars writes them otherwise


def one_frame(group: Group) -> pl.DataFrame:
    """All rows under one another; `_run` names the run where there are several."""
    frames = [run.history.frame for run in group.runs]
    if len(frames) == 1:
        return frames[0]
    named = [f.select(pl.lit(run.id).alias("_run"), pl.all()) for run, f in zip(group.runs, frames, strict=True)]
    return stack(named)


def stack(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Frames under one another; what one lacks is null.

    Whole numbers and fractions of one key become floats. Where a key holds numbers in one frame and texts or truth
    values in another, the numbers keep the key and the others go to `KEY#json`.
    """
    seen: dict[str, set[pl.DataType]] = {}
    for frame in frames:
        for name, dtype in frame.schema.items():
            seen.setdefault(name, set()).add(dtype)
    split = {name for name, types in seen.items() if clash(types)}
    parted = [numbers_apart(frame, split) for frame in frames]
    return pl.concat(parted, how="diagonal_relaxed") if parted else pl.DataFrame()


def clash(types: set[pl.DataType]) -> bool:
    """Whether a key of these types holds numbers and something else."""
    known = types - {pl.Null()}
    return len(known) > 1 and not all(t.is_numeric() for t in known)


def numbers_apart(frame: pl.DataFrame, names: set[str]) -> pl.DataFrame:
    """The frame with what is no number under these names in `KEY#json`."""
    for name in names & set(frame.columns):
        if frame.schema[name].is_numeric() or frame.schema[name] == pl.Null:
            continue
        texts = pl.Series(name + JSON_SUFFIX, [None if v is None else json.dumps(v) for v in frame[name].to_list()])
        if name + JSON_SUFFIX in frame.columns:
            texts = frame.select(pl.coalesce(texts, pl.col(name + JSON_SUFFIX))).to_series()
        frame = frame.drop(name).with_columns(texts)
    return frame


def no_formula(text: str) -> str:
    """A cell of a CSV file with `'` in front where a spreadsheet would take it for a formula. Numbers stay numbers."""
    return f"'{text}" if re.match(_FORMULA, text) and not re.fullmatch(_NUMBER, text) else text


def _no_formulas(column: pl.Expr) -> pl.Expr:
    """The same for a column of texts."""
    return (
        pl.when(column.str.contains(_FORMULA) & ~column.str.contains(f"^(?:{_NUMBER})$"))
        .then(pl.format("'{}", column))
        .otherwise(column)
    )


def storable(frame: pl.DataFrame) -> pl.DataFrame:
    """Without types that Parquet doesn't know: 128-bit whole numbers become decimals, or texts beyond 38 digits."""
    big = [c for c, t in frame.schema.items() if t == pl.Int128]
    fits = {c: bool(frame[c].cast(pl.String).str.strip_prefix("-").str.len_bytes().max() <= 38) for c in big}  # type: ignore[operator]
    return frame.with_columns(pl.col(c).cast(pl.Decimal(38, 0) if fits[c] else pl.String) for c in big)


def parquet_bytes(group: Group) -> bytes:
    out = io.BytesIO()
    storable(one_frame(group)).write_parquet(out, compression="zstd")
    return out.getvalue()


def csv_bytes(group: Group) -> bytes:
    """A header line and the rows; blank is not logged, NaN and Infinity are words. No cell is a formula."""
    frame = one_frame(group)
    odd = [c for c, t in frame.schema.items() if t.is_float() and not frame[c].is_finite().all()]
    worded = frame.with_columns(
        *(pl.col(c).cast(pl.String).replace(_WORDS) for c in odd),
        *(_no_formulas(pl.col(c)) for c, t in frame.schema.items() if t == pl.String),
    )
    worded = worded.rename({c: name for c in worded.columns if (name := no_formula(c)) != c})
    return worded.write_csv().encode() if frame.width else b""
