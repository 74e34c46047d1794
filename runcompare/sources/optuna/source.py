"""Source `optuna`: the trials of studies in Optuna's SQLite storage, read only, without Optuna.

Each trial is a run: its parameters are the config, its value is the final value (`value`, or the name that the study
gives it), its intermediate values are the curve `intermediate_value`. Which way the value is better is declared by the
study. A location is `FILE#STUDY_ID/NUMBER`.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from runcompare.errors import UnreadableRun
from runcompare.records.run import Attempt, DeclaredMetric, Run, RunInfo, State, find_seed
from runcompare.sources.kit.assemble import Draft, assemble
from runcompare.sources.kit.gone import gone
from runcompare.sources.kit.keys import made_id
from runcompare.sources.kit.points import points, rows_of_curves
from runcompare.sources.kit.sqlite import has_magic, query, tables_of

__all__ = ["Optuna"]

_TABLES = {
    "studies": {"study_id", "study_name"},
    "study_directions": {"study_id", "direction", "objective"},
    "trials": {"trial_id", "number", "study_id", "state"},
    "trial_params": {"trial_id", "param_name", "param_value", "distribution_json"},
    "trial_values": {"trial_id", "objective", "value"},
    "trial_intermediate_values": {"trial_id", "step", "intermediate_value"},
}
_SUFFIXES = (".db", ".db3", ".sqlite", ".sqlite3")
_STATES: dict[str, State] = {"COMPLETE": "finished", "PRUNED": "interrupted", "RUNNING": "running", "FAIL": "failed"}
_CURVE = "intermediate_value"


class Optuna:
    """Finds and reads the trials of studies."""

    name = "optuna"

    def accepts(self, path: Path) -> bool:
        return path.suffix in _SUFFIXES

    def scan(self, path: Path) -> Iterator[RunInfo]:
        if not path.is_dir() and has_magic(path) and _is_storage(path):
            yield from query(path, lambda db: [_info(db, path, trial) for trial in _trials(db)])

    def read(self, location: str) -> Run:
        file, _, name = location.rpartition("#")
        path = Path(file)
        if not _is_storage(path):
            raise gone(f"{path} is no storage of Optuna's.", path)
        return query(path, lambda db: _run(db, path, name))


def _is_storage(path: Path) -> bool:
    try:
        tables = tables_of(path)
    except UnreadableRun:  # left to other sources of such files to name
        return False
    return all(columns <= tables.get(name, frozenset()) for name, columns in _TABLES.items())


class _Trial(NamedTuple):
    id: int
    number: int
    study_id: int
    study: str
    state: str
    start: str | None
    end: str | None

    @property
    def place(self) -> str:
        return f"{self.study_id}/{self.number}"


def _trials(db: sqlite3.Connection) -> list[_Trial]:
    """All but those that only wait to be run."""
    columns = "t.trial_id, t.number, t.study_id, s.study_name, t.state, t.datetime_start, t.datetime_complete"
    rows = db.execute(f"SELECT {columns} FROM trials t JOIN studies s USING (study_id) ORDER BY t.trial_id")
    return [trial for trial in (_Trial(*row) for row in rows) if trial.state != "WAITING"]


def _info(db: sqlite3.Connection, path: Path, trial: _Trial) -> RunInfo:
    name = f"{trial.study}-{trial.number}"
    return RunInfo(
        id=made_id(name, str(trial.start).encode()),
        name=name,
        source=Optuna.name,
        location=f"{path}#{trial.place}",
        project=trial.study,
        state=_STATES.get(trial.state, "unknown"),
        started_at=_seconds(trial.start),
        seed=find_seed(_params(db, trial)),
    )


def _seconds(text: str | None) -> float | None:
    """Optuna keeps local times without their zone: they are taken as this machine's."""
    try:
        return None if text is None else datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


def _params(db: sqlite3.Connection, trial: _Trial) -> dict[str, Any]:
    sql = "SELECT param_name, param_value, distribution_json FROM trial_params WHERE trial_id = ?"
    return {name: _param(value, text) for name, value, text in db.execute(sql, (trial.id,))}


def _param(value: Any, distribution: str) -> Any:
    """A categorical parameter is kept as the number of its choice, a whole one as a float."""
    try:
        found = json.loads(distribution)
        choices = found.get("attributes", {}).get("choices")
        if choices is not None:
            return choices[int(value)]
        return int(value) if str(found.get("name", "")).startswith("Int") else value
    except (ValueError, TypeError, AttributeError, IndexError):
        return value


def _run(db: sqlite3.Connection, path: Path, place: str) -> Run:
    trial = next((trial for trial in _trials(db) if trial.place == place), None)
    if trial is None:
        raise gone(f"The trial {place} of {path} is gone.", path)
    directions = _directions(db, trial)
    names = _names(db, trial, len(directions))
    values = dict(db.execute("SELECT objective, value FROM trial_values WHERE trial_id = ?", (trial.id,)))
    curve = _curve(db, trial)
    start, end = _seconds(trial.start), _seconds(trial.end)
    pruned = trial.state == "PRUNED"  # then the value is the last intermediate one
    draft = Draft(
        _info(db, path, trial),
        config=_params(db, trial),
        more_summary={name: values[i] for i, name in names.items() if values.get(i) is not None and not pruned},
        history=rows_of_curves({_CURVE: curve}).frame,
        attempts=() if start is None else (Attempt(start, end),),
        declared=tuple(_declared(names, directions, has_curve=len(curve.step) > 0)),
        metadata={"study": trial.study, "trial": trial.number},
        warnings=("The trial was pruned: it has no final value.",) if pruned else (),
    )
    return assemble(draft)


def _directions(db: sqlite3.Connection, trial: _Trial) -> dict[int, str]:
    sql = "SELECT objective, direction FROM study_directions WHERE study_id = ?"
    return {objective: str(direction).lower() for objective, direction in db.execute(sql, (trial.study_id,))}


def _names(db: sqlite3.Connection, trial: _Trial, count: int) -> dict[int, str]:
    """What the study calls its values; else `value`, or `value_0`, `value_1`, ... where there are several."""
    sql = "SELECT value_json FROM study_system_attributes WHERE study_id = ? AND key = 'study:metric_names'"
    try:
        stated = json.loads(db.execute(sql, (trial.study_id,)).fetchone()[0])
    except (sqlite3.Error, TypeError, ValueError):
        stated = None
    if isinstance(stated, list) and len(stated) == count:
        return dict(enumerate(map(str, stated)))
    return {0: "value"} if count == 1 else {i: f"value_{i}" for i in range(count)}


def _curve(db: sqlite3.Connection, trial: _Trial) -> Any:
    sql = "SELECT step, intermediate_value FROM trial_intermediate_values WHERE trial_id = ? ORDER BY step"
    rows = db.execute(sql, (trial.id,)).fetchall()
    return points([step for step, _ in rows], np.array([np.nan if v is None else v for _, v in rows]))


def _declared(names: Mapping[int, str], directions: Mapping[int, str], *, has_curve: bool) -> Iterator[DeclaredMetric]:
    for i, name in names.items():
        if directions.get(i) in ("minimize", "maximize"):
            yield DeclaredMetric(name, directions[i], i == 0, "the study's direction")
    if has_curve and len(names) == 1 and directions.get(0) in ("minimize", "maximize"):
        yield DeclaredMetric(_CURVE, directions[0], False, "the study's direction")
