"""A source behind the boundary: what it raises besides our errors becomes a problem of the run that it was reading."""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

from runcompare.errors import UnreadableRun
from runcompare.records.boundary import boundary, told
from runcompare.records.run import Run, RunInfo
from runcompare.sources.base import NamedFileSource, RemoteSource, Source
from runcompare.sources.kit.assemble import finished

__all__ = ["Guarded", "GuardedServer"]

_FOREIGN = "Mend or remove its package."


class _Guard:
    """What both kinds share. Of a source's other methods (`config`, `read_since`, `fingerprint`) those are there that
    it has; their first argument is a location."""

    source: Any
    name: str
    hint = ""

    def __getattr__(self, attribute: str) -> Any:
        if attribute == "source" or attribute.startswith("__"):
            raise AttributeError(attribute)
        found = getattr(self.source, attribute)
        if not callable(found):
            return found

        @wraps(found)
        def guarded(location: Any, *args: Any) -> Any:
            with boundary(self._of(location), self.hint):
                return found(location, *args)

        return guarded

    def _of(self, where: object) -> str:
        return f"{where} (source '{self.name}')"


class Guarded(_Guard):
    """A source of files. What another package's returns is checked to be a run, and finished as ours are."""

    def __init__(self, source: Source, *, is_ours: bool = True) -> None:
        self.source = source
        self.is_ours = is_ours
        self.hint = "" if is_ours else _FOREIGN
        self.name = source.name
        self.keeps_ids = bool(getattr(source, "keeps_ids", False))

    def accepts(self, path: Path) -> bool:
        try:
            return bool(self.source.accepts(path))
        except BaseException as error:
            problem = told(error, self._of("A file's name"), self.hint)  # once, not for every file
            if problem is None:
                raise
            raise problem from error

    def scan(self, path: Path) -> Iterator[RunInfo]:
        yield from self._listed(self.source.scan, path)

    def scan_named(self, path: Path) -> Iterator[RunInfo]:
        if isinstance(self.source, NamedFileSource):
            yield from self._listed(self.source.scan_named, path)

    def read(self, location: str) -> Run:
        with boundary(self._of(location), self.hint):
            run = self.source.read(location)
            if not isinstance(run, Run):
                raise UnreadableRun(f"The source '{self.name}' made no run of {location}.", hint=_FOREIGN)
            return run if self.is_ours else finished(run)

    def _listed(self, scan: Callable[[Path], Iterable[RunInfo]], path: Path) -> Iterator[RunInfo]:
        with boundary(self._of(path), self.hint):
            for info in scan(path):
                if not isinstance(info, RunInfo):
                    raise TypeError(f"a {type(info).__name__} is no RunInfo")
                yield info


class GuardedServer(_Guard):
    """A source that asks a server."""

    def __init__(self, source: RemoteSource) -> None:
        self.source = source
        self.name = source.name

    def claims(self, reference: str) -> bool:
        return bool(self.source.claims(reference))

    def find(self, reference: str) -> list[RunInfo]:
        with boundary(self._of(reference)):
            found: list[RunInfo] = self.source.find(reference)
            return found

    def read(self, location: str) -> Run:
        with boundary(self._of(location)):
            run: Run = self.source.read(location)
            return run
