"""Where the runs of an ablation are made: processes of this machine, Ray's workers, or jobs of Slurm.

All of them write into the same folders, which Ray's and Slurm's machines must share. A run that has finished is not
made again, wherever it was made.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from runcompare.errors import DataError, MissingExtra
from runcompare.lab.jobs import Job, Outcome, run_job, run_jobs

__all__ = ["on_ray", "on_slurm", "side_by_side"]

OnDone = Callable[[Outcome], None]
LOST = 1  # the code of a run whose worker died


def side_by_side(jobs: Sequence[Job], on_done: OnDone, *, workers: int) -> None:
    """In processes of one thread on this machine."""
    run_jobs(jobs, workers, on_done)


def on_ray(jobs: Sequence[Job], on_done: OnDone, *, address: str | None = None, gpus: float = 0.0) -> None:
    """As tasks of Ray, each with a CPU and `gpus` accelerators.

    Raises MissingExtra without ray, DataError if the cluster can't be reached.
    """
    try:
        import ray
    except ImportError:
        raise MissingExtra("ray", "ray") from None
    if not ray.is_initialized():
        try:
            ray.init(address=address, log_to_driver=False, include_dashboard=False)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise DataError(f"Ray can't be reached: {error}", hint="Leave --ray out to run here.") from None
    task = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=0)(_run_from)
    running = {task.remote(Path.cwd(), job): job for job in jobs}
    while running:
        (ended, *_), _ = ray.wait([*running], num_returns=1)
        job = running.pop(ended)
        try:
            on_done(ray.get(ended))
        except ray.exceptions.RayError:
            on_done(Outcome(job.seed, job.folder, LOST, None))


def on_slurm(
    jobs: Sequence[Job],
    on_done: OnDone,
    *,
    logs: Path,
    cluster: str = "slurm",
    options: Mapping[str, Any] | None = None,
) -> None:
    """As jobs of Slurm, by submitit: one an array task, so that the queue decides how many run at a time.

    Args:
        jobs: What to run.
        on_done: Called with each outcome, in the order of the jobs.
        logs: Folder of submitit's own files, which all machines see.
        cluster: "slurm"; submitit's "local" and "debug" run here.
        options: Parameters of submitit, such as `slurm_partition` and `timeout_min`.

    Raises:
        MissingExtra: Without submitit.
        DataError: The jobs can't be submitted.
    """
    try:
        import submitit
    except ImportError:
        raise MissingExtra("submitit", "slurm") from None
    try:
        executor = submitit.AutoExecutor(folder=logs, cluster=cluster)
        executor.update_parameters(**{"cpus_per_task": 1, **(options or {})})
        submitted = executor.map_array(_run_from, [Path.cwd()] * len(jobs), jobs) if jobs else []
    except (RuntimeError, OSError, TypeError, NameError, AssertionError) as error:
        hint = "Run this where sbatch is, and check --slurm-option."
        raise DataError(f"Slurm takes no jobs: {error}", hint=hint) from None
    for job, handle in zip(jobs, submitted, strict=True):
        try:
            on_done(handle.result())
        except Exception:  # of a job that Slurm killed, or of a worker that died: whatever submitit makes of it
            on_done(Outcome(job.seed, job.folder, LOST, None))


def _run_from(folder: Path, job: Job) -> Outcome:
    """Run a job in the folder that the ablation was started in, whose programs and files it names."""
    os.chdir(folder)
    return run_job(job)
