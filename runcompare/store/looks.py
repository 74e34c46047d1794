"""Where are looks kept? In a file, a line each, or in the store, a file each.

A file of looks is written under a lock, whole or not at all; in a store writers do not meet, since each look is a file
of its own. A ledger that is damaged, or is none, is an error: what it has forgotten would be looked at for free.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from runcompare.errors import DataError
from runcompare.records.atomic import write_whole
from runcompare.records.looks import PastLook
from runcompare.store.store import place_of

__all__ = ["FileOfLooks", "LooksOfStore"]

HEADER = {"runcompare looks": 1}
FOLDER = "looks"  # of a store


class FileOfLooks:
    """A file of JSON lines; the first one says what it is. Making the object writes nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        return str(self.path)

    def read(self) -> tuple[PastLook, ...]:
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise DataError(f"{self.path} can't be read: {error.strerror}.", hint="Check --looks.") from None
        if lines == [b""]:
            return ()
        if _json(lines[0]) != HEADER:
            hint = "Give --looks a file of its own; it is made when it is not there."
            raise DataError(f"{self.path} is no ledger of looks.", hint=hint)
        return tuple(
            _look(line, f"Line {number} of {self.path}") for number, line in enumerate(lines[1:], start=2) if line
        )

    def add(self, look: PastLook) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _locked(self.path.parent):
                looks = self.read()
                if not look.is_in(looks):
                    lines = [json.dumps(HEADER), *(json.dumps(asdict(one)) for one in (*looks, look))]
                    write_whole(self.path, "\n".join([*lines, ""]))
        except OSError as error:
            raise DataError(
                f"{self.path} can't be written: {error.strerror}.", hint="Check space and rights."
            ) from None


class LooksOfStore:
    """The looks in a store: `STORE/looks/<time in ns>-<data>.json`. Making the object writes nothing."""

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.place = place_of(root)

    @property
    def name(self) -> str:
        return str(self.place.address(FOLDER))

    def read(self) -> tuple[PastLook, ...]:
        try:
            names = [name for name in self.place.names(FOLDER) if name.endswith(".json") and not name.startswith(".")]
            return tuple(
                _look(self.place.read(FOLDER, name), str(self.place.address(FOLDER, name))) for name in sorted(names)
            )
        except OSError as error:
            raise DataError(f"{self.name} can't be read: {error.strerror}.", hint="Check the store.") from None

    def add(self, look: PastLook) -> None:
        if look.is_in(self.read()):
            return
        try:
            body = json.dumps(asdict(look)).encode()
            self.place.write(body, FOLDER, f"{time.time_ns():020d}-{look.data[:16]}.json")
        except OSError as error:
            raise DataError(
                f"{self.name} can't be written: {error.strerror}.", hint="Check space and rights."
            ) from None


def _look(line: bytes, where: str) -> PastLook:
    """A look as it was written. Raises DataError."""
    try:
        found = json.loads(line)
        first, second = found["runs"]
        look = PastLook(
            metric=str(found["metric"]),
            settings=(str(found["settings"][0]), str(found["settings"][1])),
            runs=(tuple(map(str, first)), tuple(map(str, second))),
            n=int(found["n"]),
            data=str(found["data"]),
            share=float(found["share"]),
            alpha=float(found["alpha"]),
            at=float(found["at"]),
            verdict=str(found["verdict"]),
        )
        if not (0 < look.share <= 1 and 0 < look.alpha < 1 and look.n > 0):
            raise ValueError
        return look
    except (ValueError, KeyError, TypeError, IndexError):
        hint = "Restore it, or begin another ledger and say with --looked that there was a look before."
        raise DataError(f"{where} is damaged: it holds no look.", hint=hint) from None


def _json(line: bytes) -> Any:
    with suppress(ValueError):
        return json.loads(line)
    return None


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One writer at a time, where the system can lock a folder; nothing is left behind."""
    try:
        import fcntl
    except ImportError:  # Windows: the file is whole all the same
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a network share without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
