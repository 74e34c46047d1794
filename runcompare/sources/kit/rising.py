"""Times that don't come in their order, put in it some at a time: a run of millions of rows has as many."""

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from runcompare.sources.kit.by_steps import PLACE, Chunk, in_order
from runcompare.sources.kit.packed import Packed, unpack

__all__ = ["rising"]

_MOST = 250_000  # times that are held at once
_SIGN = np.int64(2**63 - 1)


def rising(pieces: Iterable[NDArray[np.float64]]) -> Iterator[NDArray[np.float64]]:
    """The finite times of all pieces, none before those that were given earlier; packed as far as they fit meanwhile.

    A time that stands more often than can be held is given fewer times.
    """
    packed = Packed()
    finite = (times[np.isfinite(times)] for times in pieces)
    chunks = [_chunk(times, packed) for times in finite if len(times)]
    for frame in in_order(chunks, 1, _MOST, lambda same: same.head(1)):
        yield _flipped(frame[PLACE].to_numpy()).view(np.float64)


def _chunk(times: NDArray[np.float64], packed: Packed) -> Chunk:
    bits = np.sort(_flipped(times.view(np.int64)))
    frame = pl.DataFrame({PLACE: bits})
    body = packed.packed(frame)
    read = frame.clone if body is None else partial(unpack, body)
    return Chunk(bits[[0, -1]].reshape(1, 2), read)


def _flipped(bits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Bits of floats as whole numbers of the same order, and back."""
    return np.where(bits < 0, bits ^ _SIGN, bits)
