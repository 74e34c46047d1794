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
    records, damage = list[bytes](), Damage()
    at = 0
    while at < len(body):
        found, end = _run_of_records(body, at)
        records += found
        if end == len(body):
            break
        following = _next_record(body, end + 1)
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
    """Intact records from `at` on, and where they end. Checksums are compared all at once."""
    found, stated, ends = [], [], [at]
    size = len(body)
    while at + _HEAD + _TAIL <= size:
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


def _next_record(body: bytes, at: int) -> int | None:
    """The first offset from `at` on where a whole record is intact."""
    size = len(body)
    for start in range(at, size - _HEAD - _TAIL + 1):
        end = start + _HEAD + _LENGTH.unpack_from(body, start)[0]
        if end + _TAIL > size or _CRC.unpack_from(body, start + 8)[0] != masked_crc(body[start : start + 8]):
            continue
        if _CRC.unpack_from(body, end)[0] == masked_crc(body[start + _HEAD : end]):
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
