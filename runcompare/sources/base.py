"""What a source is: something that finds a tracker's runs below a path and reads them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from runcompare.records.run import Log, Run, RunInfo

__all__ = ["Listing", "NamedFileSource", "RemoteSource", "Source", "TellingSource"]


@runtime_checkable
class Source(Protocol):
    """Reads one tracker's runs from files. Register yours as an entry point of group `runcompare.sources`.

    `accepts` looks at names only: it is asked about every file and folder below the roots. `scan` lists the runs
    of one accepted path, without their histories. `read` takes a `RunInfo.location` of this source back and
    returns the whole run. Both raise UnreadableRun if nothing is readable; neither changes the input. A source may also
    have `config(location)`, which gives a run's config alone, where that is quicker than `read`, and `keeps_ids = True`
    where its ids are the tracker's own, so that one id in two places is one run. The ids of other sources are replaced
    by where the runs lie.
    """

    name: str

    def accepts(self, path: Path) -> bool: ...

    def scan(self, path: Path) -> Iterator[RunInfo]: ...

    def read(self, location: str) -> Run: ...


@runtime_checkable
class NamedFileSource(Protocol):
    """A source that also tries a file which the user names and no source accepts by its name. It lists nothing for
    what is none of its kind."""

    def scan_named(self, path: Path) -> Iterator[RunInfo]: ...


@runtime_checkable
class TellingSource(Protocol):
    """A source that can say why a file which it accepts by its name is no run; nothing where it is a part of one."""

    def why_not(self, path: Path) -> str: ...


@runtime_checkable
class RemoteSource(Protocol):
    """Reads runs from a server, by the references that only it understands (URLs, `entity/project/id`).

    `claims` looks at the text only and asks no server. `find` lists the runs that a claimed reference names, without
    histories; their `location` is a URL that `read` takes back. Both raise RunNotFound, AuthError,
    TrackerError (rate limit, server, network) or UnreadableRun.
    """

    name: str

    def claims(self, reference: str) -> bool: ...

    def find(self, reference: str) -> list[RunInfo]: ...

    def read(self, location: str) -> Run: ...


@dataclass(frozen=True, slots=True)
class Listing:
    """The runs below some folders, by start and id; what could not be listed, and where we looked.

    `passed_over` says what lies there that may be logs and was not looked into, for its names say nothing. `again` are
    the logs that hold a listed run once more, by its id, and are not read: a tracker's beside our record, a copy.
    """

    runs: tuple[RunInfo, ...] = ()
    warnings: tuple[str, ...] = ()
    looked_in: tuple[Path, ...] = ()
    passed_over: tuple[str, ...] = ()
    again: Mapping[str, tuple[Log, ...]] = field(default_factory=dict)
