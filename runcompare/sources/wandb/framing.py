"""The framing of `.wandb` files: LevelDB-log blocks, read past damage.

After a 7-byte file header come blocks of 32,768 bytes counted from file offset 0. A frame is a u32 CRC-32 (zlib,
over type byte and data), a u16 length and a u8 type (1 whole record, 2 first, 3 middle, 4 last part), little
endian, then data. Fewer than 7 bytes left in a block are padding.

A frame whose checksum fails is skipped. Reading goes on at the next intact frame, which is looked for in the rest of
the block; parts of a record that lost another part are dropped.
"""

import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

__all__ = ["BLOCK", "Damage", "read_frames"]

BLOCK = 32_768
FILE_HEADER = 7
_HEADER = struct.Struct("<IHB")
_HEAD = _HEADER.size
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4
_MOST_TRIED = 1 << 19  # bytes of checksums for one damaged frame


@dataclass(slots=True)
class Damage:
    """What `read_frames` could not use. `tail` counts the bytes of a record that the file ends inside of; they are
    not among `bytes`."""

    bytes: int = 0
    frames: int = 0
    tail: int = 0


def read_frames(file: BinaryIO, damage: Damage, start: int = 0, most: float = math.inf) -> Iterator[bytes]:
    """The intact records of a log, in order; fills `damage` on the way. `start` is a multiple of BLOCK, and `most` is
    how many blocks are looked at."""
    file.seek(start)
    offset = 0 if start else FILE_HEADER
    partial: list[bytes] | None = None
    while most > 0 and (block := file.read(BLOCK)):
        size, most = len(block), most - 1
        while offset + _HEAD <= size:
            crc, length, kind = _HEADER.unpack_from(block, offset)
            end = offset + _HEAD + length
            if end > size or not FULL <= kind <= LAST or zlib.crc32(memoryview(block)[offset + 6 : end]) != crc:
                if end > size and size < BLOCK and FULL <= kind <= LAST:
                    break  # the file ends here
                _give_up(partial, damage)
                partial, offset = None, _skip(block, offset, damage)
                continue
            data = block[offset + _HEAD : end]
            offset = end
            if kind == FULL:
                _give_up(partial, damage)
                partial = None
                yield data
            elif kind == FIRST:
                _give_up(partial, damage)
                partial = [data]
            elif partial is None:  # its first part is gone
                damage.bytes += _HEAD + length
            else:
                partial.append(data)
                if kind == LAST:
                    yield b"".join(partial)
                    partial = None
        if size < BLOCK and offset < size:
            damage.tail += size - offset
        offset = 0
    if partial is not None:
        damage.tail += sum(_HEAD + len(part) for part in partial)


def _give_up(partial: list[bytes] | None, damage: Damage) -> None:
    """Count the parts of a record whose rest is lost."""
    if partial is not None:
        damage.bytes += sum(_HEAD + len(part) for part in partial)
        damage.frames += 1


def _skip(block: bytes, offset: int, damage: Damage) -> int:
    """Where to go on behind a damaged frame: behind it if an intact frame starts there, else at the next one of the
    block, else at the block's end."""
    _, length, _ = _HEADER.unpack_from(block, offset)
    after: int = offset + _HEAD + length
    if not _is_intact(block, after):
        after = _next_intact(block, offset + 1)
    damage.bytes, damage.frames = damage.bytes + after - offset, damage.frames + 1
    return after


def _is_intact(block: bytes, at: int) -> bool:
    if at + _HEAD > len(block):
        return False
    crc, length, kind = _HEADER.unpack_from(block, at)
    end = at + _HEAD + length
    return bool(FULL <= kind <= LAST and end <= len(block) and zlib.crc32(memoryview(block)[at + 6 : end]) == crc)


def _next_intact(block: bytes, begin: int) -> int:
    """The block's end where there is none. What could be a frame is few places; of noise not all are tried."""
    if block.count(0, begin) == len(block) - begin:  # a part of the file that was never written
        return len(block)
    data = np.frombuffer(block, dtype=np.uint8).astype(np.int64)
    at = np.arange(begin, max(begin, len(block) - _HEAD + 1))
    ends = at + _HEAD + data[at + 4] + 256 * data[at + 5]
    places = at[(data[at + 6] >= FULL) & (data[at + 6] <= LAST) & (ends <= len(block))]
    left = _MOST_TRIED
    for place in places.tolist():
        left -= int(data[place + 4] + 256 * data[place + 5])
        if left < 0:
            break
        if _is_intact(block, place):
            return int(place)
    return len(block)
