"""Scalars in TensorBoard's events, by tag.

Most events of a run are one scalar each, in one fixed order of fields: numpy takes those apart, thousands at a time.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from runcompare.sources.kit.points import Points

__all__ = ["NEVER", "Chunk", "Scalars", "Start", "compacted", "plain_scalars", "points_of"]

NEVER = int(np.iinfo(np.int64).max)
_SHORTEST, _LONGEST, _VARINT = 20, 128, 9  # bytes of a plain scalar, and of a step that is not negative


class Chunk(NamedTuple):
    """Some of a tag's points; arrays of shape (n,). `place` counts the file's records."""

    place: NDArray[np.int64]
    step: NDArray[np.int64]
    time: NDArray[np.float64]
    value: NDArray[Any]


Scalars = dict[bytes, list[Chunk]]


def compacted(found: Scalars) -> Scalars:
    """The same with one chunk a tag."""
    return {tag: chunks if len(chunks) == 1 else [_together(chunks)] for tag, chunks in found.items()}


def _together(chunks: Sequence[Chunk]) -> Chunk:
    return Chunk(*(np.concatenate(parts) for parts in zip(*chunks, strict=True)))


class Start(NamedTuple):
    """A session's start: it voids what earlier records hold of its step and later ones, as TensorBoard has it."""

    place: int
    step: int


def points_of(pieces: Iterable[Scalars], starts: Sequence[Start]) -> dict[str, Points]:
    """The points of a file's pieces by tag, without those that the sessions' starts void."""
    found: Scalars = {}
    for piece in pieces:
        for tag, chunks in piece.items():
            found.setdefault(tag, []).extend(chunks)
    return {tag.decode("utf-8", "backslashreplace"): _points(chunks, starts) for tag, chunks in found.items()}


def _points(chunks: Sequence[Chunk], starts: Sequence[Start]) -> Points:
    """In the order of the records; whole numbers stay whole if all are."""
    if len(chunks) == 1 and not starts:
        return Points(chunks[0].step, chunks[0].time, chunks[0].value)
    place, step, time, value = _together(chunks)
    order = np.argsort(place, kind="stable")
    if starts:
        # the lowest step of all starts that follow a point
        voided = np.minimum.accumulate([NEVER, *(start.step for start in reversed(starts))])[::-1]
        following = np.searchsorted([start.place for start in starts], place[order], side="left")
        order = order[(step[order] < voided[following]) | (following == len(starts))]
    return Points(step[order], time[order], value[order])


def plain_scalars(records: Sequence[bytes], before: int, found: Scalars) -> list[int]:
    """Take apart the records that are one float under a tag, many at a time, where so many records came before;
    returns the numbers of the others.

    Such a record is wall_time, step (left out where it is 0), summary { value { tag, simple_value } } with lengths of
    one byte; records of one length are the rows of a matrix of bytes.
    """
    lengths = np.fromiter(map(len, records), np.int64, len(records))
    taken = np.zeros(len(records), bool)
    for length in np.unique(lengths):
        numbers = np.flatnonzero(lengths == length)
        if not _SHORTEST <= length < _LONGEST:
            continue
        table = np.frombuffer(b"".join([records[i] for i in numbers.tolist()]), np.uint8).reshape(len(numbers), length)
        for width in range(_VARINT + 1):
            rows = _fitting(table, width)
            if rows.any():
                _take(table[rows], before + numbers[rows], width, found)
                taken[numbers[rows]] = True
    return [int(i) for i in np.flatnonzero(~taken)]


def _fitting(table: NDArray[np.uint8], width: int) -> NDArray[np.bool_]:
    """The rows of that structure whose step takes `width` bytes, 0 for none."""
    length = table.shape[1]
    at = 9 + (width + 1 if width else 0)  # where the summary begins
    if at + 6 + 5 >= length:  # no room for a tag
        return np.zeros(len(table), bool)
    fits: NDArray[np.bool_] = (
        (table[:, 0] == 0x09) & (table[:, at] == 0x2A) & (table[:, at + 2] == 0x0A) & (table[:, at + 4] == 0x0A)
    )
    fits &= (table[:, -5] == 0x15) & (table[:, at + 1] == length - at - 2) & (table[:, at + 3] == length - at - 4)
    fits &= table[:, at + 5] == length - at - 11
    if width:
        fits &= (table[:, 9] == 0x10) & (table[:, 9 + width] < 0x80) & (table[:, 10 : 9 + width] >= 0x80).all(1)
    return fits


def _take(table: NDArray[np.uint8], numbers: NDArray[np.int64], width: int, found: Scalars) -> None:
    at = 9 + (width + 1 if width else 0)
    times = np.ascontiguousarray(table[:, 1:9]).view("<f8").ravel().astype(np.float64)
    with np.errstate(invalid="ignore"):  # a signalling NaN is a NaN
        values = np.ascontiguousarray(table[:, -4:]).view("<f4").ravel().astype(np.float64)
    digits = (table[:, 10 : 10 + width] & 0x7F).astype(np.uint64) << (7 * np.arange(width, dtype=np.uint64))
    steps = digits.sum(1, dtype=np.uint64).view(np.int64)
    tags = np.ascontiguousarray(table[:, at + 6 : -5])
    names, which = np.unique(tags.view(f"V{tags.shape[1]}").ravel(), return_inverse=True)
    for i, name in enumerate(names):
        mine = which == i
        chunk = Chunk(numbers[mine], steps[mine], times[mine], values[mine])
        found.setdefault(name.tobytes(), []).append(chunk)
