"""A disk that fails on demand, and one that remembers what was written: the calls by which Python changes files.

Only calls that concern files below one folder count, so that a run of the same work makes the same calls each time.
"""

import builtins
import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["FAULTS", "OPERATIONS", "Fault", "Spy", "watched"]

OPERATIONS = ("open", "write", "fsync", "rename", "close", "mkdir")
FAULTS = {
    "full": OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    "broken": OSError(errno.EIO, os.strerror(errno.EIO)),
    "read-only": OSError(errno.EROFS, os.strerror(errno.EROFS)),
    "too many open": OSError(errno.EMFILE, os.strerror(errno.EMFILE)),
    "short": None,  # a write takes half of what it is given, and then there is no space
}


class Spy:
    """Told of each call before it is made; may raise. `written` decides how much of a write is taken."""

    def before(self, operation: str, path: str, detail: Any = None) -> None: ...

    def written(self, path: str, data: bytes, offset: int) -> int:
        return len(data)


@dataclass
class Fault(Spy):
    """The call number `at` of one operation fails, and with `forever` each one after it too."""

    operation: str
    kind: str
    at: int
    forever: bool = False
    seen: int = 0
    struck: bool = False
    half: bool = field(default=False, init=False)

    def before(self, operation: str, path: str, detail: Any = None) -> None:
        if operation != self.operation:
            return
        self.seen += 1
        if self.seen == self.at or (self.forever and self.seen > self.at):
            self.struck = True
            error = FAULTS[self.kind]
            if error is None and not self.half:
                self.half = True  # this write is short, and the next one finds no space
                self.at = self.seen + 1
                return
            error = error or FAULTS["full"]
            assert error is not None
            raise OSError(error.errno, error.strerror)

    def written(self, path: str, data: bytes, offset: int) -> int:
        return max(1, len(data) // 2) if self.half and self.seen + 1 == self.at else len(data)


class _Raw(io.FileIO):
    """A file whose writes and close are told."""

    spy: Spy
    where: str

    def write(self, data: Any) -> int:
        body = bytes(data)
        self.spy.before("write", self.where)
        offset = os.fstat(self.fileno()).st_size if "a" in self.mode else self.tell()
        body = body[: self.spy.written(self.where, body, offset)]
        return super().write(body)

    def close(self) -> None:
        if self.closed:
            return
        try:
            self.spy.before("close", self.where)
        finally:
            super().close()

    def truncate(self, size: int | None = None) -> int:
        self.spy.before("truncate", self.where, size)
        return super().truncate(size)


def _opened(spy: Spy, path: str, mode: str, buffering: int, text: dict[str, Any]) -> Any:
    spy.before("open", path, mode)
    raw = _Raw(path, mode.replace("b", "").replace("t", ""))
    raw.spy, raw.where = spy, path
    if buffering == 0:
        return raw
    file = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
    return file if "b" in mode else io.TextIOWrapper(file, **text)


@contextmanager
def watched(folder: Path, spy: Spy) -> Iterator[None]:
    """Calls below `folder` go by `spy`."""
    base = str(folder)
    real_open, real_fsync, real_mkdir = io.open, os.fsync, os.mkdir
    renames = {name: getattr(os, name) for name in ("rename", "replace")}
    removes = {name: getattr(os, name) for name in ("unlink", "remove", "rmdir")}

    def ours(path: Any) -> str | None:
        if isinstance(path, int):
            try:
                path = os.readlink(f"/proc/self/fd/{path}")  # noqa: PTH115
            except OSError:
                return None
        text = os.path.abspath(os.fspath(path)) if isinstance(path, str | os.PathLike) else ""  # noqa: PTH100
        return text if text.startswith(base) else None

    def open_(file: Any, mode: str = "r", buffering: int = -1, *args: Any, **more: Any) -> Any:
        path = None if isinstance(file, int) else ours(file)
        if path is None or not set(mode) & set("wxa+"):
            return real_open(file, mode, buffering, *args, **more)
        text = dict(zip(("encoding", "errors", "newline"), args, strict=False)) | more
        return _opened(spy, path, mode, buffering, {k: v for k, v in text.items() if k in ("encoding", "errors")})

    def fsync(handle: Any) -> None:
        if (path := ours(handle if isinstance(handle, int) else handle.fileno())) is not None:
            spy.before("fsync", path)
        real_fsync(handle)

    def mkdir(path: Any, *args: Any, **more: Any) -> None:
        if (at := ours(path)) is not None and not os.path.exists(at):  # noqa: PTH110
            spy.before("mkdir", at)
        real_mkdir(path, *args, **more)

    def moving(real: Callable[..., None]) -> Callable[..., None]:
        def move(old: Any, new: Any, **more: Any) -> None:
            if (at := ours(old)) is not None:
                spy.before("rename", at, ours(new))
            real(old, new, **more)

        return move

    def removing(real: Callable[..., None]) -> Callable[..., None]:
        def remove(path: Any, *args: Any, **more: Any) -> None:
            if "dir_fd" not in more and (at := ours(path)) is not None:
                spy.before("remove", at)
            real(path, *args, **more)

        return remove

    places = [(io, "open"), (builtins, "open"), (os, "fsync"), (os, "mkdir")]
    places += [(os, name) for name in (*renames, *removes)]
    made = [open_, open_, fsync, mkdir, *map(moving, renames.values()), *map(removing, removes.values())]
    kept = [getattr(home, name) for home, name in places]
    for (home, name), new in zip(places, made, strict=True):
        setattr(home, name, new)
    try:
        yield
    finally:
        for (home, name), old in zip(places, kept, strict=True):
            setattr(home, name, old)
