"""The framing of TensorBoard's event files (TFRecord), read past damage, some megabytes at a time.

A record is a u64 length, the masked CRC-32C of those 8 bytes, the data, and the masked CRC-32C of the data, little
endian. Records follow one another without a mark, so behind damage every offset is tried until a length and its
checksum fit.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

import google_crc32c
import numpy as np
from numpy.typing import NDArray

from runcompare.records.budgets import check_unfolded

__all__ = ["Damage", "Piece", "masked_crc", "read_pieces"]

_LENGTH = struct.Struct("<Q")
_CRC = struct.Struct("<I")
_HEAD, _TAIL = 12, 4
_DELTA = 0xA282EAD8
_FEW = 64  # records
_EFFORT = 100
_PIECE = 1 << 22  # bytes


@dataclass(slots=True)
class Damage:
    """Stretches that hold no intact record (each one record at least) and their bytes; `tail` counts the bytes of a
    record that the file ends inside of, which are not among `bytes`."""

    records: int = 0
    bytes: int = 0
    tail: int = 0

    def add(self, other: "Damage") -> None:
        """Count what another piece of the file lost."""
        self.records += other.records
        self.bytes += other.bytes
        self.tail += other.tail


@dataclass(slots=True)
class Piece:
    """The data of intact records in order, from which byte to which they stand, and what there could not be used."""

    begin: int
    end: int
    records: list[bytes] = field(default_factory=list)
    damage: Damage = field(default_factory=Damage)


def masked_crc(data: bytes) -> int:
    """CRC-32C, rotated and shifted as TFRecord stores it."""
    crc = int(google_crc32c.value(data))
    return ((crc >> 15 | crc << 17) + _DELTA) & 0xFFFFFFFF


def read_pieces(file: BinaryIO, begin: int = 0, end: int | None = None) -> Iterator[Piece]:
    """All readable records of a file, or of a piece of it that was read before. Raises UnreadableRun for a record that
    is too large to be read."""
    body = _Body(file, begin, file.seek(0, 2) if end is None else end)
    search, at, piece = _Search(body), begin, Piece(begin, begin)
    while at < body.end:
        found, at = body.records(at)
        piece.records += found
        ends = body.end_of(at) or 0
        if piece.records and (ends > body.loaded or at - piece.begin >= _PIECE):
            piece.end = at
            yield piece
            piece = Piece(at, at)
        if ends > body.loaded:
            body.load(at, ends - at)
        elif at < body.end:
            at = _over_damage(body, search, at, piece.damage)
    piece.end = at
    yield piece


def _over_damage(body: "_Body", search: "_Search", at: int, damage: Damage) -> int:
    """Where records go on behind the damage at `at`, which is counted; the end where they don't."""
    following = body.end_of(at)  # of a record whose length is intact, if the next one's is too
    if following is None or body.end_of(following) is None:
        following = search.next_record(at + 1)
    if following is None:
        _count_end(body, at, damage)
        return body.end
    damage.records += 1
    damage.bytes += following - at
    return following


class _Body:
    """The bytes of a file up to `end`, of which some megabytes are in memory."""

    def __init__(self, file: BinaryIO, begin: int, end: int) -> None:
        self.file, self.end = file, end
        self.begin, self.data = begin, b""

    def load(self, at: int, least: int) -> None:
        """Have the bytes from `at` on, `least` or more of them, in memory."""
        check_unfolded("A record of the file", least)
        self.begin, self.data = at, self.read(at, max(least, _PIECE))

    @property
    def loaded(self) -> int:
        """Where those in memory end."""
        return self.begin + len(self.data)

    def read(self, at: int, size: int) -> bytes:
        """Bytes from memory, else from the file; fewer at its end."""
        if self.begin <= at and at + size <= self.loaded:
            return self.data[at - self.begin : at - self.begin + size]
        self.file.seek(at)
        return self.file.read(max(0, min(size, self.end - at)))

    def records(self, at: int) -> "_Stretch":
        """Intact records from `at` on, as far as they are in memory."""
        if not self.begin <= at < self.loaded:
            self.load(at, 0)
        found, end = _run_of_records(self.data, at - self.begin)
        return _Stretch(found, self.begin + end)

    def end_of(self, at: int) -> int | None:
        """Where a record ends whose length is intact; None for any other."""
        head = self.read(at, _HEAD)
        if at + _HEAD + _TAIL > self.end or len(head) < _HEAD:
            return None
        end = at + _HEAD + int(_LENGTH.unpack_from(head)[0]) + _TAIL
        return end if end <= self.end and _has_checksum(head) else None


def _has_checksum(head: bytes) -> bool:
    return bool(_CRC.unpack_from(head, 8)[0] == masked_crc(head[:8]))


class _Stretch(NamedTuple):
    records: list[bytes]
    end: int


def _run_of_records(body: bytes, at: int) -> _Stretch:
    """Intact records from `at` on, and where they end.

    Checksums are compared for many records at once, for more and more of them: where every second record is damaged,
    none is computed again and again.
    """
    found: list[bytes] = []
    most = _FEW
    while True:
        some, end = _some_records(body, at, most)
        found += some
        if len(some) < most:
            return _Stretch(found, end)
        at, most = end, most * 2


def _some_records(body: bytes, at: int, most: int) -> _Stretch:
    """At most so many of them."""
    found: list[bytes] = []
    stated, ends = list[bytes](), [at]
    size = len(body)
    while at + _HEAD + _TAIL <= size and len(found) < most:
        end = at + _HEAD + _LENGTH.unpack_from(body, at)[0]
        if end + _TAIL > size:
            break
        found.append(body[at + _HEAD : end])
        stated.append(body[end : end + _TAIL])
        at = end + _TAIL
        ends.append(at)
    crcs = np.fromiter(map(google_crc32c.value, found), np.uint32, len(found))
    masked = (crcs >> np.uint32(15) | crcs << np.uint32(17)) + np.uint32(_DELTA)
    wrong = np.flatnonzero(masked != np.frombuffer(b"".join(stated), "<u4"))
    good = int(wrong[0]) if len(wrong) else len(found)
    return _Stretch(found[:good], ends[good])


class _Search:
    """Looks for records at every offset. What it computes checksums of is bounded by the file's size, many times over,
    so that a file made for it can't keep it busy for hours."""

    def __init__(self, body: _Body) -> None:
        self.body = body
        self.left = _EFFORT * body.end

    def next_record(self, at: int) -> int | None:
        """The first offset from `at` on where a whole record is intact; None if there is none, or none was found in
        time."""
        end = self.body.end
        for base in range(at, end - _HEAD - _TAIL + 1, _PIECE):
            window = self.body.read(base, _PIECE + _HEAD - 1)
            if not window.strip(b"\0"):  # whose checksum is none of a length
                continue
            for start, length in _lengths_in(window, end - base):
                self.left -= length
                if self.left < 0:
                    return None
                data = self.body.read(base + start + _HEAD, length + _TAIL)
                if _CRC.unpack_from(data, length)[0] == masked_crc(data[:length]):
                    return base + start
        return None


def _lengths_in(window: bytes, most: int) -> Iterator[tuple[int, int]]:
    """Offsets at which the length of a record stands that ends within `most` bytes, with its right checksum; and it."""
    raw = np.frombuffer(window, np.uint8)
    count = len(raw) - _HEAD + 1
    if count < 1:
        return
    starts = np.flatnonzero((raw[5 : 5 + count] | raw[6 : 6 + count] | raw[7 : 7 + count]) == 0)
    lengths, stated = _whole_numbers(raw, starts, 8), _whole_numbers(raw, starts + 8, 4)
    different, which = np.unique(lengths, return_inverse=True)
    right = np.array([masked_crc(_LENGTH.pack(length)) for length in different.tolist()], np.int64)
    fits = (right[which] == stated) & (starts + lengths + _HEAD + _TAIL <= most) if len(starts) else starts > 0
    yield from zip(starts[fits].tolist(), lengths[fits].tolist(), strict=True)


def _whole_numbers(raw: NDArray[np.uint8], starts: NDArray[np.intp], size: int) -> NDArray[np.int64]:
    """The numbers of so many bytes that stand there."""
    found = np.zeros(len(starts), np.int64)
    for i in range(min(size, 5)):  # what is longer is no length
        found |= raw[starts + i].astype(np.int64) << 8 * i
    return found


def _count_end(body: _Body, at: int, damage: Damage) -> None:
    """What is left is a record that the file ends inside of, if its length says so, else damage."""
    left = body.end - at
    head = body.read(at, _HEAD)
    torn = left < _HEAD
    if not torn:
        torn = at + _HEAD + _LENGTH.unpack_from(head)[0] + _TAIL > body.end and _has_checksum(head)
    if torn:
        damage.tail += left
    else:
        damage.records += 1
        damage.bytes += left
