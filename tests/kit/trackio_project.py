"""A project written by the real Trackio, once a process."""

import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

SCRIPT = r"""
import json, math, random, struct, sys
import numpy as np, trackio

rng = random.Random(4)
def any_float():
    value = math.nan
    while math.isnan(value):
        value = struct.unpack("<d", struct.pack("<Q", rng.getrandbits(64)))[0]
    return value

config = {"seed": 7, "lr": 1e-3, "latent": {"dim": 32}, "list": [1, 2], "hf_token": "hf_0123456789abcdef"}
run = trackio.init(project="proj", name="same name", group="base", config=config, auto_log_gpu=False)
rows = [{"loss": any_float(), "epoch": i, "nested": {"a": i / 2, "b": {"c": "x"}}} for i in range(200)]
rows.append({"odd": math.nan, "up": math.inf, "down": -math.inf, "zero": -0.0, "tiny": 5e-324, "big": 2**53 + 1,
             "text": "na\u00efve \U0001f600", "flag": True, "list": [1, [2.5]], "none": None, "mixed": 1.5, "step": 3})
rows.append({"mixed": "oops", "odd": 1.0})
for row in rows:
    trackio.log(row)
trackio.log({"hist": trackio.Histogram([1, 2, 3]), "loss": 0.5})
trackio.log({"loss": 2.5, "again": 1}, step=10)
trackio.log_system({"gpu/0/power": 100.5, "gpu/0/utilization": 50, "gpu/1/power": 200.25})
trackio.log_system({"gpu/0/power": math.nan})
trackio.finish()
ids = [run.id]
run = trackio.init(project="proj", name="same name", config={"seed": 8}, auto_log_gpu=False)
trackio.log({"loss": 1.0}, step=5)
trackio.finish()
json.dump({"rows": rows, "ids": [*ids, run.id]}, open(sys.argv[1], "w"))
"""


@cache
def written() -> tuple[Path, list[dict[str, Any]], list[str]]:
    """The project's file, the rows as they were logged, the runs' ids."""
    folder = Path(tempfile.mkdtemp(prefix="trackio-"))
    env = {k: v for k, v in os.environ.items() if not k.startswith(("TRACKIO", "HF_"))}
    env |= {"TRACKIO_DIR": str(folder / "projects"), "HF_HUB_OFFLINE": "1", "HOME": str(folder)}
    subprocess.run([sys.executable, "-c", SCRIPT, str(folder / "rows.json")], env=env, check=True, timeout=300)
    found = json.loads((folder / "rows.json").read_text())
    return folder / "projects" / "proj.db", found["rows"], found["ids"]
