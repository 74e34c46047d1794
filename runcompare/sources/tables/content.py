"""A table file's bytes and text: compressed or not, whole or as far as they go."""

import codecs
import io
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from runcompare.errors import UnreadableRun
from runcompare.sources.kit.files import open_regular

__all__ = ["Body", "Text", "body_of", "text_of"]

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_CHUNK = 1 << 16
_MOST = 1 << 32  # bytes that a compressed file may grow to
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
    with open_regular(path) as file:
        try:
            head = file.read(len(ZSTD))
            if not head:
                raise UnreadableRun(f"{path} is empty.")
            file.seek(0)
            if head.startswith(GZIP):
                return _gunzipped(file.read(), most)
            if head == ZSTD:
                return _unzstd(path, file.read())
            data = file.read() if most is None else file.read(most)
            return Body(data, is_cut=most is not None and bool(file.read(1)))
        except OSError as error:
            raise UnreadableRun(f"{path} can't be read: {error.strerror}.") from None


def _gunzipped(packed: bytes, most: int | None) -> Body:
    """All members, up to the first damage."""
    limit = _MOST if most is None else most
    out, at, inflate = io.BytesIO(), 0, zlib.decompressobj(31)
    while at < len(packed) and out.tell() < limit:
        try:
            out.write(inflate.decompress(packed[at : at + _CHUNK]))
        except zlib.error:
            return Body(out.getvalue(), lost=len(packed) - at)
        at = min(len(packed), at + _CHUNK) - len(inflate.unused_data)
        if inflate.eof:
            if not packed.startswith(GZIP, at):
                break  # padding
            inflate = zlib.decompressobj(31)
    if at < len(packed) and out.tell() >= limit:
        return Body(out.getvalue(), is_cut=True)
    return Body(out.getvalue(), lost=0 if inflate.eof else 1)


def _unzstd(path: Path, packed: bytes) -> Body:
    """Polars unpacks what it reads: each line is one cell of a table without separators."""
    import polars as pl

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
