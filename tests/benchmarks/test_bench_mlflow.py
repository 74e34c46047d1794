"""Reading 100,000 points of a run from MLflow's SQLite store, against `MlflowClient.get_metric_history`.

Both run in this process, one after the other, and are timed in CPU seconds; the ratio is what counts. Importing MLflow,
which costs seconds more, is not counted.
"""

import os
import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

POINTS = int(os.environ.get("RUNCOMPARE_BENCH_POINTS", "100000"))
KEYS = 10
ROUNDS = 3


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A store made by MLflow, its points put in as MLflow stores them: one batch after the other."""
    pytest.importorskip("mlflow")
    from mlflow.tracking import MlflowClient

    path = tmp_path_factory.mktemp("bench") / "mlflow.db"
    client = MlflowClient(f"sqlite:///{path}")
    run_id = client.create_run(client.create_experiment("bench")).info.run_id
    rng = random.Random(1)
    rows = [(f"op/k{i % KEYS}", rng.random(), 1_700_000_000_000 + i, run_id, i // KEYS, 0) for i in range(POINTS)]
    columns = "key, value, timestamp, run_uuid, step, is_nan"
    with closing(sqlite3.connect(path)) as db, db:
        db.executemany(f"INSERT INTO metrics ({columns}) VALUES (?, ?, ?, ?, ?, ?)", rows)
        db.executemany(f"INSERT INTO latest_metrics ({columns}) VALUES (?, ?, ?, ?, ?, ?)", rows[-KEYS:])
    client.set_terminated(run_id)
    return path, run_id


def theirs(path: Path, run_id: str) -> list[Any]:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(f"sqlite:///{path}")
    return [point for key in client.get_run(run_id).data.metrics for point in client.get_metric_history(run_id, key)]


def test_reading_a_large_mlflow_run(benchmark: Any, store: tuple[Path, str]) -> None:
    from runcompare.sources.mlflow.sqlite import MlflowSqlite

    path, run_id = store
    run = benchmark.pedantic(MlflowSqlite().read, args=(f"{path}#{run_id}",), rounds=ROUNDS, iterations=1)
    assert run.history.frame.shape == (POINTS // KEYS, KEYS + 2)
    assert len(theirs(path, run_id)) == POINTS
    ours_s = min(cpu_seconds(lambda: MlflowSqlite().read(f"{path}#{run_id}")) for _ in range(ROUNDS))
    client_s = min(cpu_seconds(lambda: theirs(path, run_id)) for _ in range(ROUNDS))
    ratio = client_s / ours_s
    benchmark.extra_info |= {"ours_s": ours_s, "client_s": client_s, "ratio": ratio, "points": POINTS}
    print(f"\n{POINTS:,} points: ours {ours_s:.2f} s, MlflowClient {client_s:.2f} s, {ratio:.1f} times")
    assert ratio > 10


def cpu_seconds(call: Any) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start
