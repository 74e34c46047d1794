"""Trainings with hooks in processes of their own, what they leave, and the run that they are compared with."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import runcompare

EXAMPLES = Path(__file__).parents[2] / "examples" / "hooks"
HOUSE = str(Path(runcompare.__file__).parents[1])
LOG = "runcompare-report.log"
WITHIN_S = 300.0  # machines that run the tests are shared


def environment(**more: str) -> dict[str, str]:
    """Without what makes this process a part of another training, with our package."""
    left_out = ("RANK", "LOCAL_RANK", "WANDB_", "MLFLOW_")
    env = {k: v for k, v in os.environ.items() if not k.startswith(left_out)}
    return {**env, "PYTHONPATH": HOUSE, "MLFLOW_DISABLE_TELEMETRY": "true", "GIT_PYTHON_REFRESH": "quiet", **more}


def train(script: Path | str, *args: object, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a training, a file or its text, to its end. Its output goes to files, as pipes would be inherited."""
    words = [str(script)] if isinstance(script, Path) else ["-c", script]
    command = [sys.executable, *words, *map(str, args)]
    out, err = cwd / ".stdout", cwd / ".stderr"
    with out.open("w") as stdout, err.open("w") as stderr:
        done = subprocess.run(command, cwd=cwd, env=environment(**env), stdout=stdout, stderr=stderr)
    return subprocess.CompletedProcess(command, done.returncode, out.read_text(), err.read_text())


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def log_of(folder: Path, words: tuple[str, ...] = ("wrote ", "no report: ", "no report yet", "fault")) -> str:
    """The hook's log, once the process that writes it is done."""
    log = folder / LOG

    def is_done() -> bool:
        text = log.read_text() if log.exists() else ""
        after = text.partition("the run has ended")[2]
        return any(word in after for word in words)

    until(is_done, f"no end in {log}: {log.read_text() if log.exists() else 'not there'}")
    return log.read_text()


def record(
    folder: Path, level: float = 1.0, seed: int = 0, *, keys: tuple[str, ...] = ("val/loss",), **more: object
) -> Path:
    """A finished run that the Recorder wrote, with the same values under all keys."""
    settings = {"name": folder.name, "config": {"lr": level, "seed": seed}, **more}
    with runcompare.Recorder(folder, **settings) as log:  # type: ignore[arg-type]
        for step in range(10):
            log.log(dict.fromkeys(keys, level / (step + 1) + 0.001 * seed), step=step)
    return folder
