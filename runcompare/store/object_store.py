"""How does a store lie on object storage? On any file system that fsspec opens by URL: S3, GCS, Azure, SSH, memory.

There is no rename there: a version's manifest is written last, and a version without one does not count.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from runcompare.errors import MissingExtra, UsageError
from runcompare.store.place import MANIFEST, RUNS, Version

__all__ = ["ObjectPlace"]

T = TypeVar("T")


class ObjectPlace:
    """A folder of any file system that fsspec opens by URL; `root` is that URL without its password.

    Raises MissingExtra without fsspec, UsageError for a URL that names no file system or can't be opened.
    """

    def __init__(self, url: str) -> None:
        try:
            import fsspec
        except ImportError:
            raise MissingExtra("fsspec", "store") from None
        self.root = re.sub(r"(://[^/@:]*):[^/@]*@", r"\1:***@", url.rstrip("/"))
        try:
            # listings must not be remembered: other processes write too
            self.filesystem, self._base = fsspec.core.url_to_fs(url.rstrip("/"), use_listings_cache=False)
        except ImportError as error:
            raise UsageError(
                f"The store {self.root} needs a package that is not installed: {error}.", hint="Install it."
            ) from None
        except Exception as error:
            raise UsageError(f"The store {self.root} can't be opened: {_line(error)}.", hint="Check the URL.") from None

    def address(self, *parts: str) -> str:
        return "/".join((str(self.root), *parts))

    def full_url(self, *parts: str) -> str:
        """What the file system itself understands, the protocol included."""
        return str(self.filesystem.unstrip_protocol(self._path(*parts)))

    def read(self, *parts: str) -> bytes:
        return self._ask(lambda fs: bytes(fs.cat_file(self._path(*parts))))

    def write(self, body: bytes, *parts: str) -> None:
        path = self._path(*parts)

        def put(fs: Any) -> None:
            fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            fs.pipe_file(path, body)

        self._ask(put)

    def remove(self, *parts: str) -> None:
        try:
            self._ask(lambda fs: fs.rm_file(self._path(*parts)))
        except FileNotFoundError:
            return

    def names(self, *parts: str) -> list[str]:
        return sorted({below.split("/")[0] for below in self._below(*parts)})

    def versions(self, home: str) -> list[str]:
        return sorted(path.split("/")[0] for path in self._below(RUNS, home) if path.endswith(f"/{MANIFEST}"))

    def all_versions(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for home, version, name in self._files():
            if name == MANIFEST:
                found.setdefault(home, []).append(version)
        return {home: sorted(versions) for home, versions in sorted(found.items())}

    def write_version(self, home: str, version: str, files: Mapping[str, bytes]) -> None:
        for name in sorted(files, key=lambda n: n == MANIFEST):
            self.write(files[name], RUNS, home, version, name)

    def remove_version(self, home: str, version: str) -> None:
        for path in sorted(self._below(RUNS, home, version), key=lambda p: p != MANIFEST):
            self.remove(RUNS, home, version, path)

    def leftovers(self, older_than_s: float) -> list[Version]:
        """Versions without a manifest, old enough that nobody still writes them."""
        limit, whole = time.time() - older_than_s, self.all_versions()
        found = sorted({Version(home, version) for home, version, _ in self._files()})
        return [v for v in found if v.name not in whole.get(v.home, ()) and _put_at(v.name) < limit]

    def _files(self) -> Iterator[tuple[str, str, str]]:
        """Home, version and name of each file of a version."""
        for path in self._below(RUNS):
            parts = path.split("/")
            if len(parts) == 3:
                yield parts[0], parts[1], parts[2]

    def _below(self, *parts: str) -> list[str]:
        path = self._path(*parts)
        try:
            found: Iterable[str] = self._ask(lambda fs: fs.find(path))
        except FileNotFoundError:
            return []
        return [str(p)[len(path) + 1 :] for p in found if str(p).startswith(f"{path}/")]

    def _path(self, *parts: str) -> str:
        return "/".join((self._base.rstrip("/"), *parts))

    def _ask(self, call: Callable[[Any], T]) -> T:
        with _as_os_error():
            return call(self.filesystem)


@contextmanager
def _as_os_error() -> Iterator[None]:
    """Each file system has errors of its own."""
    try:
        yield
    except OSError as error:
        if error.strerror is not None:
            raise
        kind = type(error) if type(error).__module__ == "builtins" else OSError
        raise kind(0, _line(error)) from None
    except Exception as error:
        raise OSError(0, _line(error)) from None


def _line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0] or type(error).__name__


def _put_at(version: str) -> float:
    stamp = version.partition("-")[0]
    return int(stamp) / 1e9 if stamp.isdigit() else 0.0
