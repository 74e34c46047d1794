"""Runs written by the real W&B client, offline, once a session."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

SCRIPT = """
import json, math, random, struct, sys
import numpy as np, wandb

random.seed(5)

def any_float():
    value = math.nan
    while math.isnan(value):
        value = struct.unpack("<d", struct.pack("<Q", random.getrandbits(64)))[0]
    return value

run = wandb.init(
    mode="offline", project="proj", group="base", name="Run One", id="abcd1234", tags=["t1", "t2"], notes="some notes",
    job_type="train", config={"seed": 7, "latent": {"dim": 32, "act": "gelu"}, "lr": 1e-3, "hf_token": "hf_0123456789",
    "hardware": {"accelerator": None, "accelerator_count": 0, "cpu": "Test CPU", "cpu_count": 1, "world_size": 1}},
    settings=wandb.Settings(x_stats_sampling_interval=0.2),
)
run.config.update({"late": [1, 2]})
rows = []
def log(row, **more):
    run.log({**row, **more})
    rows.append(row)
for i in range(300):
    log({"operator/loss": any_float(), "operator/epoch": i, "global_step": i, "half": i / 2})
log({"odd": math.nan, "up": math.inf, "down": -math.inf, "zero": -0.0, "tiny": 5e-324, "big": 2**53 + 1,
     "text": "na\\u00efve \\U0001f600", "flag": True, "list": [1, [2.5]], "nested": {"a": 1, "b": {"c": 2.5}},
     "mixed": 1.5, "key with space/and \\u00fc": 3, "long": "x" * 70000})
log({"mixed": "oops", "odd": 1.0}, picture=wandb.Image(np.zeros((2, 2))), hist=wandb.Histogram([1, 2, 3]))
log({"flag": False, "big": -(2**62) - 1, "none": None})
run.define_metric("val", summary="min")
for v in (3.0, 1.0, 2.0):
    log({"val": v})
run.summary["eval/nrmse"] = 0.125
run.summary["eval"] = {"table": {"x": 1}}
run.summary.update({"stages/operator/started_at": 100.5, "stages/operator/ended_at": 200.5})
with open(run.dir + "/per_trajectory.csv", "w") as file:
    file.write("trajectory,eval/baseline_nrmse,eval/ttc_nrmse\\n0,0.5,0.25\\n1,0.75,nan\\n")
import time; time.sleep(0.5)
run.finish(exit_code=int(sys.argv[2]))
json.dump(rows, open(sys.argv[1], "w"))
"""


class Logged(NamedTuple):
    """A real run: its log, and the rows that the script logged (media left out)."""

    log: Path
    rows: list[dict[str, object]]


def write_run(folder: Path, exit_code: int = 0) -> Logged:
    env = {k: v for k, v in os.environ.items() if not k.startswith("WANDB_")}
    env |= {"WANDB_SILENT": "true", "WANDB_DIR": str(folder), "WANDB_CACHE_DIR": str(folder), "HOME": str(folder)}
    arguments = [str(folder / "rows.json"), str(exit_code), "--api-key=0123456789abcdef"]
    subprocess.run([sys.executable, "-c", SCRIPT, *arguments], cwd=folder, env=env, check=True, timeout=120)
    (log,) = folder.glob("wandb/offline-run-*/run-*.wandb")
    return Logged(log, json.loads((folder / "rows.json").read_text()))


@pytest.fixture(scope="session")
def real_run(tmp_path_factory: pytest.TempPathFactory) -> Logged:
    pytest.importorskip("wandb")
    return write_run(tmp_path_factory.mktemp("real"))
