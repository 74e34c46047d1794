"""`after_run`: starts the process that stands apart from the training, and nothing else."""

import atexit
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from runcompare.errors import DataError, UsageError
from runcompare.hooks.harmless import harmless, is_first_process, tell
from runcompare.hooks.job import VARIABLE, Attach, Ended, Job, Outputs, command, new_scratch, outputs_of
from runcompare.hooks.owner import born
from runcompare.records.atomic import make_folder
from runcompare.references.live import RunPlace, place_of

__all__ = ["NO_BASELINE", "Hook", "after_run", "named"]

NO_BASELINE = (
    'no report: no baseline is named. To compare the next run with this one, give it baseline="{}"; '
    'a group, "tag:prod" or "@best:val/loss" would do as well.'
)
_START_S = 0.5  # to wait for the first of two processes, which ends at once
_CHECK_S = 0.4  # to hear whether the baseline is there, after a training that was as short as that
_started: dict[tuple[str, str, int], "Hook"] = {}
_left: list[subprocess.Popen[bytes]] = []  # kept, or Python warns of a child that still runs
# what belongs to the training's own process, and would lead ours astray
_OWN = ("TORCHELASTIC_", "ACCELERATE_", "WANDB_SERVICE", "WANDB_RUN_ID", "WANDB_RESUME", "WANDB_SWEEP_ID")
_OWN_TOO = ("MLFLOW_RUN_ID", "RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "PYTHONSTARTUP")
_ENVIRONMENT = {
    "CUDA_VISIBLE_DEVICES": "",
    "MPLBACKEND": "Agg",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "2",
    "PYTHONUNBUFFERED": "1",
    "WANDB_SILENT": "true",
}


class Hook:
    """What waits for a run's end. No method raises an Exception.

    `report` is where the report will be, `log` where is said what was done; None for a hook that does nothing, as in
    all processes but the first.
    """

    def __init__(
        self, job: Job | None = None, outputs: Outputs | None = None, *, wait: float = 0.0, words: str = ""
    ) -> None:
        self._job, self._wait, self._words = job, wait, words
        self._is_told = job is None and not words
        self._owner = os.getpid()
        self.log = outputs.log if outputs else None
        self.report = outputs.first if outputs else None

    @harmless(lambda: None)
    def end(self, state: Ended = "finished") -> None:
        """Say that the run has ended, and how. Only the first call in the process that started the hook counts."""
        if self._is_told or os.getpid() != self._owner:
            return
        self._is_told = True
        if self._job is None:
            tell(self._words)
            return
        scratch = Path(self._job.scratch)
        if scratch.is_dir():
            (scratch / "ended").write_text(state)
        _until(scratch, "checked", _CHECK_S)
        _until(scratch, "done", self._wait)
        tell(self._last_words(scratch))

    def _last_words(self, scratch: Path) -> str:
        with suppress(OSError):
            return (scratch / "line").read_text(encoding="utf-8")
        return f"the report on this run goes to {_short(self.report)} (log: {_short(self.log)})."


def _until(scratch: Path, name: str, seconds: float) -> None:
    """Until the other process has left a file of this name or taken the folder away, or that many seconds are over."""
    until = time.monotonic() + seconds
    while not (scratch / name).exists() and scratch.is_dir() and time.monotonic() < until:
        time.sleep(0.02)


@harmless(Hook)
def after_run(
    run_place: object,
    *,
    baseline: str | os.PathLike[str] | None,
    metric: str | None = None,
    out: str | os.PathLike[str] | None = None,
    attach: Attach = "tracker",
    whole_group: bool = False,
    wait: float = 0.0,
    **options: Any,
) -> Hook:
    """Report on a run once it has ended, in a process that stands apart from this one. Never raises an Exception.

    May be called before the run starts, while it goes on, or after it: what is waited for is the end of the run as its
    files, its tracker or `Hook.end` say it, or the end of this process, however it comes.

    Args:
        run_place: A path; a `wandb.Run`, an MLflow run, a `Recorder`, a logger or trainer of Lightning or transformers.
        baseline: A reference: an id, a name, a group, an alias, `tag:prod`, `@best:METRIC`. The run itself is never
            its own baseline. None says how to name one.
        metric: The metric to judge by; the most telling one by default.
        out: A folder, or a file ending in .md or .html; beside the run by default.
        attach: "tracker" adds the report to the run where its tracker allows, "wandb-report" also makes a W&B Report
            (extra `wandb-reports`), "nowhere" writes files only.
        whole_group: Judge the run's whole group, if its runs are known replicates.
        wait: Seconds for `Hook.end` to wait for the report, where nothing outlives the training, as in a container.
        options: More options of `runcompare.compare`, as plain data.

    Returns:
        The hook, to say the run's end to; one that does nothing where there is nothing to do.
    """
    if not is_first_process():
        return Hook()
    if os.name != "posix":
        raise UsageError("Reports by themselves need Linux or macOS.", hint="Run: runcompare report RUN BASELINE")
    place = place_of(run_place)
    outputs = outputs_of(place, out)
    if baseline is None or not str(baseline).strip():
        hook = Hook(words=NO_BASELINE.format(named(place)))
        atexit.register(_at_exit, hook)
        return hook
    key = (place.reference, str(baseline), os.getpid())
    known = _started.get(key)
    if known is not None and not known._is_told:
        return known
    job = Job(
        place,
        str(baseline),
        log=str(outputs.log),
        cwd=os.getcwd(),  # noqa: PTH109
        scratch=new_scratch(),
        owner=os.getpid(),
        born=born(os.getpid()) or "",
        metric=metric,
        out=None if out is None else os.path.abspath(out),  # noqa: PTH100
        attach=attach,
        whole_group=whole_group,
        options=options,
    )
    try:
        _start(job, outputs.log)
    except BaseException:
        shutil.rmtree(job.scratch, ignore_errors=True)
        raise
    hook = _started[key] = Hook(job, outputs, wait=wait)
    atexit.register(_at_exit, hook)
    return hook


def _at_exit(hook: Hook) -> None:
    """What the interpreter still says at its end, which os._exit and signals leave out."""
    hook.end("failed" if getattr(sys, "last_value", None) is not None else "finished")


def _start(job: Job, log: Path) -> None:
    text = job.as_text()
    try:
        make_folder(log.parent)
        with log.open("ab") as file:
            process = subprocess.Popen(
                command(),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env=_environment(text),
                cwd=job.cwd,
                start_new_session=True,
            )
    except OSError as error:
        hint = "Say out=FOLDER for another place."
        raise DataError(f"{error.filename or log} can't be used: {error.strerror}.", hint=hint) from None
    try:
        process.wait(_START_S)
    except subprocess.TimeoutExpired:
        _left.append(process)


def _environment(job: str) -> Mapping[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_OWN) and k not in _OWN_TOO}
    return {**kept, **_ENVIRONMENT, VARIABLE: job}


def named(place: RunPlace) -> str:
    """How a run may be named as a baseline by the next one: by its id where a tracker gave one, else by its path."""
    if place.kind == "wandb":
        return Path(place.reference).stem.removeprefix("run-")
    if place.reference.startswith("mlflow+"):  # a server is asked only by its address
        return place.reference
    return place.online.get("id") or _short(Path(place.reference))


def _short(path: Path | None) -> str:
    """Relative to the working folder where that is shorter."""
    with suppress(ValueError, OSError):
        return str(path.relative_to(Path.cwd())) if path else ""
    return str(path)
