"""A Trackio project made by hand."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def project(folder: Path, rows: list[tuple[Any, ...]], ids: bool = True) -> Path:
    """A project made by hand: (run, timestamp, step, metrics)."""
    path = folder / "made.db"
    with closing(sqlite3.connect(path)) as db, db:
        column = "run_id TEXT, " if ids else ""
        db.execute(f"CREATE TABLE metrics (id INTEGER PRIMARY KEY, {column}timestamp, run_name TEXT, step, metrics)")
        names = "run_id, run_name" if ids else "run_name"
        for run, *rest in rows:
            marks = ", ".join("?" * (len(rest) + 1 + ids))
            db.execute(
                f"INSERT INTO metrics ({names}, timestamp, step, metrics) VALUES ({marks})", (*[run] * (1 + ids), *rest)
            )
    return path


def stamp(second: int) -> str:
    return f"2026-01-01T00:00:{second:02d}+00:00"
