"""What a packed file unfolds into, some at a time: gzip by its members, zstd by polars."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import polars as pl

from runcompare.errors import UnreadableRun

__all__ = ["GZIP", "ZSTD", "Gunzipped", "unfolded_size", "unzstd"]

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_CHUNK = 1 << 16  # packed bytes
_BLOCK = 1 << 17  # bytes that a block of zstd unfolds into at most
_LINES = 10_000  # that polars unpacks at a time


@dataclass(slots=True)
class Gunzipped:
    """The content of a gzip file, all members up to the first damage.

    Attributes:
        file: the packed file.
        piece: how many bytes are unpacked at a time, at most.
        size: how many bytes the file has.
        at: how many of them were unpacked so far.
        lost: how many of them could not be, at least; known at the end.
    """

    file: BinaryIO
    piece: int
    size: int = field(init=False)
    at: int = 0
    lost: int = 0

    def __post_init__(self) -> None:
        self.size = self.file.seek(0, 2)

    def __iter__(self) -> Iterator[bytes]:
        inflate = zlib.decompressobj(31)
        while packed := self._packed():
            try:
                unpacked = inflate.decompress(packed, self.piece)
            except zlib.error:
                self.lost = self.size - self.at
                return
            left = inflate.unused_data if inflate.eof else inflate.unconsumed_tail  # at the end both may hold it
            self.at += len(packed) - len(left)
            yield unpacked
            if inflate.eof:
                if not self._packed().startswith(GZIP):
                    break  # padding
                inflate = zlib.decompressobj(31)
        self.lost = 0 if inflate.eof else 1

    def _packed(self) -> bytes:
        self.file.seek(self.at)
        return self.file.read(_CHUNK)


def unfolded_size(file: BinaryIO, most: int) -> int:
    """At most how many bytes zstd frames unfold into, from the headers of their blocks, or more than `most`."""
    size, at, end = 0, 0, file.seek(0, 2)
    while at + 6 <= end and size <= most:
        head = _bytes_at(file, at, 8)
        if int.from_bytes(head[:4], "little") & 0xFFFFFFF0 == 0x184D2A50:  # a frame to be skipped
            at += 8 + int.from_bytes(head[4:], "little")
            continue
        if head[:4] != ZSTD:
            break
        kind = head[4]
        is_single = bool(kind & 0x20)
        at += 5 + (not is_single) + (0, 1, 2, 4)[kind & 3] + ((1 if is_single else 0), 2, 4, 8)[kind >> 6]
        is_last = False
        while not is_last and at + 3 <= end and size <= most:
            header = int.from_bytes(_bytes_at(file, at, 3), "little")
            is_last, block, length = bool(header & 1), header >> 1 & 3, header >> 3
            size += _BLOCK if block == 2 else length
            at += 3 + (1 if block == 1 else length)
        at += 4 if kind & 4 else 0
    return size


def _bytes_at(file: BinaryIO, at: int, count: int) -> bytes:
    file.seek(at)
    return file.read(count)


def unzstd(path: Path, file: BinaryIO) -> Iterator[bytes]:
    """The lines of a zstd file, some at a time. Polars unpacks what it reads: each line is one cell of a table without
    separators. Raises UnreadableRun for damage, wherever it is."""
    file.seek(0)
    try:
        lines = pl.scan_csv(
            file,
            has_header=False,
            separator="\x01",
            quote_char=None,
            infer_schema=False,
            encoding="utf8-lossy",
            truncate_ragged_lines=True,
        )
        for some in _batches(lines):
            yield "\n".join([*some.to_series().fill_null(""), ""]).encode()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UnreadableRun(f"{path} can't be unpacked: {str(error).splitlines()[0]}.") from None


def _batches(lines: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    if hasattr(lines, "collect_batches"):
        yield from lines.collect_batches(chunk_size=_LINES, maintain_order=True)
    else:  # an older polars
        yield lines.collect()
