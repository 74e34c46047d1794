"""Run one training a seed, several side by side, each in a process of one thread; finished seeds never run twice.

A seed's folder holds `replicate.json` once its command has ended well, written last and by renaming, so that a kill
at any moment leaves either a finished seed or one that starts again.
"""

import fcntl
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from runcompare.errors import DataError, UsageError

__all__ = ["Job", "Outcome", "command_template", "finished", "locked", "run_jobs", "train_template"]

MARK = "replicate.json"
ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Job:
    """One seed of one configuration: what to run and the folder that belongs to it."""

    seed: int
    folder: Path
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a seed ended. `seconds` is wall time, None for a seed that an earlier call finished without saying."""

    seed: int
    folder: Path
    code: int
    seconds: float | None


Template = Callable[[int, Path], tuple[str, ...]]


def train_template(config: Path, group: str, extra: Sequence[str] = ()) -> Template:
    """Train `config` with our own engine."""

    def command(seed: int, folder: Path) -> tuple[str, ...]:
        base = (sys.executable, "-m", "runcompare", "train", str(config), "--seed", str(seed))
        return (*base, "--out", str(folder), "--group", group, *extra)

    return command


def command_template(text: str) -> Template:
    """Any command with `{seed}` and, if it likes, `{out}`. Raises UsageError if it does not take the seed."""
    if "{seed}" not in text:
        raise UsageError(
            f"The command takes no seed: {text}",
            hint='Write {seed} where it goes, as in "python train.py --seed {seed}".',
        )
    words = shlex.split(text)

    def command(seed: int, folder: Path) -> tuple[str, ...]:
        return tuple(word.replace("{seed}", str(seed)).replace("{out}", str(folder)) for word in words)

    return command


def finished(folder: Path) -> Outcome | None:
    """The outcome of a seed that has ended well, or None."""
    try:
        entry = json.loads((folder / MARK).read_text())
        return Outcome(int(entry["seed"]), folder, 0, entry["seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold `folder` for this process; the lock goes with the process, however it ends. Raises UsageError if taken."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".replicate.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageError(
                f"Another replicate is at work in {folder}.", hint="Wait for it, or give another --out."
            ) from None
        yield


def run_jobs(jobs: Iterable[Job], workers: int, on_done: Callable[[Outcome], None]) -> list[Outcome]:
    """Run the jobs that have not finished, `workers` at a time, and report each as it ends.

    A command that fails does not stop the others; its outcome has a code other than 0 and its output is in
    `log.txt` of its folder.
    """
    todo = list(jobs)
    done = [outcome for job in todo if (outcome := finished(job.folder))]
    names = {outcome.folder for outcome in done}
    with ThreadPoolExecutor(max(1, workers)) as pool:
        running = [pool.submit(_run, job) for job in todo if job.folder not in names]
        for future in as_completed(running):
            outcome = future.result()
            done.append(outcome)
            on_done(outcome)
    return sorted(done, key=lambda outcome: outcome.seed)


def _run(job: Job) -> Outcome:
    _set_aside(job.folder)
    job.folder.mkdir(parents=True)
    started = time.monotonic()
    env = {**os.environ, **dict.fromkeys(ONE_THREAD, "1")}
    try:
        with (job.folder / "log.txt").open("wb") as log:
            child = subprocess.Popen(
                job.command, stdout=log, stderr=subprocess.STDOUT, env=env, stdin=subprocess.DEVNULL
            )
            code = _wait(child)
    except OSError as error:
        raise DataError(
            f"Can't start '{job.command[0]}': {error.strerror}.", hint="Check --command; it runs without a shell."
        ) from None
    outcome = Outcome(job.seed, job.folder, code, time.monotonic() - started)
    if code == 0:
        _mark(outcome)
    return outcome


def _wait(child: subprocess.Popen[bytes]) -> int:
    try:
        return child.wait()
    except BaseException:
        child.send_signal(signal.SIGTERM)
        raise


def _set_aside(folder: Path) -> None:
    """What a killed attempt left is kept, under another name, and does not count."""
    if folder.exists() and any(folder.iterdir()):
        number = 1
        while (away := folder.with_name(f".{folder.name}.unfinished{number}")).exists():
            number += 1
        folder.rename(away)
    elif folder.exists():
        shutil.rmtree(folder)


def _mark(outcome: Outcome) -> None:
    entry = {**asdict(outcome), "folder": outcome.folder.name}
    temporary = outcome.folder / f".{MARK}"
    with temporary.open("w") as file:
        json.dump(entry, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(outcome.folder / MARK)
