"""A source of another package, whose failures are told as errors of ours."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from runcompare.errors import RuncompareError, UnreadableRun
from runcompare.records.run import Run, RunInfo
from runcompare.sources.base import Source, Trying

__all__ = ["Guarded"]


class Guarded:
    """Passes everything on; what the source raises besides our errors becomes UnreadableRun, and what it returns is
    checked to be a run."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.name = source.name

    def accepts(self, path: Path) -> bool:
        try:
            return bool(self.source.accepts(path))
        except Exception as error:
            raise self._failed("the names of files", error) from error  # once, not for every file

    def scan(self, path: Path) -> Iterator[RunInfo]:
        yield from self._listed(self.source.scan, path)

    def scan_named(self, path: Path) -> Iterator[RunInfo]:
        if isinstance(self.source, Trying):
            yield from self._listed(self.source.scan_named, path)

    def read(self, location: str) -> Run:
        try:
            run = self.source.read(location)
        except RuncompareError:
            raise
        except Exception as error:
            raise self._failed(location, error) from error
        if not isinstance(run, Run):
            raise UnreadableRun(f"The source '{self.name}' made no run of {location}.", hint="Mend its package.")
        return run

    def _listed(self, scan: Callable[[Path], Iterable[RunInfo]], path: Path) -> Iterator[RunInfo]:
        try:
            for info in scan(path):
                if not isinstance(info, RunInfo):
                    raise TypeError(f"a {type(info).__name__} is no RunInfo")
                yield info
        except RuncompareError:
            raise
        except Exception as error:
            raise self._failed(path, error) from error

    def _failed(self, where: Path | str, error: Exception) -> UnreadableRun:
        why = (str(error).splitlines() or [""])[0][:200]
        said = f"The source '{self.name}' failed at {where}: {type(error).__name__}: {why}."
        return UnreadableRun(said, hint="Mend or remove its package.")
