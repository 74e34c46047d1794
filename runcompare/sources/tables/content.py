"""A table file's bytes and text: compressed or not, whole or as far as they go."""

import codecs
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

from runcompare.errors import UnreadableRun
from runcompare.records.budgets import check_streamed, check_unfolded, most_streamed, most_unfolded
from runcompare.records.run import Lost
from runcompare.sources.kit.files import open_regular
from runcompare.sources.tables.axes import Table
from runcompare.sources.tables.unpacked import GZIP, ZSTD, Gunzipped, unfolded_size, unzstd

__all__ = ["Blocks", "Body", "Text", "body_of", "has_more_rows", "text_of", "with_lost_bytes"]

_LARGEST_PIECE = 1 << 20  # bytes that are unpacked at a time
_SHORTEST = 2  # bytes of a row
_SMALL = 1 << 22  # bytes of a file of zstd that is unpacked whole, to see whether it is damaged
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
            if head.startswith(GZIP):
                return _gunzipped(path, file, most)
            if head == ZSTD:
                return _unzstd(path, file, most)
            if most is None:
                check_unfolded(path, os.fstat(file.fileno()).st_size)
            file.seek(0)
            data = file.read() if most is None else file.read(most)
            return Body(data, is_cut=most is not None and bool(file.read(1)))
        except OSError as error:
            raise UnreadableRun(f"{path} can't be read: {error.strerror}.") from None


def _gunzipped(path: Path, file: BinaryIO, most: int | None) -> Body:
    """All members, up to the first damage. Raises UnreadableRun where they unfold into more than may be."""
    out, unpacked = io.BytesIO(), Gunzipped(file, _LARGEST_PIECE)
    for piece in unpacked:
        out.write(piece)
        if most is None:
            check_unfolded(path, out.tell())
        elif out.tell() >= most and unpacked.at < unpacked.size:
            return Body(out.getvalue(), is_cut=True)
    return Body(out.getvalue(), lost=unpacked.lost)


def _unzstd(path: Path, file: BinaryIO, most: int | None) -> Body:
    """All of it, or a head of what is not small. Raises UnreadableRun where it is damaged, or too large."""
    size = unfolded_size(file, most_unfolded())
    if most is None:
        check_unfolded(path, size)
    out = io.BytesIO()
    for piece in unzstd(path, file):
        out.write(piece)
        if most is not None and most <= out.tell() and size > _SMALL:
            return Body(out.getvalue(), is_cut=True)
    return Body(out.getvalue())


class Blocks:
    """A text file's bytes, some at a time: unpacked, and UTF-16 as UTF-8. Raises UnreadableRun for what has to be read
    whole to be told.

    Attributes:
        lost: packed bytes that could not be read; known at the end.
    """

    def __init__(self, path: Path, size: int) -> None:
        self.path, self.size, self.lost = path, size, 0

    def __iter__(self) -> Iterator[bytes]:
        with open_regular(self.path, in_pieces=True) as file:
            yield from _as_utf8(filter(None, self._unpacked(file)))

    def _unpacked(self, file: BinaryIO) -> Iterator[bytes]:
        head = file.read(len(ZSTD))
        if head.startswith(GZIP):
            unpacked = Gunzipped(file, self.size)
            yield from unpacked
            self.lost = unpacked.lost
        elif head == ZSTD:
            yield from unzstd(self.path, file)
        else:
            file.seek(0)
            while block := file.read(self.size):
                yield block


def _as_utf8(blocks: Iterator[bytes]) -> Iterator[bytes]:
    first = next(blocks, b"")
    decoder = next((codecs.getincrementaldecoder(n)() for m, n in _BOMS[1:] if first.startswith(m)), None)
    if decoder is None:
        yield first
        yield from blocks
        return
    try:
        yield decoder.decode(first[len(codecs.BOM_UTF16) :]).encode()
        for block in blocks:
            yield decoder.decode(block).encode()
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise UnreadableRun("It holds bytes that are no text.") from None


def has_more_rows(path: Path, most: int) -> bool:
    """Whether a text file has more than `most` lines. Raises UnreadableRun for a packed one that unfolds into more than
    is read in pieces."""
    with open_regular(path, in_pieces=True) as file:
        size = file.seek(0, 2)
        file.seek(0)
        head = file.read(len(ZSTD))
        is_gzip = head.startswith(GZIP)
        if head == ZSTD:
            check_streamed(path, unfolded_size(file, most_streamed(size)), size)
        elif not is_gzip and size < _SHORTEST * most:
            return False
    lines = unfolded = 0
    for block in Blocks(path, _LARGEST_PIECE):
        lines += block.count(b"\n")
        unfolded += len(block)
        if is_gzip:
            check_streamed(path, unfolded, size)
        elif lines > most:
            break
    return lines > most


class Text(NamedTuple):
    """A file's text, without its byte order mark."""

    text: str
    warnings: tuple[str, ...] = ()


def text_of(data: bytes, *, is_start: bool = True) -> Text:
    """Bytes that are no text are written out, with a warning. `is_start`: they are the file's first."""
    boms = _BOMS if is_start else ()
    mark, encoding = next(((mark, name) for mark, name in boms if data.startswith(mark)), (b"", "utf-8"))
    data = data[len(mark) :]
    try:
        return Text(data.decode(encoding))
    except UnicodeDecodeError:
        warning = f"Bytes that are no {encoding.upper()} text are written out."
        return Text(data.decode(encoding, "backslashreplace"), (warning,))


def with_lost_bytes(table: Table, count: int) -> Table:
    """The table of a packed file of which so many bytes could not be read."""
    lost = Lost(table.lost.records, table.lost.bytes + count)
    cut = f"The compressed data is damaged or cut off: {count} bytes or more of it are lost."
    return replace(table, lost=lost, warnings=(cut, *table.warnings))
