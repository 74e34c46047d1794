"""What a report costs, as whole processes in CPU seconds: cold on the shipped runs, on many keys, and as growth when
the keys, the rows or the runs double.

A slope is the logarithm to base 2 of how many times the work above the smallest report grew when its size grew
eightfold, a third of it: 1 is linear, 2 is quadratic.
"""

import json
import math
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

ROOT = Path(__file__).parents[2]
SIZES = {"keys": 1000, "rows": 1000, "runs": 6}


def write_runs(folder: Path, *, keys: int, rows: int, runs: int, name: str = "") -> Path:
    """Half of the runs `a0`, `a1`, ... and half `b0`, ...: an accuracy, and losses and grad norms of many layers, or
    that many keys of a `name`."""
    rng = np.random.default_rng(0)
    for i in range(runs):
        columns = {
            "_step": np.arange(rows),
            "eval/accuracy": np.linspace(0.5, 0.9, rows) + 0.01 * rng.normal(size=rows),
        }
        for k in range(keys - 1):
            key = f"{name}{k}" if name else f"layer{k // 2}/{('loss', 'grad_norm')[k % 2]}"
            columns[key] = np.exp(rng.normal(size=rows))
        run = folder / f"{'ab'[i % 2]}{i // 2}"
        run.mkdir(parents=True)
        pl.DataFrame(columns).write_parquet(run / "metrics.parquet")
        (run / "config.json").write_text(json.dumps({"lr": 1e-3 * (1 + i % 2), "seed": i // 2}))
    return folder


def cpu_seconds(*words: str, cwd: Path = ROOT) -> float:
    """User and system time of one `runcompare` process, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "runcompare", *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, check=True, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def report_on(folder: Path) -> float:
    words = ("report", "name:a*", "name:b*", "--runs", str(folder), "--metric", "eval/accuracy")
    return min(cpu_seconds(*words, cwd=folder) for _ in range(2))


@pytest.mark.parametrize(
    ("what", "file"), [("without pictures", ""), ("with pictures", "report.md"), ("as a page", "report.html")]
)
def test_bench_report_on_the_shipped_runs(benchmark, tmp_path, what, file):
    where = ("--output", str(tmp_path / file)) if file else ()
    seconds = benchmark.pedantic(
        lambda: min(cpu_seconds("report", "hjnqclgk", "baseline32", *where) for _ in range(3)), rounds=1
    )
    print(f"\nreport on the shipped runs, {what}: {seconds:.2f} CPU s")


def test_bench_report_grows_linearly(benchmark, tmp_path):
    small = {"keys": 250, "rows": 500, "runs": 4}
    least = report_on(write_runs(tmp_path / "least", keys=2, rows=2, runs=2))
    base = report_on(write_runs(tmp_path / "small", **small)) - least
    for what in SIZES:
        grown = {**small, what: 8 * small[what]}
        took = report_on(write_runs(tmp_path / what, **grown)) - least
        print(f"\n8 times the {what}: {took / base:.1f} times the work, slope {math.log2(took / base) / 3:.2f}", end="")
    folder = write_runs(tmp_path / "bar", **SIZES)
    whole = benchmark.pedantic(lambda: report_on(folder), rounds=1)
    print(f"\nreport on {SIZES['runs']} runs x {SIZES['keys']:,} keys x {SIZES['rows']:,} rows: {whole:.2f} CPU s")


def test_bench_report_on_20_000_results(benchmark, tmp_path):
    """Each key is a result of its own, with a test and a row."""
    least = report_on(write_runs(tmp_path / "least", keys=2, rows=2, runs=2))
    few, many = (write_runs(tmp_path / f"{k}", keys=k, rows=20, runs=2, name="val/metric_") for k in (2500, 20_000))
    base = report_on(few) - least
    whole = benchmark.pedantic(lambda: report_on(many), rounds=1)
    slope = math.log2((whole - least) / base) / 3
    print(f"\nreport on 2 runs x 20,000 results x 20 rows: {whole:.2f} CPU s, slope {slope:.2f}")
