"""The history rows of one or several runs as one table file."""

import io

import polars as pl

from runcompare.records.run import Group

__all__ = ["csv_bytes", "one_frame", "parquet_bytes", "storable"]

_WORDS = {"NaN": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def one_frame(group: Group) -> pl.DataFrame:
    """All rows under one another; `_run` names the run where there are several."""
    frames = [run.history.frame for run in group.runs]
    if len(frames) == 1:
        return frames[0]
    named = [f.select(pl.lit(run.id).alias("_run"), pl.all()) for run, f in zip(group.runs, frames, strict=True)]
    return pl.concat(_same_types(named), how="diagonal")


def _same_types(frames: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """A key that one run logged as whole numbers and another as fractions or texts takes the wider type of both."""
    types: dict[str, set[pl.DataType]] = {}
    for frame in frames:
        for name, dtype in frame.schema.items():
            if dtype != pl.Null:
                types.setdefault(name, set()).add(dtype)
    wide = {
        name: (pl.Float64() if all(t.is_numeric() for t in seen) else pl.String())
        for name, seen in types.items()
        if len(seen) > 1
    }
    kept = {name: wide.get(name, next(iter(seen))) for name, seen in types.items()}
    return [f.with_columns(pl.col(c).cast(kept.get(c, pl.Null())) for c in f.columns) for f in frames]


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
    """A header line and the rows; blank is not logged, NaN and Infinity are words."""
    frame = one_frame(group)
    odd = [c for c, t in frame.schema.items() if t.is_float() and not frame[c].is_finite().all()]
    worded = frame.with_columns(pl.col(c).cast(pl.String).replace(_WORDS) for c in odd)
    return worded.write_csv().encode() if frame.width else b""
