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
from runcompare.sources.kit.files import open_regular, stamp_of

__all__ = ["has_magic", "query", "stamp", "tables_of"]

T = TypeVar("T")
MAGIC = b"SQLite format 3\0"
_WAL = 2  # the header's bytes 18 and 19
_BUSY_S = 10.0
_TRIES = 5
_LONGEST = 2**40  # bytes; the padding of a cut file takes no space


def has_magic(path: Path) -> bool:
    """Does the file begin as a SQLite database does? Raises UnreadableRun if it can't be read."""
    with open_regular(path, any_size=True) as file:
        return file.read(len(MAGIC)) == MAGIC


def query(path: Path, work: Callable[[sqlite3.Connection], T]) -> T:
    """What `work` returns on a read-only connection, whose texts are decoded whatever their bytes.

    What fails in place is tried again on a copy: with the log or journal beside it written back, a cut file padded with
    empty pages, and tables that can't be understood passed over. Raises UnreadableRun for what is no database, is
    damaged where `work` reads, or stays locked.
    """
    try:
        return _in_place(path, work)
    except (sqlite3.Error, UnicodeDecodeError) as error:  # SQLite may quote the damaged bytes
        if not has_magic(path) or _is_locked(error):
            raise UnreadableRun(f"{path} can't be read: {_why(error)}.", hint=_HINT) from None
    try:
        with _copy(path) as copy:
            return _run(copy, "mode=rw", work)
    except (sqlite3.Error, UnicodeDecodeError, OSError) as error:
        raise UnreadableRun(f"{path} can't be read: {_why(error)}.", hint=_HINT) from None


_HINT = "It is damaged, locked or foreign."


def _is_locked(error: Exception) -> bool:
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, sqlite3.Error) else "its tables are damaged"


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
    return *stamp_of(path), _size(path, "-wal"), _size(path, "-journal")


def _size(path: Path, suffix: str) -> int:
    try:
        return path.with_name(path.name + suffix).stat().st_size
    except OSError:
        return 0


def _in_place(path: Path, work: Callable[[sqlite3.Connection], T]) -> T:
    with open_regular(path, any_size=True) as file:
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
        if mode == "mode=rw":
            db.execute("PRAGMA writable_schema = ON")  # passes over what it can't parse
        db.execute("BEGIN")  # one state of the database for everything that `work` reads
        return work(db)


@contextmanager
def _copy(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="runcompare-") as folder:
        for suffix in ("", "-wal", "-journal"):
            source = path.with_name(path.name + suffix)
            if suffix == "" or source.is_file():
                shutil.copyfile(source, Path(folder) / source.name)
        _pad(Path(folder) / path.name)
        yield Path(folder) / path.name


def _pad(path: Path) -> None:
    """Bring a cut database to the length that its header states; SQLite reads nothing of a shorter one."""
    with path.open("r+b") as file:
        head = file.read(32)
        size = int.from_bytes(head[16:18], "big")
        whole = (65_536 if size == 1 else size) * int.from_bytes(head[28:32], "big")
        if file.seek(0, 2) < whole < _LONGEST:
            file.truncate(whole)
