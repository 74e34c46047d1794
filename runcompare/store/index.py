"""What are a store's runs, without opening each? One Parquet file with a line a run has them.

It is a cache, keyed by the folder names of the versions, whose contents never change: a version that it lacks is
read from its own files, one that is gone is passed over, and a store without it loses nothing but time. Files of it
are never changed either: the next one replaces them.
"""

import io
import json
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

import polars as pl

from runcompare.errors import UnreadableRun
from runcompare.records.figure import Figure
from runcompare.records.history import History
from runcompare.records.run import Run, RunInfo
from runcompare.store.codec import (
    HISTORY,
    RUN,
    decode_figures,
    decode_info,
    decode_rows,
    last_numbers,
    marked,
    unmarked,
)
from runcompare.store.manifest import checked, manifest_of
from runcompare.store.place import RUNS, Place, Version

__all__ = [
    "FOLDER",
    "Current",
    "Outline",
    "current",
    "gone_texts",
    "index_files",
    "infos_of",
    "is_index",
    "is_superseded",
    "outlines_of",
    "start_order",
    "write_index",
]

FOLDER = "index"
_REST = ("config", "summary", "figures", "last", "rows", "runtime_s")
_NONE = History()
FEW, PART = 16, 100  # how many versions, and which part of all, may be read by themselves before the index is written


class _Line(NamedTuple):
    """A run in the index; `info` and `rest` are JSON."""

    home: str
    version: str
    fingerprint: str | None
    info: str
    rest: str


@dataclass(frozen=True, slots=True)
class Outline:
    """A run without its rows; `last` has the last value that each numeric key logged, `fingerprint` is that of
    the source when the run was read (None: not known)."""

    info: RunInfo
    config: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)
    last: Mapping[str, int | float] = field(default_factory=dict)
    rows: int = 0
    runtime_s: float | None = None
    fingerprint: str | None = None
    home: str = ""
    version: str = ""

    def as_run(self) -> Run:
        """A run without rows, in whose summary the last logged number stands for each key that has no final one."""
        stated = {key for key, v in self.summary.items() if isinstance(v, int | float) and not isinstance(v, bool)}
        logged = {key: v for key, v in self.last.items() if key not in stated and key not in self.figures}
        return Run(self.info, self.config, {**self.summary, **logged}, _NONE, _NONE, figures=self.figures)


class Current(NamedTuple):
    """The newest version of each run, a line each: home, version, fingerprint, info and rest (JSON).

    `problems` are why some versions can't be listed, `gone` the index's lines of runs of which no version is left.
    `is_due` says whether writing the index again is worth it.
    """

    lines: pl.DataFrame
    problems: Mapping[Version, str]
    gone: pl.DataFrame
    is_due: bool


def current(place: Place) -> Current:
    """What the store holds now. Writes nothing.

    Runs whose files are damaged are among the `problems`, unless they were in the index already.
    """
    newest = {home: versions[-1] for home, versions in place.all_versions().items()}
    known, is_whole = _load(place)
    there = pl.DataFrame({"home": list(newest), "version": list(newest.values())}, schema=_schema("home", "version"))
    kept = there.join(known, on=["home", "version"], how="inner")
    missing = there.join(known, on=["home", "version"], how="anti")
    read = _read(place, missing.rows())
    gone = _gone(place, known.join(there, on="home", how="anti"))
    few = min(FEW, kept.height // PART)
    return Current(pl.concat([kept, read.lines]), read.problems, gone, read.lines.height > few or not is_whole)


def _gone(place: Place, lines: pl.DataFrame) -> pl.DataFrame:
    """Those of the index's runs that have no version; the index may be younger than the listing of versions."""
    homes = [home for home in lines["home"] if not place.versions(home)]
    return lines.filter(pl.col("home").is_in(homes))


def gone_texts(place: Place, found: Current) -> list[str]:
    """A line for each run that is gone."""
    rows = found.gone.select("home", "version", "info").iter_rows()
    return [f"{place.address(RUNS, home, version)} of run {_info(info).id} is gone." for home, version, info in rows]


def write_index(place: Place, *, forget: bool = False) -> None:
    """Write the index again if more than a few versions were not in it and the place can be written.

    Runs that are gone stay in it, so that their loss is told, unless they are to be forgotten.
    """
    found = current(place)
    if found.is_due or (forget and found.gone.height):
        with suppress(OSError):
            _save(place, found.lines if forget else pl.concat([found.lines, found.gone.select(found.lines.columns)]))


class StartOrder(NamedTuple):
    """A key to sort runs by: their start, the unknown ones last, then their id."""

    unknown: bool
    started_at: float
    id: str


def start_order(info: RunInfo) -> StartOrder:
    return StartOrder(info.started_at is None, info.started_at or 0.0, info.id)


def infos_of(lines: pl.DataFrame) -> list[RunInfo]:
    """The runs of `current`, by start and id."""
    return sorted(map(_info, lines["info"]), key=start_order)


def outlines_of(lines: pl.DataFrame, newest: int | None = None) -> list[Outline]:
    """The runs of `current` with all but their rows, by start and id; the last `newest` of them, if given."""
    found = [(_info(line["info"]), line) for line in lines.iter_rows(named=True)]
    found.sort(key=lambda pair: start_order(pair[0]))
    return [_outline(info, line) for info, line in (found if newest is None else found[max(0, len(found) - newest) :])]


def _outline(info: RunInfo, line: Mapping[str, Any]) -> Outline:
    body = _loads(line["rest"])
    body["figures"] = decode_figures(body["figures"])
    return Outline(info, **body, **{key: line[key] for key in ("fingerprint", "home", "version")})


@lru_cache(maxsize=50_000)
def _info(text: str) -> RunInfo:
    return decode_info(_loads(text))


def _loads(text: str) -> Any:
    """Most texts hold nothing marked, and looking at each value takes longer than reading it."""
    stored = json.loads(text)
    return unmarked(stored) if '"$' in text else stored


def _schema(*names: str) -> dict[str, type[pl.String]]:
    return dict.fromkeys(names, pl.String)


class _Index(NamedTuple):
    """The lines of the newest index that is as it was written, and whether that is the newest there is."""

    lines: pl.DataFrame
    is_whole: bool


def _load(place: Place) -> _Index:
    damaged = 0
    with suppress(OSError):
        for name in reversed(index_files(place)):
            try:
                body = place.read(FOLDER, name)
            except OSError:
                continue
            if is_index(name, body):
                return _Index(pl.read_parquet(io.BytesIO(body)), not damaged)
            damaged += 1
    return _Index(pl.DataFrame(schema=_schema(*_Line._fields)), not damaged)


def index_files(place: Place) -> list[str]:
    """The names of the index's files, without what a writer that was killed has left. Raises OSError."""
    return [name for name in place.names(FOLDER) if not name.startswith(".")]


def is_index(name: str, body: bytes) -> bool:
    """Whether a file of the index is as it was written."""
    return name.endswith(f"-{_sum(body)}.parquet")


def _save(place: Place, frame: pl.DataFrame) -> None:
    """Raises OSError."""
    before = place.names(FOLDER)
    out = io.BytesIO()
    frame.select(_Line._fields).sort("home").write_parquet(out, compression="zstd")
    name = f"{time.time_ns():020d}-{_sum(out.getvalue())}.parquet"
    place.write(out.getvalue(), FOLDER, name)
    for old in before:
        if old < name:
            place.remove(FOLDER, old)


def _sum(body: bytes) -> str:
    return sha256(body).hexdigest()[:32]


class _Read(NamedTuple):
    lines: pl.DataFrame
    problems: dict[Version, str]


def _read(place: Place, versions: Iterable[tuple[str, str]]) -> _Read:
    """The lines of some versions, from their own files, and why some have none."""

    def line(at: tuple[str, str]) -> _Line | UnreadableRun:
        try:
            return _line(place, *at)
        except UnreadableRun as error:
            return error

    wanted = list(versions)
    with ThreadPoolExecutor(8) as pool:  # most of the time goes by waiting for the disk or the network
        found = list(zip(wanted, pool.map(line, wanted), strict=True))
    problems = {Version(*at): one.message for at, one in found if isinstance(one, UnreadableRun)}
    problems = {at: why for at, why in problems.items() if not is_superseded(place, at)}
    lines = [one for _, one in found if isinstance(one, _Line)]
    return _Read(pl.DataFrame(lines, schema=_schema(*_Line._fields), orient="row"), problems)


def is_superseded(place: Place, version: Version) -> bool:
    """Whether a version was removed, by `gc` beside us, since there is a newer one."""
    found = place.versions(version.home)
    return version.name not in found and any(name > version.name for name in found)


def _line(place: Place, home: str, version: str) -> _Line:
    manifest = manifest_of(place, home, version)
    try:
        body = json.loads(checked(place, home, version, RUN, manifest=manifest))
        if "last" not in body:  # written before listings had it
            rows = History(decode_rows(checked(place, home, version, HISTORY, manifest=manifest)))
            body |= {"rows": len(rows), "last": marked(last_numbers(rows))}
        decode_info(unmarked(body["info"]))
        rest = {key: body[key] for key in _REST}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UnreadableRun(f"{place.address(RUNS, home, version, RUN)} is no stored run.") from None
    fingerprint = manifest.get("fingerprint")
    known = fingerprint if isinstance(fingerprint, str) else None
    return _Line(home, version, known, json.dumps(body["info"]), json.dumps(rest))
