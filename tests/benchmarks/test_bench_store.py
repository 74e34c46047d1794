"""A store of 10,000 runs x 1,000 rows x 10 keys: list them, group them, compare two groups of five.

Against the plain way in the same process: every `run.json` one after the other, with json. Everything ran once before,
and is timed in CPU seconds, for machines are shared; wall time is said too. Memory is the peak of a process that does
nothing else.
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
from runcompare.store.store import Store

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
    lake.write_index()
    return root


WORK = """
import sys, time
from pathlib import Path
from runcompare import api
from runcompare.comparison.build import Request, build
from runcompare.references.replicates import replicated_groups
from runcompare.store.store import Store
from runcompare.references.resolve import resolve

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
start, wall = time.process_time(), time.perf_counter()
listed, groups, history, _ = work(root)
seconds, wall = time.process_time() - start, time.perf_counter() - wall
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(listed, groups, history, seconds, wall, int(status["VmHWM"].split()[0]) / 1024)
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
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return statistics.median(times)


def test_listing_grouping_and_comparing(benchmark: Any, store: Path) -> None:
    said = subprocess.run([sys.executable, "-c", WORK + MAIN, str(store)], capture_output=True, check=True, text=True)
    listed, groups, history, seconds, wall, peak = said.stdout.split()
    assert (int(listed), int(groups)) == (RUNS, RUNS // SEEDS)
    assert int(history) > 0
    ours = seconds_of(lambda: Store(store).infos())
    theirs = seconds_of(lambda: plain(store))
    benchmark.pedantic(lambda: Store(store).infos(), rounds=3, iterations=1)
    benchmark.extra_info |= {"work_s": float(seconds), "peak_mb": float(peak), "ratio": theirs / ours}
    print(
        f"\n{RUNS:,} runs, CPU: listing {ours:.2f} s, one file at a time {theirs:.2f} s, {theirs / ours:.1f} times; "
        f"list, group and compare two groups {float(seconds):.2f} s "
        f"({float(wall):.2f} s of wall time), peak {float(peak):.0f} MB"
    )
    assert theirs / ours > 2
    assert float(seconds) < 2
    assert float(peak) < 500


def recorded(folder: Path, runs: int, rows: int) -> Path:
    """Durable records of `rows` rows each."""
    from runcompare import Recorder

    for number in range(runs):
        with Recorder(folder / f"r{number}", id=f"run{number:05d}", config={"seed": number}) as log:
            for step in range(rows):
                log.log({f"train/k{j}": step / (j + 1) for j in range(KEYS)})
    return folder


def pull_seconds(folder: Path, store: Path, workers: int) -> float:
    from runcompare.pull.pull import pull, select

    selection = select((), [folder])
    start = time.perf_counter()
    assert not pull(selection, store, workers=workers).problems
    return time.perf_counter() - start


def test_pulling_scales_with_rows_and_skips_what_is_there(benchmark: Any, tmp_path: Path) -> None:
    small, large = (recorded(tmp_path / f"f{rows}", 4, rows) for rows in (5_000, 20_000))
    pull_seconds(small, tmp_path / "warm", 1)
    few, many = (pull_seconds(f, tmp_path / f"s{f.name}", 1) for f in (small, large))
    two = pull_seconds(large, tmp_path / "two", 2)
    again = benchmark.pedantic(pull_seconds, args=(large, tmp_path / "two", 1), rounds=3, iterations=1)
    benchmark.extra_info |= {"rows_ratio": many / few, "two_workers": many / two, "again": many / again}
    print(
        f"\npull: 4 times the rows take {many / few:.1f} times as long; two processes are {many / two:.1f} times as "
        f"fast, their start included; what is there already is passed over {many / again:.0f} times as fast"
    )
    assert many / few < 6
    assert many / again > 10
