"""SQLite databases of other programs, read without leaving a trace, also while they are being written.

A database in WAL mode that somebody has open is read through its shared memory, opened read-only; one that nobody has
open is read as it lies, and again if it changed meanwhile. What a killed writer left half-done (a log or journal
beside the file) is recovered in a copy.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from runcompare.errors import UnreadableRun
from runcompare.sources.base import open_regular

__all__ = ["has_magic", "query", "stamp", "tables_of"]

T = TypeVar("T")
MAGIC = b"SQLite format 3\0"
_WAL = 2  # the header's bytes 18 and 19
_BUSY_S = 10.0
_TRIES = 5
_BESIDE = ("-wal", "-shm", "-journal")


def has_magic(path: Path) -> bool:
    """Does the file begin as a SQLite database does? Raises UnreadableRun if it can't be read."""
    with open_regular(path) as file:
        return file.read(len(MAGIC)) == MAGIC


def query(path: Path, work: Callable[[sqlite3.Connection], T]) -> T:
    """What `work` returns on a read-only connection, whose texts are decoded whatever their bytes.

    Raises UnreadableRun for what is no database, is damaged where `work` reads, or stays locked.
    """
    try:
        return _in_place(path, work)
    except sqlite3.Error as error:
        if not any(_size(path, suffix) for suffix in _BESIDE):
            raise UnreadableRun(f"{path} can't be read: {error}.", hint="It is damaged, locked or foreign.") from None
    try:
        with _copy(path) as copy:
            return _run(copy, "mode=rw", work)
    except (sqlite3.Error, OSError) as error:
        raise UnreadableRun(f"{path} can't be read: {error}.", hint="It is damaged, locked or foreign.") from None


@lru_cache(maxsize=1024)
def _tables(path: Path, *_stamp: int) -> Mapping[str, frozenset[str]]:
    def work(db: sqlite3.Connection) -> dict[str, frozenset[str]]:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = "SELECT name FROM pragma_table_info(?)"
        return {name: frozenset(c for (c,) in db.execute(columns, (name,))) for name in names}

    return query(path, work)


def tables_of(path: Path) -> Mapping[str, frozenset[str]]:
    """The database's tables and their columns. Raises UnreadableRun."""
    return _tables(path, *stamp(path))


def stamp(path: Path) -> tuple[int, ...]:
    """Changes when the database or its log does. Raises UnreadableRun."""
    try:
        at = path.stat()
    except OSError as error:
        raise UnreadableRun(f"{path} can't be read: {error.strerror}.") from None
    return at.st_mtime_ns, at.st_size, _size(path, "-wal"), _size(path, "-journal")


def _size(path: Path, suffix: str) -> int:
    try:
        return path.with_name(path.name + suffix).stat().st_size
    except OSError:
        return 0


def _in_place(path: Path, work: Callable[[sqlite3.Connection], T]) -> T:
    with open_regular(path) as file:
        head = file.read(20)
    if _WAL not in head[18:20]:
        return _run(path, "mode=ro", work)
    if _size(path, "-shm"):
        return _run(path, "mode=ro&readonly_shm=1", work)
    for _ in range(_TRIES):
        if _size(path, "-wal"):
            raise sqlite3.OperationalError("it has a log that nobody wrote back")
        before = stamp(path)
        result = _run(path, "mode=ro&immutable=1", work)
        if stamp(path) == before:
            return result
    raise sqlite3.OperationalError("it changes while it is read")


def _run(path: Path, mode: str, work: Callable[[sqlite3.Connection], T]) -> T:
    uri = f"file:{quote(str(path.absolute()))}?{mode}"
    with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_S)) as db:
        db.text_factory = lambda raw: raw.decode("utf-8", "backslashreplace")
        db.execute("PRAGMA cell_size_check = ON")
        db.execute("PRAGMA trusted_schema = OFF")
        db.execute("BEGIN")  # one state of the database for everything that `work` reads
        return work(db)


@contextmanager
def _copy(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="runcompare-") as folder:
        for suffix in ("", "-wal", "-journal"):
            source = path.with_name(path.name + suffix)
            if suffix == "" or source.is_file():
                shutil.copyfile(source, Path(folder) / source.name)
        yield Path(folder) / path.name
