"""Event files made fast, byte by byte as TensorBoard's writer makes them."""

import struct
from collections.abc import Iterable

import google_crc32c

from runcompare.sources.tensorboard.framing import masked_crc

START = b"\x3a\x02\x08\x01"  # session_log { status: START }
_CRC = struct.Struct("<I")


def framed(data: bytes) -> bytes:
    """A record."""
    head = struct.pack("<Q", len(data))
    crc = google_crc32c.value(data)
    crc = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    return head + _HEADS.setdefault(head, _CRC.pack(masked_crc(head))) + data + _CRC.pack(crc)


_HEADS: dict[bytes, bytes] = {}


def scalar(time: float, step: int, tag: bytes, value: float) -> bytes:
    """What add_scalar writes."""
    end = b"\x0a" + bytes([len(tag) + 7, 0x0A, len(tag)]) + tag + b"\x15" + struct.pack("<f", value)
    return framed(_at(time, step) + b"\x2a" + bytes([len(end)]) + end)


def restart(time: float, step: int) -> bytes:
    """What a writer with `purge_step` begins with."""
    return framed(_at(time, step) + START)


def version(time: float) -> bytes:
    """The first record of each file."""
    return framed(_at(time, 0) + b"\x1a\x0dbrain.Event:2")


def _at(time: float, step: int) -> bytes:
    found = b"\x09" + struct.pack("<d", time)
    if step:
        step &= 2**64 - 1
        found += b"\x10"
        while step > 0x7F:
            found += bytes([step & 0x7F | 0x80])
            step >>= 7
        found += bytes([step])
    return found


def log(time: float, points: Iterable[tuple[float, int, bytes, float]]) -> bytes:
    """A file of scalars: (time, step, tag, value)."""
    return version(time) + b"".join(scalar(*point) for point in points)
