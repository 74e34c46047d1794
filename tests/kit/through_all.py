"""A folder of runs through everything that reads it, and what counts as a fault of ours on the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import runcompare
from runcompare.errors import RuncompareError
from runcompare.pull.workers import Task, take
from runcompare.records.run import Run, RunInfo
from runcompare.reporting.markdown import to_markdown
from runcompare.sources import list_runs, read_run

FINAL = {"eval/loss": 0.3, "eval/accuracy": 0.5, "eval_loss": 0.3, "loss": 0.3, "val_loss": 0.3, "arc/acc": 0.5}
GOOD = Run(RunInfo("good", "good", "test", ""), summary=FINAL)


class OurFault(Exception):
    """A told problem that says that the fault is ours."""


@contextmanager
def told() -> Iterator[None]:
    try:
        yield
    except RuncompareError as error:
        if "fault of runcompare" in error.hint:
            raise OurFault(error.message) from error


def through_all(folder: Path, store: Path) -> int:
    """List, read, compare, report and pull every run of a folder; how many could be read."""
    listing = list_runs([folder])
    read = 0
    for warning in listing.warnings:
        if "Error: " in warning or "Panic" in warning:
            raise OurFault(warning)
    for info in listing.runs:
        with told():
            run = read_run(info)
            read += 1
            to_markdown(runcompare.compare([run], [GOOD]))
        done = take(Task(info, str(store)))
        if "Error: " in done.error or "Panic" in done.error:
            raise OurFault(done.error)
    return read
