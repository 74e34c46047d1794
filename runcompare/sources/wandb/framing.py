"""The framing of `.wandb` files: LevelDB-log blocks, read past damage.

After a 7-byte file header come blocks of 32,768 bytes counted from file offset 0. A frame is a u32 CRC-32 (zlib,
over type byte and data), a u16 length and a u8 type (1 whole record, 2 first, 3 middle, 4 last part), little
endian, then data. Fewer than 7 bytes left in a block are padding.

A frame whose checksum fails is skipped. Reading goes on behind it if an intact frame starts there, else at the next
block; parts of a record that lost another part are dropped.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

__all__ = ["BLOCK", "Damage", "read_frames"]

BLOCK = 32_768
FILE_HEADER = 7
_HEADER = struct.Struct("<IHB")
_HEAD = _HEADER.size
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4


@dataclass(slots=True)
class Damage:
    """What `read_frames` could not use. `tail` counts the bytes of a record that the file ends inside of; they are
    not among `bytes`."""

    bytes: int = 0
    frames: int = 0
    tail: int = 0


def read_frames(file: BinaryIO, damage: Damage, start: int = 0) -> Iterator[bytes]:
    """The intact records of a log, in order; fills `damage` on the way. `start` is a multiple of BLOCK."""
    file.seek(start)
    offset = 0 if start else FILE_HEADER
    partial: list[bytes] | None = None
    while block := file.read(BLOCK):
        size = len(block)
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
    """Where to go on behind a damaged frame: behind it if an intact frame starts there, else at the block's end."""
    size = len(block)
    _, length, _ = _HEADER.unpack_from(block, offset)
    after = offset + _HEAD + length
    if after + _HEAD <= size:
        crc, following, kind = _HEADER.unpack_from(block, after)
        end = after + _HEAD + following
        if FULL <= kind <= LAST and end <= size and zlib.crc32(memoryview(block)[after + 6 : end]) == crc:
            damage.bytes, damage.frames = damage.bytes + after - offset, damage.frames + 1
            return int(after)
    damage.bytes, damage.frames = damage.bytes + size - offset, damage.frames + 1
    return size
