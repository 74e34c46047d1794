"""Source `trackio`: Trackio's SQLite files, one a project, without Trackio.

They lie in `TRACKIO_DIR`, by default `~/.cache/huggingface/trackio`. A location is `FILE#RUN_ID`. Trackio keeps no
state and no end of a run: its state is unknown, and it ends with its last sign of life. A run that was resumed has no
start either, for Trackio overwrites it.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runcompare.errors import UnreadableRun
from runcompare.records.history import History
from runcompare.records.redact import redact
from runcompare.records.run import Attempt, Lost, Run, RunInfo, find_seed
from runcompare.sources.kit.engine_files import stages_in
from runcompare.sources.kit.hardware import hardware_of
from runcompare.sources.kit.sqlite import has_magic, query, tables_of
from runcompare.sources.kit.sqlite_rows import Row, had, rows_of
from runcompare.sources.trackio.rows import decoded, logged, seconds, telemetry

__all__ = ["Trackio"]

_COLUMNS = {"run_name", "timestamp", "step", "metrics"}
Tables = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class _Known:
    """What a listing knows of a run."""

    id: str
    name: str
    config: Mapping[str, Any]
    first: float | None


class Trackio:
    """Finds and reads the runs of Trackio projects. A database that can't be read at all is left to others to name."""

    name = "trackio"

    def accepts(self, path: Path) -> bool:
        return path.suffix == ".db"

    def scan(self, path: Path) -> Iterator[RunInfo]:
        if path.is_dir() or not has_magic(path):
            return
        tables = _tables(path)
        if tables is None:
            return
        known, damage = query(path, lambda db: _known(db, tables))
        for run in known:
            yield _info(run, path)
        if damage:
            raise UnreadableRun(f"{path} is damaged ({damage}): runs or their configs may be missing.")

    def read(self, location: str) -> Run:
        path, _, run_id = location.rpartition("#")
        tables = tables_of(Path(path))
        if not _is_store(tables):
            raise UnreadableRun(f"{path} is no Trackio project.", hint="List the runs again: runcompare runs")
        return query(Path(path), lambda db: _run(db, tables, Path(path), run_id))


def _tables(path: Path) -> Tables | None:
    try:
        tables = tables_of(path)
    except UnreadableRun:
        return None
    return tables if _is_store(tables) else None


def _is_store(tables: Tables) -> bool:
    return tables.get("metrics", frozenset()) >= _COLUMNS


def _owner(tables: Tables) -> str:
    """The column that tells runs apart: names did before there were ids."""
    return "run_id" if "run_id" in tables["metrics"] else "run_name"


def _known(db: sqlite3.Connection, tables: Tables) -> tuple[list[_Known], str]:
    owner = _owner(tables)
    firsts = f"SELECT {owner}, max(run_name), min(timestamp) FROM metrics GROUP BY {owner}"
    rows, damage = had(db, firsts)
    names = {run_id: (name, first) for run_id, name, first in rows if isinstance(run_id, str)}
    configs, no_configs = _configs(db, tables)
    ids = dict.fromkeys([*names, *configs])
    found = []
    for run_id in ids:
        name, first = names.get(run_id, (configs.get(run_id, ("", {}))[0], None))
        found.append(_Known(run_id, str(name or run_id), configs.get(run_id, ("", {}))[1], seconds(first)))
    return found, damage or no_configs


def _configs(db: sqlite3.Connection, tables: Tables) -> tuple[dict[str, tuple[str, dict[str, Any]]], str]:
    """Name and config of each run that has one."""
    if not tables.get("configs", frozenset()) >= {_owner(tables), "run_name", "config"}:
        return {}, ""
    rows, damage = had(db, f"SELECT {_owner(tables)}, run_name, config FROM configs")
    read = {run_id: (str(name), decoded(body) or {}) for run_id, name, body in rows if isinstance(run_id, str)}
    return read, damage


def _info(run: _Known, path: Path) -> RunInfo:
    group = run.config.get("_Group")
    created = seconds(run.config.get("_Created"))
    return RunInfo(
        id=run.id,
        name=run.name,
        source=Trackio.name,
        location=f"{path}#{run.id}",
        group=group if isinstance(group, str) and group else None,
        project=path.stem,
        started_at=min((t for t in (created, run.first) if t is not None), default=None),
        seed=find_seed(run.config),
    )


def _run(db: sqlite3.Connection, tables: Tables, path: Path, run_id: str) -> Run:
    owner = _owner(tables)
    rows, lost, said = rows_of(db, "metrics", "timestamp, step, metrics, run_name", owner, run_id)
    history = logged(rows)
    samples: list[Row] = []
    missing = 0
    if owner in tables.get("system_metrics", frozenset()):
        samples, missing, odd = rows_of(db, "system_metrics", "timestamp, metrics", owner, run_id)
        said += odd
    system = telemetry(samples)
    configs, damage = _configs(db, tables)
    name, config = configs.get(run_id, (str(rows[0][3]) if rows else run_id, {}))
    if not rows and not samples and run_id not in configs:
        raise UnreadableRun(f"{path}#{run_id} can't be read: {damage or 'the run is gone'}.")
    if damage:
        said.append("The table 'configs' is damaged: the run's config may be missing.")
    own = {key: value for key, value in config.items() if not key.startswith("_")}
    safe = redact(own)
    if safe != own:
        said.append("What looks like a secret was taken out of the config.")
    hardware, guessed = hardware_of(own, system.frame.columns)
    attempts = _attempts(config, history.times, system.times)
    return Run(
        info=_info(_Known(run_id, name, config, min(history.times, default=None)), path),
        config=safe,
        summary=history.summary,
        history=History(history.frame),
        system=History(system.frame),
        hardware=hardware,
        attempts=attempts,
        runtime_s=sum((a.ended_at or a.started_at) - a.started_at for a in attempts) if attempts else None,
        stages=stages_in(history.summary),
        lost=Lost(lost + missing + history.lost + system.lost),
        warnings=(*said, *history.warnings, *system.warnings, *guessed, *_left_out(db, tables, run_id)),
    )


def _attempts(config: Mapping[str, Any], *times: list[float]) -> tuple[Attempt, ...]:
    """One from the run's creation to its last sign of life; none if it was created again since its first."""
    created, signs = seconds(config.get("_Created")), [t for some in times for t in some]
    if created is None or (signs and min(signs) < created):
        return ()
    return (Attempt(created, max(signs, default=None)),)


def _left_out(db: sqlite3.Connection, tables: Tables, run_id: str) -> list[str]:
    said = []
    for table, what in (("run_artifact_links", "artifacts"), ("traces", "traces"), ("alerts", "alerts")):
        if "run_id" in tables.get(table, frozenset()):
            counted, _ = had(db, f"SELECT count(*) FROM {table} WHERE run_id = ?", (run_id,))
            said += [f"{n} {what} of the run were not read." for (n,) in counted if n]
    return said
