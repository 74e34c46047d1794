"""Rows that are read again and again, packed in memory as far as they fit; the others are read anew."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

__all__ = ["Body", "Packed", "pack", "unpack"]

_MOST = 1 << 26  # packed bytes of a run; a row of a few numbers takes about five
_NUMBERS = (pl.Int64, pl.Float64)


class Body(NamedTuple):
    """A packed frame."""

    data: bytes
    plain: Mapping[str, pl.DataType]  # the columns of differences, and their types


@dataclass(slots=True)
class Packed:
    """How much of a run is packed so far."""

    size: int = 0

    def packed(self, frame: pl.DataFrame) -> Body | None:
        """The frame packed; None where it doesn't fit, and for all that come later."""
        body = pack(frame) if self.size < _MOST else None
        self.size += _MOST if body is None else len(body.data)
        return body


def pack(frame: pl.DataFrame) -> Body | None:
    """The frame in few bytes: of columns of numbers the differences, for steps and times rise evenly. None for what
    polars can't write."""
    plain = [c.name for c in frame.iter_columns() if c.dtype in _NUMBERS and not c.null_count()]
    found = io.BytesIO()
    try:
        frame.with_columns(map(_differences, frame.select(plain).iter_columns())).write_ipc(found, compression="zstd")
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None
    return Body(found.getvalue(), {name: frame.schema[name] for name in plain})


def unpack(body: Body) -> pl.DataFrame:
    """What was packed."""
    frame = pl.read_ipc(io.BytesIO(body.data))
    return frame.with_columns(_summed(frame[name], kind) for name, kind in body.plain.items())


def _differences(column: pl.Series) -> pl.Series:
    """Of numbers as whole numbers of 64 bits, around which they may run: the first, and how much each next is more."""
    return pl.Series(column.name, np.diff(column.to_numpy().view(np.int64), prepend=np.int64(0)))


def _summed(column: pl.Series, kind: pl.DataType) -> pl.Series:
    bits = np.cumsum(column.to_numpy())
    return pl.Series(column.name, bits if kind == pl.Int64 else bits.view(np.float64))
