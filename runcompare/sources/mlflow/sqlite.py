"""Source `mlflow`: MLflow's SQLite store (`mlflow.db`, or any SQLite file that has its tables), without MLflow.

A location is `FILE#RUN_ID`. Deleted runs are not listed.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from runcompare.errors import UnreadableRun
from runcompare.records.run import Run, RunInfo
from runcompare.sources.kit.gone import gone
from runcompare.sources.kit.sqlite import has_magic, query, tables_of
from runcompare.sources.kit.sqlite_rows import named_rows, readable_rows
from runcompare.sources.mlflow.run import PARENT_TAG, SEED_KEYS, Record, info_of, run_of
from runcompare.sources.mlflow.sqlite_points import points_of

__all__ = ["MlflowSqlite"]

_TABLES = {
    "runs": {"run_uuid", "status", "start_time", "end_time", "experiment_id"},
    "metrics": {"key", "value", "timestamp", "run_uuid", "step", "is_nan"},
    "params": {"key", "value", "run_uuid"},
    "tags": {"key", "value", "run_uuid"},
}
_SUFFIXES = (".db", ".db3", ".sqlite", ".sqlite3")


class MlflowSqlite:
    """Finds and reads the runs of SQLite stores."""

    name = "mlflow"
    keeps_ids = True

    def accepts(self, path: Path) -> bool:
        return path.suffix in _SUFFIXES

    def scan(self, path: Path) -> Iterator[RunInfo]:
        if path.is_dir() or not (has_magic(path) or path.name == "mlflow.db") or not _is_store(path):
            return
        found = query(path, _records)
        for record in found.records:
            yield info_of(record, self.name, f"{path}#{record.id}")
        if found.damage:
            raise UnreadableRun(f"{path} is damaged ({found.damage}): runs or their names may be missing.")

    def read(self, location: str) -> Run:
        file, _, run_id = location.rpartition("#")
        path = Path(file)
        if not _is_store(path):
            raise gone(f"{path} is no MLflow store.", path)
        return query(path, lambda db: _run(db, run_id, self.name, location))


def _is_store(path: Path) -> bool:
    tables = tables_of(path)
    return all(columns <= tables.get(name, frozenset()) for name, columns in _TABLES.items())


class _Records(NamedTuple):
    records: list[Record]
    damage: str


def _records(db: sqlite3.Connection) -> _Records:
    """All runs but the deleted ones, with their tags and seeds; and what was damaged."""
    rows, damage = named_rows(db, "runs")
    projects, no_names = named_rows(db, "experiments")
    names = {row["experiment_id"]: row.get("name") for row in projects}
    records = {str(row["run_uuid"]): _record(row, names) for row in rows}
    seeds = ", ".join("?" * len(SEED_KEYS))
    tags, no_tags = readable_rows(db, "SELECT run_uuid, key, value FROM tags")
    params, no_seeds = readable_rows(db, f"SELECT run_uuid, key, value FROM params WHERE key IN ({seeds})", SEED_KEYS)
    for run_id, key, text in tags:
        if run_id in records:
            records[run_id].tags[str(key)] = _text(text)
    for run_id, key, text in params:
        if run_id in records:
            records[run_id].params[str(key)] = _text(text)
    for record in records.values():
        parent = records.get(record.tags.get(PARENT_TAG, ""))
        record.parent = parent.name if parent else None
        if record.status == "RUNNING":
            record.last = _last_sign(db, record.id)
    damage = damage or no_names or no_tags or no_seeds
    return _Records([r for r in records.values() if not r.deleted], damage)


def _record(row: dict[str, Any], projects: dict[Any, Any]) -> Record:
    project = projects.get(row["experiment_id"])
    return Record(
        id=str(row["run_uuid"]),
        name=_text(row.get("name")) or None,
        experiment=_text(project) or None,
        status=_text(row["status"]),
        started=_whole(row["start_time"]),
        ended=_whole(row["end_time"]),
        artifacts=_text(row.get("artifact_uri")) or None,
        deleted=row.get("lifecycle_stage") == "deleted",
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def _last_sign(db: sqlite3.Connection, run_id: str) -> int | None:
    try:
        return _whole(
            db.execute("SELECT max(timestamp) FROM latest_metrics WHERE run_uuid = ?", (run_id,)).fetchone()[0]
        )
    except sqlite3.Error:  # a store older than that table
        return None


def _run(db: sqlite3.Connection, run_id: str, source: str, location: str) -> Run:
    rows, damage = named_rows(db, "runs", "run_uuid = ?", run_id)
    projects, no_name = named_rows(db, "experiments")
    record = _record(rows[0], {row["experiment_id"]: row.get("name") for row in projects}) if rows else Record(run_id)
    params, no_params = readable_rows(db, "SELECT key, value FROM params WHERE run_uuid = ?", (run_id,))
    tags, no_tags = readable_rows(db, "SELECT key, value FROM tags WHERE run_uuid = ?", (run_id,))
    record.params = {str(key): _text(text) for key, text in params}
    record.tags = {str(key): _text(text) for key, text in tags}
    record.parent = _name_of(db, record.tags.get(PARENT_TAG))
    record.inputs = _count_inputs(db, run_id)
    reading = points_of(db, run_id)
    if not (rows or params or tags or len(reading.points)):
        raise UnreadableRun(f"{location} can't be read: {damage or 'the run is gone'}.")
    broken = [name for name, error in zip(_PARTS, (damage, no_name, no_params, no_tags), strict=True) if error]
    if broken:
        incomplete = f"The store is damaged: the run's {', '.join(broken)} may be incomplete."
        reading = replace(reading, warnings=(*reading.warnings, incomplete))
    return run_of(record, reading, source, location)


_PARTS = ("description", "experiment", "params", "tags")


def _name_of(db: sqlite3.Connection, run_id: str | None) -> str | None:
    if not run_id:
        return None
    rows, _ = named_rows(db, "runs", "run_uuid = ?", run_id)
    return _record(rows[0], {}).name if rows else None


def _count_inputs(db: sqlite3.Connection, run_id: str) -> int:
    try:
        return int(db.execute("SELECT count(*) FROM inputs WHERE destination_id = ?", (run_id,)).fetchone()[0])
    except sqlite3.Error:  # a store older than that table
        return 0
