"""Run one training a seed, several side by side, each in a process of one thread; finished seeds never run twice."""

import fcntl
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from runcompare.errors import DataError, UsageError
from runcompare.lab.seed_runner import NOT_STARTED, read_mark
from runcompare.records.run import Run
from runcompare.references.resolve import resolve

__all__ = [
    "TAKES",
    "Job",
    "Outcome",
    "Template",
    "check_seeds",
    "command_template",
    "finished",
    "left_run",
    "locked",
    "run_job",
    "run_jobs",
    "train_template",
]

ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
TAKES = ("{overrides}", "{flags}", "{config}")  # where a command has its settings
MOST_SEEDS = 1000  # of one configuration: more is a slip of the finger
LOOK = 0.5  # seconds between looks whether somebody interrupts
GRACE = 10.0  # seconds that trainings have to end by themselves once they are interrupted
_FIELD = re.compile(r"\{(?:seed|out|overrides|flags|config)\}")
Template = Callable[[int, Path], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Job:
    """One seed of one configuration: its folder, and the program and arguments that train it."""

    seed: int
    folder: Path
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a seed ended: its command's exit code, and its wall time in seconds, None where the command failed."""

    seed: int
    folder: Path
    code: int
    seconds: float | None


def train_template(config: Path, group: str, *, wandb: bool = True) -> Template:
    """How our own engine trains a configuration, resuming what a killed attempt left.

    Args:
        config: The configuration file.
        group: Name and group of the runs.
        wandb: Whether to log to W&B too.
    """
    extra = () if wandb else ("--no-wandb",)

    def command(seed: int, folder: Path) -> tuple[str, ...]:
        base = (sys.executable, "-m", "runcompare", "train", str(config), "--seed", str(seed))
        return (*base, "--out", str(folder), "--name", group, "--group", group, "--resume", *extra)

    return command


def command_template(text: str, settings: Mapping[str, Any] | None = None, config: Path | None = None) -> Template:
    """How any command trains a seed.

    Args:
        text: Has `{seed}` and, if the command takes a folder, `{out}`; split into words as a shell does, but run
            without one. What else it may have: `{overrides}`, `{flags}`, `{config}`.
        settings: Written as KEY=VALUE words for `{overrides}`, as --KEY=VALUE for `{flags}`.
        config: The file that `{config}` stands for.

    Raises:
        UsageError: The text has no `{seed}` or an open quote, or its program is not installed.
    """
    if "{seed}" not in text:
        hint = 'Write {seed} where it goes, as in "python train.py --seed {seed}".'
        raise UsageError(f"The command takes no seed: {text}", hint=hint)
    try:
        words = shlex.split(text)
    except ValueError as error:
        hint = "It is split into words as a shell does: close each quote, and write a lone one as \\' or \\\"."
        raise UsageError(f"The command can't be split into words ({error}): {text}", hint=hint) from None
    if shutil.which(words[0]) is None:
        raise UsageError(f"There is no program '{words[0]}' to run.", hint="Check --command; it runs without a shell.")
    given = [f"{key}={_word(value)}" for key, value in (settings or {}).items()]
    several = {} if settings is None else {"{overrides}": given, "{flags}": [f"--{word}" for word in given]}
    known = {place: " ".join(some) for place, some in several.items()}
    known |= {} if config is None else {"{config}": str(config.resolve())}

    def command(seed: int, folder: Path) -> tuple[str, ...]:
        fields = {**known, "{seed}": str(seed), "{out}": str(folder)}
        filled = (several[word] if word in several else [_filled(word, fields)] for word in words)
        return tuple(part for some in filled for part in some)

    return command


def _filled(word: str, fields: Mapping[str, str]) -> str:
    return _FIELD.sub(lambda found: fields.get(found[0], found[0]), word)


def _word(value: Any) -> str:
    """A setting as trainers read it from a command line: lists and numbers as JSON has them, texts as they are."""
    return value if isinstance(value, str) else json.dumps(value)


def finished(folder: Path, seed: int) -> bool:
    """Whether the seed's command has ended without an error in `folder`."""
    mark = read_mark(folder)
    return mark is not None and mark.seed == seed


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock `folder` for this process, however it ends. Raises UsageError if another process has locked it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".replicate.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            hint = "Wait for it, or give another --out."
            raise UsageError(f"Another runcompare trains in {folder}.", hint=hint) from None
        yield


def run_jobs(jobs: Iterable[Job], workers: int, on_done: Callable[[Outcome], None]) -> list[Outcome]:
    """Run jobs side by side; finished seeds are not run again.

    A command that fails does not stop the others; its outcome has a code other than 0, and its output is in `log.txt`
    of its folder.

    Args:
        jobs: What to run.
        workers: How many to run at a time.
        on_done: Called with each outcome as its job ends.

    Returns:
        The outcomes, ordered by seed.
    """
    done = []
    children = _Children()
    with ThreadPoolExecutor(max(1, workers)) as pool:
        running = {pool.submit(run_job, job, children.call) for job in jobs}
        try:
            while running:  # a signal can reach a thread that waits for a process: here it is seen between two waits
                ended, running = wait(running, timeout=LOOK, return_when=FIRST_COMPLETED)
                for future in ended:
                    done.append(future.result())
                    on_done(done[-1])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            children.stop()
            raise
    return sorted(done, key=lambda outcome: outcome.seed)


Call = Callable[[tuple[str, ...]], int]


@dataclass(slots=True)
class _Children:
    """The processes of the jobs that are running, so that an interruption ends them too and starts no more."""

    _alive: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _stopped: bool = False
    _lock: Lock = field(default_factory=Lock)

    def call(self, command: tuple[str, ...]) -> int:
        """Run a command to its end; its exit code. Raises OSError or ValueError if it can't be started."""
        with self._lock:
            if self._stopped:
                return NOT_STARTED
            child = _started(command)
            self._alive.append(child)
        return child.wait()

    def stop(self) -> None:
        """A terminal has told the trainings as well, and they may be saving their state: they have `GRACE` for it."""
        with self._lock:
            self._stopped = True
        until = time.monotonic() + GRACE
        for child in self._alive:
            try:
                child.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.terminate()


def _started(command: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, env={**os.environ, **dict.fromkeys(ONE_THREAD, "1")})


def _call(command: tuple[str, ...]) -> int:
    return _started(command).wait()


def run_job(job: Job, call: Call = _call) -> Outcome:
    """Run one job, unless its seed has finished. A command that the system does not start is an outcome, too: one with
    a value that is too long, say."""
    code = 0
    if not finished(job.folder, job.seed):
        job.folder.parent.mkdir(parents=True, exist_ok=True)
        runner = (sys.executable, "-m", "runcompare.lab.seed_runner", str(job.folder), str(job.seed))
        try:
            code = call((*runner, *job.command))
        except (OSError, ValueError) as error:
            code, why = NOT_STARTED, getattr(error, "strerror", None) or str(error)
            job.folder.mkdir(parents=True, exist_ok=True)
            text = f"The command can't be started: {why}. What is long fits into a file: {{config}}.\n"
            (job.folder / "log.txt").write_text(text, encoding="utf-8")
    mark = read_mark(job.folder)
    return Outcome(job.seed, job.folder, code, mark.seconds if mark and code == 0 else None)


def left_run(folder: Path) -> Run:
    """The run that a seed's command left in its folder.

    Raises:
        DataError: It left none that can be read, or several: which of them is the seed's is not known.
    """
    try:
        runs = resolve(str(folder), roots=()).runs
    except DataError as error:
        hint = f"What the command printed is in {folder / 'log.txt'}; let it write into {{out}}."
        raise DataError(f"{folder} holds no run that can be read: {error.message}", hint=hint) from None
    if len(runs) > 1:
        hint = "Let it write one run a seed, into {out}."
        raise DataError(f"{folder} holds {len(runs)} runs, and a seed's command is to leave one.", hint=hint)
    return runs[0]


def check_seeds(seeds: int) -> None:
    """Raises UsageError for more seeds than anybody trains."""
    if seeds > MOST_SEEDS:
        raise UsageError(f"{seeds} seeds of one configuration are too many.", hint=f"{MOST_SEEDS} are the most.")
