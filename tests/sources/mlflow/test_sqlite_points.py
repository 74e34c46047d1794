"""The table of metrics, kept twice: what one copy lost the other has."""

import math
import shutil
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import pytest
from mlflow_stores import stores

from runcompare.records.run import Lost, Run
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


def pages(path: Path, table: str) -> list[int]:
    """The numbers of a table's leaf pages, from 1."""
    try:
        with closing(sqlite3.connect(path)) as db:
            return [
                n for (n,) in db.execute("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf'", (table,))
            ]
    except sqlite3.OperationalError:
        pytest.skip("this SQLite has no dbstat")


def overwrite(path: Path, page: int, body: bytes = bytes(4096)) -> None:
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(body)


def test_pages_that_the_table_lost_are_in_its_index(tmp_path: Path) -> None:
    path = filled(tmp_path)
    for page in pages(path, "metrics")[10:40:3]:
        overwrite(path, page)
    run = read(path)
    assert points(run) == TRUTH
    assert run.lost == Lost()
    assert any("damaged" in w for w in run.warnings)


def test_rows_that_both_lost_are_counted(tmp_path: Path) -> None:
    path = filled(tmp_path)
    for page in pages(path, "metrics")[20:22] + pages(path, "sqlite_autoindex_metrics_1"):
        overwrite(path, page)
    run = read(path)
    kept = points(run)
    assert 0 < len(TRUTH) - len(kept) == run.lost.records
    assert kept.items() <= TRUTH.items()


def test_a_changed_value_is_noticed_and_left_out(tmp_path: Path) -> None:
    path = filled(tmp_path)
    body = bytearray(path.read_bytes())
    at = body.index(struct.pack(">d", value("loss", 1234)))
    body[at + 6] ^= 4
    path.write_bytes(body)
    run = read(path)
    assert points(run) == {at: v for at, v in TRUTH.items() if at != ("loss", 1234)}
    assert run.lost.records == 1
