"""Who reads the runs that are pulled? This process, several, or Ray's. Each task is done apart; none stops the others.

A source may have a method `read_since(location, kept) -> Run`: the whole run again, for which it asks only what came
after `kept`, the run as the store has it.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcompare.errors import AuthError, DataError, MissingExtra, RuncompareError, UnreadableRun, UsageError

if TYPE_CHECKING:
    from runcompare.records.run import Run, RunInfo
    from runcompare.store.store import Store

__all__ = ["Done", "Task", "in_processes", "in_turn", "on_ray", "take"]

ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS")


@dataclass(frozen=True, slots=True)
class Task:
    """A run to be read and the store to keep it in."""

    info: "RunInfo"
    store: str
    fingerprint: str | None = None
    searched: tuple[str, ...] = ()  # the folders that no link may lead out of


@dataclass(frozen=True, slots=True)
class Done:
    """How a task ended: `error` is why nothing was kept, `refused` whether for want of credentials, `unwritten` whether
    the store could not be written."""

    run_id: str
    rows: int = 0
    warnings: tuple[str, ...] = ()
    error: str = ""
    refused: bool = False
    unwritten: bool = False


def take(task: Task) -> Done:
    """Read the run and keep it. Raises nothing: whatever a source does becomes the `error` of the result."""
    from runcompare.records.boundary import boundary
    from runcompare.sources.kit.files import confine
    from runcompare.store.store import Store

    run_id = task.info.id
    confine(map(Path, task.searched))
    try:
        with boundary(task.info.location or run_id):
            lake = Store(task.store)
            run = _read(task.info, lake)
    except RuncompareError as error:
        return Done(run_id, error=error.message, refused=isinstance(error, AuthError))
    try:
        with boundary(task.info.location or run_id):
            # part of a run is not what its source's state stands for: the next pull asks again
            lake.put(run, None if run.metadata.get("partial") else task.fingerprint)
    except UnreadableRun as error:  # what it holds can't be stored
        return Done(run_id, error=error.message)
    except DataError as error:
        return Done(run_id, error=error.message, unwritten=True)
    return Done(run_id, len(run.history), run.warnings)


def _read(info: "RunInfo", lake: "Store") -> "Run":
    from runcompare.sources import read_run
    from runcompare.sources.registry import remote_sources, sources

    source: Any = sources().get(info.source) or remote_sources().get(info.source)
    if hasattr(source, "read_since"):
        try:
            kept = lake.get(info.id)
        except DataError:
            return read_run(info)
        if (kept.info.source, kept.info.location) == (info.source, info.location):
            run: Run = source.read_since(info.location, kept)
            return run
    return read_run(info)


def in_turn(tasks: Sequence[Task]) -> Iterator[Done]:
    """One after the other, in this process."""
    yield from map(take, tasks)


def in_processes(tasks: Sequence[Task], workers: int) -> Iterator[Done]:
    """Side by side in `workers` processes of one thread each, as they end.

    A task that kills its process ends with an error, and the others go on.
    """
    left = list(tasks)
    try:
        with _pool(workers) as pool:
            futures = {pool.submit(take, task): task for task in left}
            try:
                for future in as_completed(futures):
                    done = future.result()
                    left.remove(futures[future])
                    yield done
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    except BrokenProcessPool:
        yield from map(_alone, left)


def _alone(task: Task) -> Done:
    try:
        with _pool(1) as pool:
            return pool.submit(take, task).result()
    except BrokenProcessPool:
        return Done(
            task.info.id, error=f"{task.info.location}: the process that read it was killed. Too little memory?"
        )


def _pool(workers: int) -> ProcessPoolExecutor:
    # a fork would copy locks that polars' threads hold
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_one_thread)


def _one_thread() -> None:
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))


def on_ray(tasks: Sequence[Task], address: str) -> Iterator[Done]:
    """On the Ray cluster at `address` (`auto`, `HOST:PORT`, `ray://...`, or `local` for one started here), as they end.

    Its machines must have runcompare, and see the sources and the store under the same names.
    Raises MissingExtra and UsageError if there is no cluster.
    """
    ray = _ray(address)
    try:
        work = ray.remote(max_retries=1)(_take_on_ray)
        pending = {work.remote(task): task for task in tasks}
        while pending:
            (first,), _ = ray.wait(list(pending), num_returns=1)
            task = pending.pop(first)
            try:
                yield ray.get(first)
            except ray.exceptions.RayError as error:
                yield Done(task.info.id, error=f"{task.info.location}: {_line(error)}")
    finally:
        ray.shutdown()


def _take_on_ray(task: Task) -> Done:
    _one_thread()
    return take(task)


def _ray(address: str) -> Any:
    try:
        import ray
    except ImportError:
        raise MissingExtra("ray", "ray") from None
    if ray.is_initialized():
        raise UsageError("Ray is in use in this process already.", hint="Call ray.shutdown() first.")
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False)
    except Exception as error:
        hint = "Start one with `ray start --head`, or use --ray local."
        raise UsageError(f"There is no Ray cluster at '{address}': {_line(error)}.", hint=hint) from None
    return ray


def _line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(error).__name__
