"""From a Trackio project's tables to its runs."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from runcompare.errors import UnreadableRun
from runcompare.records.run import Lost, Run, RunInfo, find_seed
from runcompare.sources.kit.assemble import Draft, assemble
from runcompare.sources.kit.attempt_times import AttemptTimes, Signs, attempts_by_signs
from runcompare.sources.kit.sqlite_rows import Owned, Row, Salvaged, owned_rows, readable_rows, rows_of_both_ends
from runcompare.sources.trackio.long import long_history
from runcompare.sources.trackio.rows import decoded, logged, seconds, telemetry

__all__ = ["Known", "KnownRuns", "Tables", "info_of", "is_project", "list_known", "read_run"]

SOURCE = "trackio"
_COLUMNS = {"run_name", "timestamp", "step", "metrics"}
Tables = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Known:
    """What a listing knows of a run; `first` is its first row's time, Unix seconds."""

    id: str
    name: str
    config: Mapping[str, Any]
    first: float | None


class KnownRuns(NamedTuple):
    """The runs of a project, and what SQLite says of damage."""

    runs: list[Known]
    damage: str


class _Config(NamedTuple):
    name: str
    values: dict[str, Any]


class _Configs(NamedTuple):
    by_run: dict[str, _Config]
    damage: str = ""


def is_project(tables: Tables) -> bool:
    """Whether a database has the tables of a Trackio project."""
    return tables.get("metrics", frozenset()) >= _COLUMNS


def _owner(tables: Tables) -> str:
    """The column that tells runs apart: names did before there were ids."""
    return "run_id" if "run_id" in tables["metrics"] else "run_name"


def list_known(db: sqlite3.Connection, tables: Tables) -> KnownRuns:
    """All runs that have rows or a config. Raises sqlite3.DatabaseError where nothing can be read for damage: a copy
    may give more."""
    owner = _owner(tables)
    firsts = f"SELECT {owner}, max(run_name), min(timestamp) FROM metrics GROUP BY {owner}"
    rows, damage = readable_rows(db, firsts)
    if damage:
        rows = _firsts(rows_of_both_ends(db, "metrics", f"{owner}, run_name, timestamp"))
        if not rows:
            raise sqlite3.DatabaseError(damage)
    names = {run_id: (name, first) for run_id, name, first in rows if isinstance(run_id, str)}
    configs, no_configs = _configs(db, tables)
    found = []
    for run_id in dict.fromkeys([*names, *configs]):
        config = configs.get(run_id, _Config("", {}))
        name, first = names.get(run_id, (config.name, None))
        found.append(Known(run_id, str(name or run_id), config.values, seconds(first)))
    return KnownRuns(found, damage or no_configs)


def _firsts(rows: Iterable[Row]) -> list[Row]:
    """Each owner's name and first time, of rows that could be read."""
    found: dict[Any, Row] = {}
    for owner, name, moment, _ in rows:
        before = found.get(owner, (owner, name, moment))
        found[owner] = owner, name, min((t for t in (before[2], moment) if isinstance(t, str)), default=None)
    return list(found.values())


def _configs(db: sqlite3.Connection, tables: Tables) -> _Configs:
    if not tables.get("configs", frozenset()) >= {_owner(tables), "run_name", "config"}:
        return _Configs({})
    rows, damage = readable_rows(db, f"SELECT {_owner(tables)}, run_name, config FROM configs")
    read = {run_id: _Config(str(name), decoded(body) or {}) for run_id, name, body in rows if isinstance(run_id, str)}
    return _Configs(read, damage)


def info_of(run: Known, path: Path) -> RunInfo:
    """What a listing shows of a run of the project at `path`."""
    group = run.config.get("_Group")
    created = seconds(run.config.get("_Created"))
    return RunInfo(
        id=run.id,
        name=run.name,
        source=SOURCE,
        location=f"{path}#{run.id}",
        group=group if isinstance(group, str) and group else None,
        project=path.stem,
        started_at=min((t for t in (created, run.first) if t is not None), default=None),
        seed=find_seed(run.config),
    )


def read_run(db: sqlite3.Connection, tables: Tables, path: Path, run_id: str) -> Run:
    """Raises UnreadableRun if nothing of the run is left, sqlite3.DatabaseError where damage is why."""
    owner = _owner(tables)
    samples = Salvaged([])
    if owner in tables.get("system_metrics", frozenset()):
        samples = owned_rows(db, Owned("system_metrics", "timestamp, metrics", owner, run_id))
    system = telemetry(samples.rows)
    configs, damage = _configs(db, tables)
    created = seconds(configs[run_id].values.get("_Created")) if run_id in configs else None
    owned = Owned("metrics", "timestamp, step, metrics, run_name", owner, run_id)
    logs, history = Salvaged([]), long_history(db, owned, Signs(created or 0.0, None, np.sort(system.times)))
    if history is None:
        logs = owned_rows(db, owned)
        history = logged(logs.rows)
    if not logs.rows and not history.frame.height and not samples.rows and run_id not in configs:
        if logs.lost or samples.lost:
            raise sqlite3.DatabaseError("its tables are damaged")
        raise UnreadableRun(f"{path}#{run_id} can't be read: {damage or 'the run is gone'}.")
    name = str(logs.rows[0][3]) if logs.rows else _name_of(db, owned)
    config = configs.get(run_id, _Config(name or run_id, {}))
    no_config = ["The table 'configs' is damaged: the run's config may be missing."] if damage else []
    known = Known(run_id, config.name, config.values, min(history.times, default=None))
    times = _attempts(created, [*history.times, *system.times], history.signs)
    draft = Draft(
        info_of(known, path),
        config={key: value for key, value in config.values.items() if not key.startswith("_")},
        summary=history.summary,
        history=history.frame,
        whole=history.whole,
        system=system.frame,
        attempts=times.attempts,
        lost=Lost(logs.lost + samples.lost + history.lost + system.lost),
        warnings=(
            *(*logs.warnings, *samples.warnings, *no_config),
            *(*history.warnings, *system.warnings, *times.warnings, *_left_out(db, tables, run_id)),
        ),
    )
    return assemble(draft)


def _name_of(db: sqlite3.Connection, owned: Owned) -> str | None:
    """What a run without a config is called."""
    sql = f"SELECT run_name FROM {owned.table} WHERE {owned.owner} = ? LIMIT 1"
    return next((str(name) for (name,) in readable_rows(db, sql, (owned.value,)).rows), None)


def _attempts(created: float | None, times: Sequence[float], signs: Signs | None) -> AttemptTimes:
    """From the run's creation to its last sign of life, without pauses; none if it was created again since its
    first. `times` hold the first sign; all of them where there are no `signs`."""
    if created is None or (times and min(times) < created):
        return AttemptTimes(())
    return attempts_by_signs(created, None, times) if signs is None else signs.attempts()


def _left_out(db: sqlite3.Connection, tables: Tables, run_id: str) -> list[str]:
    notes = []
    for table, what in (("run_artifact_links", "artifacts"), ("traces", "traces"), ("alerts", "alerts")):
        if "run_id" in tables.get(table, frozenset()):
            counted = readable_rows(db, f"SELECT count(*) FROM {table} WHERE run_id = ?", (run_id,))
            notes += [f"{n} {what} of the run were not read." for (n,) in counted.rows if n]
    return notes
