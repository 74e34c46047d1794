"""What a store's runs are, without opening each: one Parquet file with a line a run.

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
from hashlib import sha256
from typing import Any

import polars as pl

from runcompare.errors import UnreadableRun
from runcompare.records.figure import Figure
from runcompare.records.history import History
from runcompare.records.run import Run, RunInfo
from runcompare.records.store_files import HISTORY, RUN, checked, manifest_of
from runcompare.records.store_places import RUNS, Place
from runcompare.records.stored import decode_figures, decode_info, decode_rows, last_numbers, marked, unmarked

__all__ = ["Outline", "current", "infos_of", "outlines_of"]

FOLDER = "index"
_COLUMNS = ("home", "version", "fingerprint", "info", "rest")
_REST = ("config", "summary", "figures", "last", "rows", "runtime_s")
_FEW = 16  # versions that a listing reads by themselves rather than write the index again


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
        """A run whose history is one row, the last values: enough for the final value of any metric."""
        last = pl.DataFrame({key: [v if abs(v) < 2**63 else float(v)] for key, v in self.last.items()})
        return Run(self.info, self.config, self.summary, History(last), figures=self.figures, runtime_s=self.runtime_s)


def current(place: Place) -> pl.DataFrame:
    """A line a run, its newest version: columns home, version, fingerprint, info and rest (JSON).

    Runs whose files are damaged are left out unless they were in the index already. Writes the index again if more
    than a few versions were not in it and the place can be written.
    """
    newest = {home: versions[-1] for home, versions in place.all_versions().items()}
    known = _load(place)
    there = pl.DataFrame({"home": list(newest), "version": list(newest.values())}, schema=_schema("home", "version"))
    kept = there.join(known, on=["home", "version"], how="inner")
    missing = there.join(known, on=["home", "version"], how="anti")
    read = _read(place, missing.rows())
    if not read.height:
        return kept
    frame = pl.concat([kept, read])
    if read.height > _FEW:
        with suppress(OSError):
            _save(place, frame)
    return frame


def infos_of(frame: pl.DataFrame) -> list[RunInfo]:
    """By start and id."""
    return sorted((decode_info(_loads(text)) for text in frame["info"]), key=_by_start)


def outlines_of(frame: pl.DataFrame) -> list[Outline]:
    """By start and id."""
    return sorted((_outline(*row) for row in frame.select(_COLUMNS).iter_rows()), key=lambda o: _by_start(o.info))


def _by_start(info: RunInfo) -> tuple[bool, float, str]:
    return info.started_at is None, info.started_at or 0.0, info.id


def _outline(home: str, version: str, fingerprint: str | None, info: str, rest: str) -> Outline:
    stored = _loads(rest)
    body = unmarked(stored) if '"$' in rest else stored
    body["figures"] = decode_figures(body["figures"])
    return Outline(decode_info(_loads(info)), **body, fingerprint=fingerprint, home=home, version=version)


def _loads(text: str) -> Any:
    return json.loads(text)


def _schema(*names: str) -> dict[str, type[pl.String]]:
    return dict.fromkeys(names, pl.String)


def _load(place: Place) -> pl.DataFrame:
    """The newest index that is as it was written; empty if there is none."""
    with suppress(OSError):
        for name in reversed(place.names(FOLDER)):
            try:
                body = place.read(FOLDER, name)
            except OSError:
                continue
            if name.endswith(f"-{_sum(body)}.parquet"):
                return pl.read_parquet(io.BytesIO(body))
    return pl.DataFrame(schema=_schema(*_COLUMNS))


def _save(place: Place, frame: pl.DataFrame) -> None:
    """Raises OSError."""
    before = place.names(FOLDER)
    out = io.BytesIO()
    frame.select(_COLUMNS).sort("home").write_parquet(out, compression="zstd")
    name = f"{time.time_ns():020d}-{_sum(out.getvalue())}.parquet"
    place.write(out.getvalue(), FOLDER, name)
    for old in before:
        if old < name:
            place.remove(FOLDER, old)


def _sum(body: bytes) -> str:
    return sha256(body).hexdigest()[:32]


def _read(place: Place, versions: Iterable[tuple[str, str]]) -> pl.DataFrame:
    """The lines of some versions, from their own files; damaged ones are left out."""

    def line(at: tuple[str, str]) -> tuple[str | None, ...] | None:
        try:
            return (*at, *_line(place, *at))
        except UnreadableRun:
            return None

    with ThreadPoolExecutor(8) as pool:  # most of the time goes by waiting for the disk or the network
        found = [some for some in pool.map(line, versions) if some is not None]
    return pl.DataFrame(found, schema=_schema(*_COLUMNS), orient="row")


def _line(place: Place, home: str, version: str) -> tuple[str | None, str, str]:
    manifest = manifest_of(place, home, version)
    try:
        body = json.loads(checked(place, home, version, RUN, manifest))
        if "last" not in body:  # written before listings had it
            rows = History(decode_rows(checked(place, home, version, HISTORY, manifest)))
            body |= {"rows": len(rows), "last": marked(last_numbers(rows))}
        decode_info(body["info"])
        rest = {key: body[key] for key in _REST}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UnreadableRun(f"{place.address(RUNS, home, version, RUN)} is no stored run.") from None
    fingerprint = manifest.get("fingerprint")
    known = fingerprint if isinstance(fingerprint, str) else None
    return known, json.dumps(body["info"]), json.dumps(rest)
