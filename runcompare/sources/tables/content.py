"""A table file's bytes and text: compressed or not, whole or as far as they go."""

import codecs
import io
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from runcompare.errors import UnreadableRun
from runcompare.records.budgets import check_unfolded, most_unfolded
from runcompare.sources.kit.files import open_regular

__all__ = ["Body", "Text", "body_of", "text_of"]

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_CHUNK = 1 << 16
_LARGEST_PIECE = 1 << 20  # bytes that are unpacked at a time
_BLOCK = 1 << 17  # bytes that a block of zstd unfolds into at most
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Body:
    """What a file holds, decompressed. `is_cut`: it goes on, but only its head was asked for. `lost`: compressed bytes
    that could not be read."""

    data: bytes
    is_cut: bool = False
    lost: int = 0


def body_of(path: Path, most: int | None = None) -> Body:
    """The content, or about its first `most` bytes. Raises UnreadableRun."""
    with open_regular(path, in_pieces=most is not None) as file:
        try:
            head = file.read(len(ZSTD))
            if not head:
                raise UnreadableRun(f"{path} is empty.")
            file.seek(0)
            if head.startswith(GZIP):
                return _gunzipped(path, file.read(), most)
            if head == ZSTD:
                return _unzstd(path, file.read())
            if most is None:
                check_unfolded(path, os.fstat(file.fileno()).st_size)
            data = file.read() if most is None else file.read(most)
            return Body(data, is_cut=most is not None and bool(file.read(1)))
        except OSError as error:
            raise UnreadableRun(f"{path} can't be read: {error.strerror}.") from None


def _gunzipped(path: Path, packed: bytes, most: int | None) -> Body:
    """All members, up to the first damage. Raises UnreadableRun where they unfold into more than may be."""
    limit = most_unfolded() if most is None else most
    out, at, inflate = io.BytesIO(), 0, zlib.decompressobj(31)
    while at < len(packed) and out.tell() < limit:
        try:
            out.write(inflate.decompress(packed[at : at + _CHUNK], _LARGEST_PIECE))
        except zlib.error:
            return Body(out.getvalue(), lost=len(packed) - at)
        at = min(len(packed), at + _CHUNK) - len(inflate.unused_data) - len(inflate.unconsumed_tail)
        if inflate.eof:
            if not packed.startswith(GZIP, at):
                break  # padding
            inflate = zlib.decompressobj(31)
    if most is None:
        check_unfolded(path, out.tell() + (at < len(packed)))
    if at < len(packed) and out.tell() >= limit:
        return Body(out.getvalue(), is_cut=True)
    return Body(out.getvalue(), lost=0 if inflate.eof else 1)


def _unfolded_size(packed: bytes) -> int:
    """At most how many bytes zstd frames unfold into, from the headers of their blocks."""
    size, at = 0, 0
    while at + 6 <= len(packed):
        mark = int.from_bytes(packed[at : at + 4], "little")
        if mark & 0xFFFFFFF0 == 0x184D2A50:  # a frame to be skipped
            at += 8 + int.from_bytes(packed[at + 4 : at + 8], "little")
            continue
        if packed[at : at + 4] != ZSTD:
            break
        kind = packed[at + 4]
        is_single = bool(kind & 0x20)
        at += 5 + (not is_single) + (0, 1, 2, 4)[kind & 3] + ((1 if is_single else 0), 2, 4, 8)[kind >> 6]
        is_last = False
        while not is_last and at + 3 <= len(packed):
            header = int.from_bytes(packed[at : at + 3], "little")
            is_last, block, length = bool(header & 1), header >> 1 & 3, header >> 3
            size += _BLOCK if block == 2 else length
            at += 3 + (1 if block == 1 else length)
        at += 4 if kind & 4 else 0
    return size


def _unzstd(path: Path, packed: bytes) -> Body:
    """Polars unpacks what it reads: each line is one cell of a table without separators."""
    import polars as pl

    check_unfolded(path, _unfolded_size(packed))
    try:
        lines = pl.read_csv(
            packed,
            has_header=False,
            separator="\x01",
            quote_char=None,
            infer_schema=False,
            encoding="utf8-lossy",
            truncate_ragged_lines=True,
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UnreadableRun(f"{path} can't be unpacked: {str(error).splitlines()[0]}.") from None
    return Body("\n".join([*lines.to_series().fill_null(""), ""]).encode())


class Text(NamedTuple):
    """A file's text, without its byte order mark."""

    text: str
    warnings: tuple[str, ...] = ()


def text_of(data: bytes) -> Text:
    """Bytes that are no text are written out, with a warning."""
    mark, encoding = next(((mark, name) for mark, name in _BOMS if data.startswith(mark)), (b"", "utf-8"))
    data = data[len(mark) :]
    try:
        return Text(data.decode(encoding))
    except UnicodeDecodeError:
        warning = f"Bytes that are no {encoding.upper()} text are written out."
        return Text(data.decode(encoding, "backslashreplace"), (warning,))
