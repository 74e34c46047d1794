"""A candidate logged with W&B, a baseline logged with MLflow, one report: `python examples/across_trackers.py`.

Both sides fit the same small regression, four seeds each: the candidate with momentum, the baseline without. Each team
has its own tracker and its own way to group seeds (W&B's `group`, MLflow's parent run), but the metric names agree, and
that is all that a comparison needs. Needs the packages wandb and mlflow; nothing leaves this machine. A run takes a
fraction of a second, much of it its tracker's own, so the report's times say little about the optimisers here.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

CANDIDATE, BASELINE = "momentum", "plain-sgd"
SEEDS = range(4)
STEPS, EVERY, BATCH, RATE, WIDTH = 3_000, 25, 256, 0.001, 128


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="where the trackers write (default: a temporary folder)")
    folder = parser.parse_args().folder or Path(tempfile.mkdtemp(prefix="across-trackers-"))
    folder.mkdir(parents=True, exist_ok=True)
    log_with_wandb(folder)
    log_with_mlflow(folder)
    words = ["report", CANDIDATE, BASELINE, "--runs", str(folder)]
    print(f"$ runcompare {' '.join(words)}", file=sys.stderr)
    raise SystemExit(subprocess.run([sys.executable, "-m", "runcompare", *words]).returncode)


def settings(seed: int, momentum: float) -> dict[str, float]:
    return {"seed": seed, "lr": RATE, "batch_size": BATCH, "steps": STEPS, "momentum": momentum}


def train(seed: int, momentum: float) -> Iterator[dict[str, float]]:
    """Fit y = X w by stochastic gradient descent; yields a row every 25 steps, then one with the test error."""
    data = np.random.default_rng(0)  # the data are everybody's, the start and the batches are the seed's
    inputs = data.normal(size=(5_120, WIDTH)) * np.geomspace(1.0, 0.2, WIDTH)
    targets = inputs @ data.normal(size=WIDTH) + 0.1 * data.normal(size=5_120)
    random = np.random.default_rng(seed)
    weights, velocity = random.normal(size=WIDTH), np.zeros(WIDTH)
    for step in range(STEPS):
        rows = random.integers(4_096, size=BATCH)
        residual = inputs[rows] @ weights - targets[rows]
        velocity = momentum * velocity - RATE * inputs[rows].T @ residual / BATCH
        weights = weights + velocity
        if step % EVERY == 0:
            yield {"train/loss": float(np.mean(residual**2))}
    yield {"test/rmse": float(np.sqrt(np.mean((inputs[4_096:] @ weights - targets[4_096:]) ** 2)))}


def log_with_wandb(folder: Path) -> None:
    import wandb

    quiet = wandb.Settings(silent=True, console="off")
    for seed in SEEDS:
        run = wandb.init(
            mode="offline", dir=str(folder), project="regression", group=CANDIDATE, name=f"{CANDIDATE}-s{seed}",
            config=settings(seed, 0.9), settings=quiet,
        )  # fmt: skip
        for row in train(seed, 0.9):
            run.log(row)
        run.finish()


def log_with_mlflow(folder: Path) -> None:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    import mlflow
    from mlflow.entities import Metric

    mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    mlflow.set_experiment(experiment_id=mlflow.create_experiment("regression", (folder / "artifacts").as_uri()))
    with mlflow.start_run(run_name=BASELINE):
        for seed in SEEDS:
            with mlflow.start_run(run_name=f"{BASELINE}-s{seed}", nested=True) as run:
                mlflow.log_params(settings(seed, 0.0))
                points = [
                    Metric(key, value, time.time_ns() // 1_000_000, step)
                    for step, row in enumerate(train(seed, 0.0))
                    for key, value in row.items()
                ]
                mlflow.MlflowClient().log_batch(run.info.run_id, metrics=points)


if __name__ == "__main__":
    main()
