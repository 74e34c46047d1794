"""A real MLflow store with one long run of known points, and what is read of it."""

import math
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from mlflow_stores import stores

from runcompare.records.run import Run
from runcompare.sources.mlflow.sqlite import MlflowSqlite

POINTS, T0 = 3_000, 1_700_000_000_000


RUN = "0123456789abcdef0123456789abcdef"


Points = dict[tuple[str, int], float]


def value(key: str, step: int) -> float:
    return math.sin(step) if key == "loss" else math.exp(step / 100)


def filled(folder: Path, name: str = "mlflow.db") -> Path:
    """A copy of the real store with one more run of 2 x 3,000 points, written by SQL."""
    path = folder / name
    shutil.copyfile(stores().sqlite, path)
    with closing(sqlite3.connect(path)) as db, db:
        row = (RUN, "long", "FINISHED", T0, T0 + 10_000, 1, "active")
        db.execute(
            "INSERT INTO runs (run_uuid, name, status, start_time, end_time, experiment_id, lifecycle_stage) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        every = [(k, value(k, i), T0 + i, RUN, i, 0) for i in range(POINTS) for k in ("loss", "norm")]
        db.executemany(
            "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?,?,?,?,?,?)", every
        )
        db.executemany(
            "INSERT INTO latest_metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?,?,?,?,?,?)",
            every[-2:],
        )
    return path


def read(path: Path) -> Run:
    return MlflowSqlite().read(f"{path}#{RUN}")


def points(run: Run) -> Points:
    keys = [k for k in run.history.frame.columns if k not in ("_step", "_timestamp")]
    rows = run.history.frame.to_dicts()
    return {(key, row["_step"]): row[key] for row in rows for key in keys if row[key] is not None}


TRUTH = {(key, step): value(key, step) for key in ("loss", "norm") for step in range(POINTS)}
