"""Whatever stands in a file: it is read, compared, reported and pulled, or told. `make fuzz` takes 10,000 a reader.

A fault of ours that the boundary of a run turned into a told problem is a fault here.
"""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from changed_files import SEEDS, mutant

import runcompare
from runcompare.errors import RuncompareError
from runcompare.pull.workers import Task, take
from runcompare.records.run import Run, RunInfo
from runcompare.reporting.markdown import to_markdown
from runcompare.sources import list_runs, read_run

MUTANTS = int(os.environ.get("RUNCOMPARE_MUTANTS", "5"))
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


@pytest.mark.parametrize("reader", SEEDS)
def test_mutants_are_read_or_told(reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    seed = tmp_path / "seed"
    SEEDS[reader](seed)
    bodies = {path: path.read_bytes() for path in sorted(seed.rglob("*")) if path.is_file()}
    assert through_all(seed, tmp_path / "store"), "what the mutants are made of can't be read itself"
    faults: dict[int, str] = {}
    read = 0
    for number in range(MUTANTS):
        changed = random.Random(-number - 1).choice(list(bodies))
        changed.write_bytes(mutant(bodies[changed], number))
        try:
            read += through_all(seed, tmp_path / "store")
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            faults[number] = f"{type(error).__name__}: {str(error)[:200]}"
        changed.write_bytes(bodies[changed])
    print(f"{reader}: {MUTANTS} mutants, {read} read, {len(faults)} faults")
    assert not faults
