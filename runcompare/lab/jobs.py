"""Run one training a seed, several side by side, each in a process of one thread; finished seeds never run twice."""

import fcntl
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runcompare.errors import UsageError
from runcompare.lab.seed_runner import read_mark

__all__ = [
    "TAKES",
    "Job",
    "Outcome",
    "Template",
    "command_template",
    "finished",
    "locked",
    "run_job",
    "run_jobs",
    "train_template",
]

ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
TAKES = ("{overrides}", "{flags}", "{config}")  # where a command has its settings
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
        UsageError: The text has no `{seed}`, or its program is not installed.
    """
    if "{seed}" not in text:
        hint = 'Write {seed} where it goes, as in "python train.py --seed {seed}".'
        raise UsageError(f"The command takes no seed: {text}", hint=hint)
    words = shlex.split(text)
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
            raise UsageError(f"Another replicate is running in {folder}.", hint=hint) from None
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
    with ThreadPoolExecutor(max(1, workers)) as pool:
        running = [pool.submit(run_job, job) for job in jobs]
        for future in as_completed(running):
            done.append(future.result())
            on_done(done[-1])
    return sorted(done, key=lambda outcome: outcome.seed)


def run_job(job: Job) -> Outcome:
    """Run one job, unless its seed has finished."""
    code = 0
    if not finished(job.folder, job.seed):
        job.folder.parent.mkdir(parents=True, exist_ok=True)
        runner = (sys.executable, "-m", "runcompare.lab.seed_runner", str(job.folder), str(job.seed))
        code = subprocess.call((*runner, *job.command), env={**os.environ, **dict.fromkeys(ONE_THREAD, "1")})
    mark = read_mark(job.folder)
    return Outcome(job.seed, job.folder, code, mark.seconds if mark and code == 0 else None)
