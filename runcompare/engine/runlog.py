"""Where a pipeline's rows go: the durable record, a W&B run beside it, and a progress bar."""

import csv
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from runcompare.records.recorder import Recorder

__all__ = ["RunLog", "git_state", "hardware"]

PER_TRAJECTORY = "per_trajectory.csv"


class RunLog:
    """One run's log. Rows are keyed `STAGE/quantity`, with a shared `global_step` that counts epochs.

    The record is written first and holds everything; W&B gets the same rows if its client is there. What is not known
    to be needed stays out of W&B's files: host, user, paths and arguments.
    """

    def __init__(
        self, folder: Path, *, identity: Mapping[str, Any], config: Mapping[str, Any], use_wandb: bool
    ) -> None:
        self.recorder = Recorder(folder, config=config, hardware=config["hardware"], git=config["git"], **identity)
        self.id = self.recorder.id
        self._step = 0
        self._wandb = _start_wandb(folder, {**identity, "id": self.id}, config) if use_wandb else None
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}"))
        self._progress = Progress(
            *columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console, disable=not console.is_terminal
        )
        self._say = console.print if not console.is_terminal else self._progress.console.print
        self._task: TaskID | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Mark a stage's time in the record and, for W&B, in the summary."""
        started = time.time()
        self._task = self._progress.add_task(name, total=None, note="")
        with self.recorder.stage(name):
            yield
        ended = time.time()
        self._progress.remove_task(self._task)
        self._say(f"{name}: {ended - started:.1f} s", highlight=False)
        if self._wandb is not None:
            self._wandb.summary.update({f"stages/{name}/started_at": started, f"stages/{name}/ended_at": ended})

    def tick(self, stage: str, done: int, total: int) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=total)

    def epoch(self, stage: str, values: dict[str, float]) -> None:
        row = {**{f"{stage}/{k}": v for k, v in values.items()}, "global_step": self._step}
        self.recorder.log(row, step=self._step)
        self.recorder.sync()
        if self._wandb is not None:
            self._wandb.log(row, step=self._step)
        self._step += 1
        if self._task is not None:
            self._progress.update(self._task, note=f"epoch {values['epoch']:g}, loss {values['loss']:.3g}")

    def summary(self, values: Mapping[str, float | str]) -> None:
        self.recorder.summary(values)
        if self._wandb is not None:
            self._wandb.summary.update(dict(values))

    def per_trajectory(self, columns: Mapping[str, list[float]]) -> None:
        """Errors of each test trajectory: into the record, and as a CSV beside it and among W&B's files."""
        for name, values in columns.items():
            self.recorder.samples(name, values)
        path = self.recorder.folder / PER_TRAJECTORY
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["trajectory", *columns])
            writer.writerows([i, *row] for i, row in enumerate(zip(*columns.values(), strict=True)))
        if self._wandb is not None:
            shutil.copyfile(path, Path(self._wandb.dir) / PER_TRAJECTORY)

    def __enter__(self) -> "RunLog":
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        self._progress.stop()
        self.recorder.__exit__(kind, error, trace)
        if self._wandb is not None:
            self._wandb.finish(exit_code=0 if kind is None else 1)


def _start_wandb(folder: Path, identity: Mapping[str, Any], config: Mapping[str, Any]) -> Any:
    """An offline W&B run, or an online one where the user has logged in; None without the client."""
    try:
        import wandb
    except ImportError:
        print("runcompare: wandb is not installed; the run is in the record only.", file=sys.stderr)
        return None
    online = os.environ.get("WANDB_MODE") == "online" or bool(os.environ.get("WANDB_API_KEY"))
    settings = wandb.Settings(
        console="off", disable_git=True, disable_code=True, save_code=False, silent=True, x_disable_meta=True,
        host="", username="", program="runcompare", program_relpath="", program_abspath="", x_save_requirements=False,
    )  # fmt: skip
    return wandb.init(
        project=identity.get("project") or "runcompare",
        id=identity["id"],
        name=identity["name"],
        group=identity["group"],
        tags=list(identity.get("tags", ())),
        config=dict(config),
        dir=str(folder),
        mode="online" if online else "offline",
        settings=settings,
    )


def hardware(device: torch.device, world_size: int = 1) -> dict[str, Any]:
    """What the run uses, as logged: accelerator name and count, or the CPU and the threads taken of it."""
    on_gpu = device.type == "cuda"
    return {
        "accelerator": torch.cuda.get_device_name(device) if on_gpu else None,
        "accelerator_count": world_size if on_gpu else 0,
        "cpu": _cpu_name(),
        "cpu_count": torch.get_num_threads(),
        "world_size": world_size,
        "torch": str(torch.__version__),
    }


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def git_state() -> dict[str, Any]:
    """The commit that the code was at and whether it was changed since; empty outside a checkout."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], capture_output=True, text=True, check=True, timeout=10)
        return done.stdout.strip()

    try:
        return {"commit": git("rev-parse", "HEAD"), "dirty": bool(git("status", "--porcelain", "-uno"))}
    except (OSError, subprocess.SubprocessError):
        return {}
