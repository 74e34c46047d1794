"""Points of a log too long to be held, in the order of their steps: read again and again, some steps at a time.

A log comes in chunks, in the order written, of which it is known which steps each holds. The chunks that hold the
lowest steps are read, and of these as many points are held as fit, then those of the next steps. A log whose steps rise
is so read once; one whose keys count different things (epochs and batches) takes a few readings.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["PLACE", "Chunk", "Spans", "in_order", "spans_of"]

PLACE = "step"  # the column by which points are ordered
_CELLS = 8_000_000  # of the rows that are made at once

Spans = NDArray[np.int64]  # the lowest and the highest step of each key; shape (keys, 2)

Fewer = Callable[[pl.DataFrame], pl.DataFrame]


class Chunk(NamedTuple):
    """Some points of a log, and what reads them: a frame with their `step`."""

    spans: Spans
    read: Callable[[], pl.DataFrame]

    def meets(self, first: int, last: int) -> bool:
        """Whether a key has steps between these."""
        return bool(((self.spans[:, 0] <= last) & (self.spans[:, 1] >= first)).any())


def spans_of(keys: NDArray[np.int64], steps: NDArray[np.int64]) -> Spans:
    """The spans of points whose keys are told by numbers; shape (n,) both."""
    if not len(steps):
        return np.empty((0, 2), np.int64)
    order = np.argsort(keys, kind="stable")
    begins = np.flatnonzero(np.diff(keys[order], prepend=keys[order[0]] - 1))
    return np.stack([f.reduceat(steps[order], begins) for f in (np.minimum, np.maximum)], axis=1)


def in_order(chunks: Sequence[Chunk], keys: int, most: int, fewer: Fewer) -> Iterator[pl.DataFrame]:
    """All points, each step's together and in the order of the chunks, steps rising from frame to frame.

    Args:
        chunks: the log.
        keys: how many keys it has: they bound how many steps a frame holds.
        most: how many points are held.
        fewer: takes away points that don't count beside others of the same key and step; for a step with more than
            `most`.
    """
    first = min((int(chunk.spans[:, 0].min()) for chunk in chunks if len(chunk.spans)), default=None)
    top = max((int(chunk.spans[:, 1].max()) for chunk in chunks if len(chunk.spans)), default=0)
    while first is not None and first <= top:
        held = _Held(first, top, most, fewer)
        for chunk in chunks:
            if chunk.meets(held.first, held.last):
                held.add(chunk.read())
        yield from _parts(held.points(), max(1, _CELLS // max(keys, 1)))
        first = held.last + 1


@dataclass(slots=True)
class _Held:
    """The points of the lowest steps from `first` on, up to a `last` that comes down where they are too many."""

    first: int
    last: int
    most: int
    fewer: Fewer
    frames: list[pl.DataFrame] = field(default_factory=list)
    count: int = 0

    def add(self, frame: pl.DataFrame) -> None:
        found = frame.filter(pl.col(PLACE).is_between(self.first, self.last))
        self.frames.append(found)
        self.count += found.height
        if self.count > self.most:
            self._come_down()

    def _come_down(self) -> None:
        points = self.points()
        steps = points[PLACE].to_numpy()
        beyond = int(np.partition(steps, self.most)[self.most])
        lowest = int(steps.min())
        if beyond > lowest:
            self.last = beyond - 1
            points = points.filter(pl.col(PLACE) <= self.last)
        else:  # one step alone has too many
            self.last = lowest
            points = self.fewer(points.filter(pl.col(PLACE) == lowest))
            self.most = max(self.most, 2 * points.height)
        self.frames, self.count = [points], points.height

    def points(self) -> pl.DataFrame:
        return pl.concat(self.frames) if self.frames else pl.DataFrame({PLACE: pl.Series([], dtype=pl.Int64)})


def _parts(points: pl.DataFrame, rows: int) -> Iterator[pl.DataFrame]:
    """The same points, of at most so many steps at a time."""
    steps = points[PLACE].unique().sort()
    if len(steps) <= rows:
        yield points
        return
    for begin in range(0, len(steps), rows):
        part = steps[begin : begin + rows]
        yield points.filter(pl.col(PLACE).is_between(part[0], part[-1]))
