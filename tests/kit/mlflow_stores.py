"""Stores written by the real MLflow, once a process: a SQLite file and a folder of files that hold the same runs."""

import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

SCRIPT = r"""
import json, math, os, random, struct, sys
from mlflow.entities import DatasetInput, Dataset, InputTag, Metric, Param, RunTag
from mlflow.tracking import MlflowClient

def any_float(rng):
    value = math.nan
    while math.isnan(value):
        value = struct.unpack("<d", struct.pack("<Q", rng.getrandbits(64)))[0]
    return value

T0 = 1_700_000_000_000
PARAMS = {"seed": 7, "lr": 1e-3, "tiny": 1e-05, "code": "007", "version": "1.10", "latent.dim": 32,
          "latent.act": "gelu", "flag": True, "none": None, "list": [1, 2.5, "x"], "text": "na\u00efve \U0001f600",
          "empty": "", "hf_token": "hf_0123456789abcdef"}

def points(rng):
    found = [("train/loss", any_float(rng), T0 + 10 * i, i) for i in range(200)]
    found += [("train/epoch", float(i), T0 + 10 * i, i) for i in range(200)]
    odd = [math.nan, math.inf, -math.inf, 5e-324, -5e-324, 2.0**53 + 2, 1e308, -1e308, 0.1]
    found += [("odd", v, T0 + 10 * i, i) for i, v in enumerate(odd)]
    found += [("backwards", float(i), T0 + 5000 + 10 * i, 100 - i) for i in range(10)]
    found += [("negative", 1.5, T0, -3), ("far", 2.5, T0 + 1, 2**53 + 1)]
    found += [("again", 1.0, T0 + 3000, 5), ("again", 3.0, T0 + 9000, 5), ("again", 2.0, T0 + 6000, 5),
              ("again", 4.0, T0 + 9500, 6)]
    found += [("no_step", i / 7, T0 + 60_000 * i, 0) for i in range(20)]
    found += [("eval/nrmse", 0.125, T0 + 3_600_000, 0)]
    found += [(f"system/gpu_0_power_usage_watts", 100.0 + i, T0 + 10_000 * i, i) for i in range(6)]
    found += [(f"system/node_1/gpu_0_power_usage_watts", 200.0 + i, T0 + 10_000 * i + 3, i) for i in range(6)]
    return found

def fill(uri):
    client = MlflowClient(uri)
    exp = client.create_experiment("exp one")
    run = client.create_run(exp, start_time=T0 - 500, run_name="Run One", tags={
        "team": "b", "runcompare.group": "base", "mlflow.note.content": "some notes", "mlflow.source.name": "train.py",
        "mlflow.source.git.commit": "abc123", "mlflow.user": "someone"})
    run_id = run.info.run_id
    logged = points(random.Random(3))
    metrics = [Metric(*p) for p in logged]
    for i in range(0, len(metrics), 500):
        client.log_batch(run_id, metrics=metrics[i:i + 500])
    client.log_batch(run_id, params=[Param(k, str(v)) for k, v in PARAMS.items()])
    data = Dataset(name="train", digest="d1", source_type="local", source="data.csv")
    client.log_inputs(run_id, [DatasetInput(data, [InputTag("mlflow.data.context", "training")])])
    client.log_text(run_id, "hello", "notes/a.txt")
    client.log_text(run_id, "trajectory,nrmse\n0,0.5\n1,nan\n", "per_trajectory.csv")
    client.set_terminated(run_id, end_time=T0 + 3_700_000)
    child = client.create_run(exp, start_time=T0, tags={"mlflow.parentRunId": run_id, "mlflow.runName": "Child"})
    client.log_metric(child.info.run_id, "x", 1.0, timestamp=T0 + 1, step=0)
    client.set_terminated(child.info.run_id, status="FAILED", end_time=T0 + 2000)
    gone = client.create_run(exp, run_name="gone").info.run_id
    client.delete_run(gone)
    old = client.create_run(exp, start_time=T0, run_name="old").info.run_id
    new = client.create_run(exp, run_name="new").info.run_id
    ids = {"run": run_id, "child": child.info.run_id, "gone": gone, "old": old, "new": new, "experiment": exp}
    return {"ids": ids, "points": [(k, v.hex(), t, s) for k, v, t, s in logged]}

folder = sys.argv[1]
os.chdir(folder)
written = {name: fill(uri) for name, uri in
           (("sqlite", f"sqlite:///{folder}/mlflow.db"), ("files", f"file://{folder}/mlruns"))}
json.dump(written, open("written.json", "w"))
"""


class Stores(NamedTuple):
    """Two stores of the same runs; `points` as they were logged: (key, value, time in ms, step)."""

    folder: Path
    ids: dict[str, dict[str, str]]
    points: list[tuple[str, float, int, int]]

    @property
    def sqlite(self) -> Path:
        return self.folder / "mlflow.db"

    @property
    def mlruns(self) -> Path:
        return self.folder / "mlruns"

    def run_folder(self, name: str) -> Path:
        ids = self.ids["files"]
        return self.mlruns / ids["experiment"] / ids[name]


@cache
def stores() -> Stores:
    folder = Path(tempfile.mkdtemp(prefix="mlflow-stores-"))
    subprocess.run([sys.executable, "-c", SCRIPT, str(folder)], env=environment(), check=True, timeout=300)
    written: dict[str, Any] = json.loads((folder / "written.json").read_text())
    ids = {name: some["ids"] for name, some in written.items()}
    return Stores(folder, ids, [(k, float.fromhex(v), t, s) for k, v, t, s in written["sqlite"]["points"]])


def environment(**more: str) -> dict[str, str]:
    """Without the caller's own MLflow settings, and without calls home."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_")}
    return {
        **env,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_ALLOW_FILE_STORE": "true",
        "GIT_PYTHON_REFRESH": "quiet",
        **more,
    }


def last_by_time(points: list[tuple[str, float, int, int]]) -> dict[tuple[str, int], float]:
    """What each key holds at each step, of the points that have one row a step."""
    found: dict[tuple[str, int], float] = {}
    for key, value, _, step in sorted(points, key=lambda p: p[2]):
        found[key, step] = value
    return found
