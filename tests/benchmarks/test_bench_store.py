"""A store of 10,000 runs x 1,000 rows x 10 keys: list them, group them, compare two groups of five.

Against the plain way in the same process: every `run.json` one after the other, with json. Seconds are wall time, warm
(everything once before); memory is the peak of a process that does nothing else.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from runcompare.records.history import History
from runcompare.records.run import Run, RunInfo
from runcompare.records.store import Store

RUNS = int(os.environ.get("RUNCOMPARE_BENCH_RUNS", "10000"))
ROWS, KEYS, SEEDS = 1_000, 10, 5


def made(number: int, rng: np.random.Generator) -> Run:
    """Run `number`: five seeds a configuration, 30 settings, 1,000 rows of 10 keys."""
    group, seed = divmod(number, SEEDS)
    columns: dict[str, Any] = {"_step": np.arange(ROWS)}
    columns |= {f"train/k{j}": rng.random(ROWS) for j in range(KEYS - 1)}
    config = {"seed": seed, "lr": 1e-3 * (1 + group), **{f"model.p{j}": j / 7 for j in range(30)}}
    info = RunInfo(f"run{number:05d}", f"run {number}", "bench", "none", group=f"group{group}", seed=seed)
    summary = {"eval/nrmse": float(np.exp(rng.normal(-3 + group % 3 / 10, 0.02))), "runtime": 10.0}
    return Run(info, config, summary, History(pl.DataFrame(columns)), runtime_s=10.0)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lake")
    lake, rng = Store(root), np.random.default_rng(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)  # the disk is not what is measured
        for number in range(RUNS):
            lake.put(made(number, rng))
    lake.infos()
    return root


WORK = """
import sys, time
from pathlib import Path
from runcompare import api
from runcompare.comparison.build import Request, build
from runcompare.project import replicated_groups
from runcompare.records.store import Store
from runcompare.sources import resolve

def work(root):
    listed = Store(root).infos()
    groups = {}
    for info in listed:
        groups.setdefault(info.group, []).append(info)
    new, old = (resolve(f"group:group{n}", roots=(), store=root) for n in (1, 2))
    taken = {run.id for group in (new, old) for run in group.runs}
    history = replicated_groups((), root, taken, None)
    comparison = build(new, old, Request(history=history))
    return len(listed), len(groups), len(history), comparison
"""
MAIN = """
root = Path(sys.argv[1])
work(root)
start = time.perf_counter()
listed, groups, history, _ = work(root)
seconds = time.perf_counter() - start
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(listed, groups, history, seconds, int(status["VmHWM"].split()[0]) / 1024)
"""


def plain(root: Path) -> int:
    """Every run.json, one by one."""
    found: dict[str, list[Any]] = {}
    for home in (root / "runs").iterdir():
        body = json.loads((max(home.iterdir()) / "run.json").read_bytes())
        found.setdefault(body["info"]["group"], []).append(body)
    return sum(map(len, found.values()))


def seconds_of(call: Callable[[], Any], rounds: int = 3) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def test_listing_grouping_and_comparing(benchmark: Any, store: Path) -> None:
    said = subprocess.run([sys.executable, "-c", WORK + MAIN, str(store)], capture_output=True, check=True, text=True)
    listed, groups, history, seconds, peak = said.stdout.split()
    assert (int(listed), int(groups)) == (RUNS, RUNS // SEEDS)
    assert int(history) > 0
    ours = seconds_of(lambda: Store(store).infos())
    theirs = seconds_of(lambda: plain(store))
    benchmark.pedantic(lambda: Store(store).infos(), rounds=3, iterations=1)
    benchmark.extra_info |= {"work_s": float(seconds), "peak_mb": float(peak), "ratio": theirs / ours}
    print(
        f"\n{RUNS:,} runs: listing {ours:.2f} s, one file at a time {theirs:.2f} s, {theirs / ours:.1f} times; "
        f"list, group and compare two groups {float(seconds):.2f} s, peak {float(peak):.0f} MB"
    )
    assert theirs / ours > 2
    assert float(seconds) < 2
    assert float(peak) < 500
