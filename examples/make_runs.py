"""Train the example runs again: `python examples/make_runs.py --jobs 2`. Finished runs are kept.

The shipped runs hold what the trackers wrote, without weights and without W&B's debug logs, which name this machine's
paths. `--short` instead trains many seeds of short.yaml and writes their results to short_seeds.csv.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
RUNS = HERE / "runs"
# the longest first, so that the processes end together
SEEDS = {"hjnqclgk": range(3), "v3": range(3), "baseline32": range(5)}
SHORT_SEEDS = range(48)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2, help="processes side by side, one thread each (default 2)")
    parser.add_argument("--short", action="store_true", help="the seeds of short.yaml instead")
    options = parser.parse_args()
    with ThreadPoolExecutor(options.jobs) as pool:
        if options.short:
            _write_short(pool.map(_short, SHORT_SEEDS))
        else:
            list(pool.map(_example, [(name, seed) for name, seeds in SEEDS.items() for seed in seeds]))


def _train(*words: str) -> None:
    env = {**os.environ, "OMP_NUM_THREADS": "1", "WANDB_MODE": "offline"}
    subprocess.run(
        [sys.executable, "-m", "runcompare", "train", *words], check=True, env=env, stdout=subprocess.DEVNULL
    )


def _example(which: tuple[str, int]) -> None:
    name, seed = which
    done = RUNS / f"{name}-s{seed}"
    if done.exists():
        return
    work = RUNS / f".{done.name}"
    shutil.rmtree(work, ignore_errors=True)
    # the write-up's run keeps its id; a run and its group share the word
    identity = ["--id", name] if (name, seed) == ("hjnqclgk", 0) else []
    _train(str(HERE / f"{name}.yaml"), "--seed", str(seed), "--out", str(work), "--no-checkpoints", *identity)
    _tidy(work)
    work.rename(done)


def _tidy(folder: Path) -> None:
    """Keep the .wandb file and its `files`; drop debug logs, links to them and empty folders."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_symlink() or path.suffix == ".log":
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _short(seed: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        _train(str(HERE / "short.yaml"), "--seed", str(seed), "--out", str(out), "--no-checkpoints", "--no-wandb")
        lines = (out / "record.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line[9:]) for line in lines]
    summary = {k: v for e in entries if e["type"] == "summary" for k, v in e["values"].items()}
    return {"seed": seed, "nrmse": summary["eval/nrmse"], "baseline_nrmse": summary["eval/baseline_nrmse"]}


def _write_short(rows: Iterable[dict[str, object]]) -> None:
    with (HERE / "short_seeds.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["seed", "nrmse", "baseline_nrmse"], lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow(row)
            file.flush()


if __name__ == "__main__":
    main()
