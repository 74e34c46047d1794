"""The framing of TensorBoard's event files (TFRecord), read past damage.

A record is a u64 length, the masked CRC-32C of those 8 bytes, the data, and the masked CRC-32C of the data, little
endian. Records follow one another without a mark, so behind damage every offset is tried until a length and its
checksum fit.
"""

import struct
from dataclasses import dataclass
from typing import NamedTuple

import google_crc32c
import numpy as np

__all__ = ["Damage", "Records", "masked_crc", "read_records"]

_LENGTH = struct.Struct("<Q")
_CRC = struct.Struct("<I")
_HEAD, _TAIL = 12, 4
_DELTA = 0xA282EAD8
_FEW = 64  # records
_EFFORT = 100


@dataclass(slots=True)
class Damage:
    """Stretches that hold no intact record (each one record at least) and their bytes; `tail` counts the bytes of a
    record that the file ends inside of, which are not among `bytes`."""

    records: int = 0
    bytes: int = 0
    tail: int = 0


class Records(NamedTuple):
    """The data of the intact records in order, and what could not be used."""

    records: list[bytes]
    damage: Damage


def masked_crc(data: bytes) -> int:
    """CRC-32C, rotated and shifted as TFRecord stores it."""
    crc = int(google_crc32c.value(data))
    return ((crc >> 15 | crc << 17) + _DELTA) & 0xFFFFFFFF


def read_records(body: bytes) -> Records:
    """All readable records of a file."""
    records, damage, search = list[bytes](), Damage(), _Search(body)
    at = 0
    while at < len(body):
        found, end = _run_of_records(body, at)
        records += found
        if end == len(body):
            break
        following = _behind(body, end)
        if following is None:
            following = search.next_record(end + 1)
        if following is None:
            _count_end(body, end, damage)
            break
        damage.records += 1
        damage.bytes += following - end
        at = following
    return Records(records, damage)


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


def _behind(body: bytes, at: int) -> int | None:
    """Where the damaged record at `at` ends, if its length is intact and the next one's is too."""
    following = _end_of(body, at)
    return following if following is not None and _end_of(body, following) is not None else None


def _end_of(body: bytes, at: int) -> int | None:
    """Where a record ends whose length is intact; None for any other."""
    if at + _HEAD + _TAIL > len(body):
        return None
    end = at + _HEAD + int(_LENGTH.unpack_from(body, at)[0]) + _TAIL
    is_intact = end <= len(body) and _CRC.unpack_from(body, at + 8)[0] == masked_crc(body[at : at + 8])
    return end if is_intact else None


class _Search:
    """Looks for records at every offset. What it computes checksums of is bounded by the file's size, many times over,
    so that a file made for it can't keep it busy for hours."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.left = _EFFORT * len(body)

    def next_record(self, at: int) -> int | None:
        """The first offset from `at` on where a whole record is intact; None if there is none, or none was found in
        time."""
        for start in range(at, len(self.body) - _HEAD - _TAIL + 1):
            end = _end_of(self.body, start)
            if end is None:
                continue
            self.left -= end - start
            if self.left < 0:
                return None
            data = self.body[start + _HEAD : end - _TAIL]
            if _CRC.unpack_from(self.body, end - _TAIL)[0] == masked_crc(data):
                return start
        return None


def _count_end(body: bytes, at: int, damage: Damage) -> None:
    """What is left is a record that the file ends inside of, if its length says so, else damage."""
    left = len(body) - at
    torn = left < _HEAD
    if not torn:
        end = at + _HEAD + _LENGTH.unpack_from(body, at)[0] + _TAIL
        torn = end > len(body) and _CRC.unpack_from(body, at + 8)[0] == masked_crc(body[at : at + 8])
    if torn:
        damage.tail += left
    else:
        damage.records += 1
        damage.bytes += left
