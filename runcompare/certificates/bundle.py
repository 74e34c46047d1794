"""A certificate's files as a folder or a zip in which no byte can change unnoticed.

`MANIFEST` lists every file with its SHA-256 and size, and ends with the SHA-256 of its own lines: the digest of the
certificate. Its text has one form only, and so has the zip: files are stored as they are, in the manifest's order, with
nothing between them. What is read is compared with that form, so that a changed byte of the container shows as well.

The digest is no signature: who can change the files can make another certificate. Who keeps or publishes the digest can
tell them apart.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from runcompare.errors import DataError
from runcompare.records.budgets import check_file, check_unfolded

__all__ = ["MANIFEST", "Bundle", "Change", "packed", "read_bundle", "with_manifest"]

MANIFEST = "MANIFEST"
MOST_FILES = 60_000  # a zip without its 64-bit extension has no more
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9]+)?(?:/[a-z0-9_-]+(?:\.[a-z0-9]+)?)*")
_LINE = re.compile(r"(?P<sum>[0-9a-f]{64})  (?P<size>0|[1-9][0-9]{0,15})  (?P<name>\S{1,200})")
_DATE = 0x21  # 1 January 1980, the first day that a zip knows: a certificate says when it was made inside
_EARLIEST = 20  # the version of the format that stored files need


@dataclass(frozen=True, slots=True)
class Change:
    """What is not as it was written: which file, and what of it."""

    file: str
    what: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """A certificate's files by name, its digest, and whatever is not as it was written."""

    files: Mapping[str, bytes]
    digest: str
    changes: tuple[Change, ...] = ()


def with_manifest(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The files in their order, with the manifest first."""
    ordered = {name: files[name] for name in sorted(files)}
    return {MANIFEST: _manifest(ordered), **ordered}


def _manifest(files: Mapping[str, bytes]) -> bytes:
    lines = "".join(f"{sha256(body).hexdigest()}  {len(body)}  {name}\n" for name, body in files.items())
    return f"{lines}{sha256(lines.encode()).hexdigest()}  {len(lines)}  {MANIFEST}\n".encode()


def packed(files: Mapping[str, bytes]) -> bytes:
    """The files as a zip of which there is one form only: stored, in the order given, without times.

    Raises DataError for more than a plain zip holds.
    """
    out, directory = io.BytesIO(), io.BytesIO()
    for name, body in files.items():
        place, words = out.tell(), (0, 0, 0, _DATE, zlib.crc32(body), len(body), len(body), len(name), 0)
        if len(body) >= 1 << 32 or place >= 1 << 32 or len(files) > MOST_FILES:
            raise DataError("The certificate is too large for a zip file.", hint="Write it as a folder: -o FOLDER.")
        out.write(struct.pack("<4sHHHHHIIIHH", b"PK\3\4", _EARLIEST, *words) + name.encode() + body)
        directory.write(
            struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", _EARLIEST, _EARLIEST, *words, 0, 0, 0, 0, place)
            + name.encode()
        )
    place, listed = out.tell(), directory.getvalue()
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, len(files), len(files), len(listed), place, 0)
    return out.getvalue() + listed + end


def read_bundle(path: Path) -> Bundle:
    """The files of a certificate, and what of them is not as it was written.

    Raises:
        DataError: If there is none, or it can't be read at all.
        UnreadableRun: If it is larger than is read.
    """
    try:
        return _checked(_of_folder(path)) if path.is_dir() else _of_zip(path)
    except OSError as error:
        raise DataError(f"Can't read {path}: {error.strerror}.", hint="Name a certificate that was written.") from None


def _of_folder(path: Path) -> Mapping[str, bytes]:
    files: dict[str, bytes] = {}
    size = 0
    for found in sorted(path.rglob("*")):
        mode = found.lstat().st_mode
        if stat.S_ISDIR(mode):
            continue
        name = found.relative_to(path).as_posix()
        if not stat.S_ISREG(mode) or len(files) > MOST_FILES:
            raise DataError(f"{name} of {path} is no plain file.", hint="A certificate holds no links.")
        size += found.stat().st_size
        check_unfolded(path, size)
        files[name] = found.read_bytes()
    return files


def _of_zip(path: Path) -> Bundle:
    check_file(path, path.stat().st_size)
    check_unfolded(path, path.stat().st_size)  # nothing in it is compressed
    body = path.read_bytes()
    opened = _opened(body)
    bundle = _checked(opened.files, opened.changes)
    if not bundle.changes and packed(with_manifest({n: b for n, b in bundle.files.items() if n != MANIFEST})) != body:
        return Bundle(bundle.files, bundle.digest, (Change(path.name, "the zip file itself was changed"),))
    return bundle


class _Opened(NamedTuple):
    files: Mapping[str, bytes]
    changes: tuple[Change, ...]


def _opened(body: bytes) -> _Opened:
    """The files of a zip, each once and none of it compressed; what can't be read is told of its file."""
    files: dict[str, bytes] = {}
    changes: list[Change] = []
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            members = archive.infolist()[: MOST_FILES + 1]
            if sum(member.file_size for member in members) > len(body):
                return _Opened({}, (Change("the zip file", "it says that it holds more than it can"),))
            for member in members:
                if member.compress_type != zipfile.ZIP_STORED or member.filename in files:
                    changes.append(Change(member.filename, "it is compressed, or there twice: no certificate has that"))
                    continue
                try:
                    files[member.filename] = archive.read(member)
                except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, RuntimeError) as error:
                    changes.append(Change(member.filename, f"it can't be unpacked: {error}"))
    except Exception as error:  # a damaged directory makes zipfile raise whatever it likes
        changes.append(Change("the zip file", f"it can't be opened: {type(error).__name__}: {error}"))
    return _Opened(files, tuple(changes))


def _checked(files: Mapping[str, bytes], before: tuple[Change, ...] = ()) -> Bundle:
    """The files held against their manifest."""
    if MANIFEST not in files:
        missing = () if before else (Change(MANIFEST, "it is missing: this is no certificate"),)
        return Bundle(files, "", (*before, *missing))
    listed = _listed(files[MANIFEST])
    if listed is None:
        return Bundle(files, "", (*before, Change(MANIFEST, "it was changed: its own checksum does not hold")))
    changes = list(before)
    told = {change.file for change in before}
    for name, entry in listed.items():
        if name not in files:
            changes += [] if name in told else [Change(name, "it is missing")]
        elif sha256(files[name]).hexdigest() != entry.sum or len(files[name]) != entry.size:
            changes.append(Change(name, "it was changed: its checksum is another"))
    changes += [Change(name, "it was added") for name in files if name not in listed and name != MANIFEST]
    digest = files[MANIFEST].decode().splitlines()[-1].split()[0]
    return Bundle(files, digest, tuple(changes))


class _Entry(NamedTuple):
    sum: str
    size: int


def _listed(body: bytes) -> Mapping[str, _Entry] | None:
    """What the manifest lists; None unless it is in its one form, its own checksum included."""
    try:
        *lines, last = body.decode("ascii").splitlines(keepends=True)
    except (UnicodeDecodeError, ValueError):
        return None
    text = "".join(lines)
    if last != f"{sha256(text.encode()).hexdigest()}  {len(text)}  {MANIFEST}\n":
        return None
    found: dict[str, _Entry] = {}
    for one in lines:
        match = _LINE.fullmatch(one.removesuffix("\n"))
        if match is None or not _NAME.fullmatch(match["name"]) or match["name"] in found:
            return None
        found[match["name"]] = _Entry(match["sum"], int(match["size"]))
    return found if list(found) == sorted(found) else None
