"""A pipeline's log: the durable record, a W&B run beside it, and a progress bar."""

import csv
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from runcompare.engine.wandb_run import start_wandb
from runcompare.records.recorder import Recorder, logged_rows

__all__ = ["RunLog", "SilentLog"]

PER_TRAJECTORY = "per_trajectory.csv"


class RunLog:
    """One run's log. Rows are keyed `STAGE/quantity`, with a shared `global_step` that counts epochs.

    The record is written first and holds everything; W&B gets the same rows if its client is installed, and no host,
    user, path or argument.

    A record in the folder is continued after its first `rows` rows. A row that it holds already is not written again;
    W&B, which loses what a killed run did not flush, gets all of them again.

    Args:
        folder: The run's folder.
        identity: The run's id, name, group and project.
        config: What is logged as the configuration, hardware and git state included.
        use_wandb: Whether to log to W&B too.
        rows: Rows to continue after.
    """

    def __init__(
        self, folder: Path, identity: Mapping[str, Any], config: Mapping[str, Any], *, use_wandb: bool, rows: int = 0
    ) -> None:
        self.recorder = Recorder(folder, config=config, hardware=config["hardware"], git=config["git"], **identity)
        self.id = self.recorder.id
        self._step = rows
        self._wandb = start_wandb(folder, {**identity, "id": self.id}, config) if use_wandb else None
        if self._wandb is not None and rows:
            for step, values in logged_rows(self.recorder.path):
                if step < rows:
                    self._wandb.log(values, step=step)
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}"))
        self._progress = Progress(
            *columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console, disable=not console.is_terminal
        )
        self._print = console.print if not console.is_terminal else self._progress.console.print
        self._task: TaskID | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Log when a stage starts and ends, in the record and in W&B's summary."""
        started = time.time()
        self._task = self._progress.add_task(name, total=None, note="")
        with self.recorder.stage(name):
            yield
        ended = time.time()
        self._progress.remove_task(self._task)
        self._print(f"{name}: {ended - started:.1f} s", highlight=False)
        if self._wandb is not None:
            self._wandb.summary.update({f"stages/{name}/started_at": started, f"stages/{name}/ended_at": ended})

    def tick(self, stage: str, done: int, total: int) -> None:
        """Move the progress bar to `done` of `total` batches."""
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=total)

    def epoch(self, stage: str, values: dict[str, float]) -> None:
        """Log an epoch's row."""
        self._row({f"{stage}/{k}": v for k, v in values.items()})
        if self._task is not None:
            self._progress.update(self._task, note=f"epoch {values['epoch']:g}, loss {values['loss']:.3g}")

    def frames(self, curves: Mapping[str, list[float]]) -> None:
        """Log errors by frame of the rollout: a row for each frame, counted from 1 under `eval/frame`."""
        for i, values in enumerate(zip(*curves.values(), strict=True)):
            self._row({"eval/frame": i + 1, **dict(zip(curves, values, strict=True))})

    def _row(self, values: Mapping[str, Any]) -> None:
        row = {**values, "global_step": self._step}
        if self._step > self.recorder.last_step:
            self.recorder.log(row, step=self._step)
            self.recorder.sync()
        if self._wandb is not None:
            self._wandb.log(row, step=self._step)
        self._step += 1

    def summary(self, values: Mapping[str, float | str]) -> None:
        """Log final values."""
        self.recorder.summary(values)
        if self._wandb is not None:
            self._wandb.summary.update(dict(values))

    def per_trajectory(self, columns: Mapping[str, list[float]]) -> None:
        """Log errors of each test trajectory: in the record, and as a CSV beside it and among W&B's files."""
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


class SilentLog:
    """The log of a process that is not the first."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        yield

    def tick(self, stage: str, done: int, total: int) -> None: ...

    def epoch(self, stage: str, values: dict[str, float]) -> None: ...

    def summary(self, values: Mapping[str, float | str]) -> None: ...
