"""What is done on a faulty disk, and what must hold afterwards: record, pull, export, report, checkpoint."""

import contextlib
import io
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from faulty_disk import FAULTS, OPERATIONS, Fault, watched
from flips import make_runs

from runcompare import Recorder
from runcompare.cli import main
from runcompare.errors import DataError
from runcompare.pull.pull import changed, select
from runcompare.records.recorder import RECORD_NAME, logged_rows
from runcompare.store.store import Store

__all__ = ["WORKS", "Case", "Outcome", "Work", "cases", "try_case"]


class Outcome(NamedTuple):
    """What a piece of work said: its exit code and its message."""

    code: int
    said: str


@dataclass(frozen=True)
class Work:
    """Some work in a folder: made ready, done, and what is wrong afterwards ("" if nothing is)."""

    name: str
    ready: Callable[[Path], None]
    do: Callable[[Path], Outcome]
    wrong: Callable[[Path, Outcome], str]


class Case(NamedTuple):
    operation: str
    kind: str
    forever: bool


def cases() -> Iterator[Case]:
    for operation, kind, forever in itertools.product(OPERATIONS, FAULTS, (False, True)):
        if kind != "short" or (operation == "write" and not forever):
            yield Case(operation, kind, forever)


def try_case(work: Work, case: Case, folder: Path, most: int = 1_000) -> Iterator[str]:
    """Let each call of one operation fail in turn, until the work passes; a line a try, empty if all held."""
    ready = folder / "ready"
    work.ready(ready)
    for at in range(1, most):
        here = folder / "here"
        shutil.copytree(ready, here, symlinks=True)
        fault = Fault(case.operation, case.kind, at, case.forever)
        with watched(here, fault):
            outcome = work.do(here)
        wrong = work.wrong(here, outcome) if fault.struck else ""
        shutil.rmtree(here)
        if not fault.struck:
            return
        yield f"{work.name} {case} at {at}: {wrong} {outcome}" if wrong else ""
    raise AssertionError(f"{work.name} made more than {most} calls of {case.operation}")


def command(folder: Path, *words: str) -> Outcome:
    """A command of ours in this process."""
    said, code = io.StringIO(), 0
    os.environ["RUNCOMPARE_RUNS"], os.environ["RUNCOMPARE_STORE"] = str(folder / "runs"), str(folder / "store")
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            main(list(words))
        except SystemExit as stop:
            code = int(stop.code or 0)
        finally:
            del os.environ["RUNCOMPARE_RUNS"], os.environ["RUNCOMPARE_STORE"]
    return Outcome(code, said.getvalue())


def told(outcome: Outcome) -> str:
    """A failure is said clearly and is no exit 0."""
    if outcome.code == 0:
        return ""
    clear = "runcompare: " in outcome.said and "internal error" not in outcome.said and "Traceback" not in outcome.said
    return "" if clear else "not told clearly"


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def _old_or_new(out: str, *words: str) -> Work:
    """A command that writes `out` and what belongs to it: after a failure all is as it was before, and nothing more."""

    def ready(folder: Path) -> None:
        make_runs(folder / "runs", seeds=2)
        (folder / "out").mkdir()
        assert command(folder, *(w.format(d=folder) for w in words)).code == 0
        for path in (folder / "out").rglob("*"):
            if path.is_file():
                path.write_bytes(b"old " + path.name.encode())

    def do(folder: Path) -> Outcome:
        return command(folder, *(w.format(d=folder) for w in words))

    def wrong(folder: Path, outcome: Outcome) -> str:
        left = content(folder / "out")
        old = [name for name, body in left.items() if body == b"old " + Path(name).name.encode()]
        if any(Path(name).name.startswith(".") for name in left):
            return f"left behind: {sorted(left)}"
        if len(old) not in ((len(left),) if outcome.code else (0,)) and not _after_all(outcome, old):
            return f"exit {outcome.code} with {len(old)} of {len(left)} files old"
        return told(outcome)

    return Work(out, ready, do, wrong)


def _after_all(outcome: Outcome, old: list[str]) -> bool:
    """All files are new, but the disk could not promise it: the folder's own sync, the last step, failed."""
    return outcome.code != 0 and not old


def _record(folder: Path) -> Outcome:
    sure: list[int] = []
    said = ""
    try:
        record = Recorder(folder / "run", id="one")
    except DataError as error:
        return Outcome(3, f"runcompare: {error} {sure}")
    for step in range(6):
        try:
            record.log({"x": step}, step=step)
            sure.append(step)
            if step % 3 == 2:
                record.sync()
        except DataError as error:
            said += f"runcompare: {error} "
    try:
        record.close()
    except DataError as error:
        said += f"runcompare: {error} "
    with contextlib.suppress(OSError):
        record._file.close()
    return Outcome(3 if said else 0, f"{said}|{sure}")


def _lost_rows(folder: Path, outcome: Outcome) -> str:
    path = folder / "run" / RECORD_NAME
    sure = [int(n) for n in outcome.said.rpartition("|")[2].strip("[] ").split(",") if n.strip().isdigit()]
    there = [row.step for row in logged_rows(path)] if path.exists() else []
    return f"lost {set(sure) - set(there)}" if not set(sure) <= set(there) else told(outcome)


def _pull_ready(folder: Path) -> None:
    make_runs(folder / "runs", sides=1, seeds=2)
    assert command(folder, "pull").code == 0
    make_runs(folder / "runs", sides=2, seeds=1)


def _pulled(folder: Path, outcome: Outcome) -> str:
    store = Store(folder / "store")
    if damage := store.verify():
        return f"damage: {damage}"
    kept = {info.id for info in store.infos()}
    if not {"run000000", "run000001"} <= kept:
        return f"old runs lost: {sorted(kept)}"
    if outcome.code == 0 and (left := changed(select((), [folder / "runs"]), folder / "store").runs):
        return f"exit 0 without {[info.id for info in left]}"
    return told(outcome)


def _checkpoint(folder: Path) -> Outcome:
    import torch

    from runcompare.engine.training.checkpoint import write_tensors

    try:
        write_tensors(folder / "weights" / "a.safetensors", {"w": torch.arange(64.0)}, {"epoch": 2})
    except DataError as error:
        return Outcome(3, f"runcompare: {error}")
    return Outcome(0, "")


def _checkpoint_ready(folder: Path) -> None:
    import torch

    from runcompare.engine.training.checkpoint import write_tensors

    write_tensors(folder / "weights" / "a.safetensors", {"w": torch.zeros(64)}, {"epoch": 1})


def _checkpoint_wrong(folder: Path, outcome: Outcome) -> str:
    from runcompare.engine.training.checkpoint import read_tensors

    try:
        epoch = read_tensors(folder / "weights" / "a.safetensors").meta["epoch"]
    except DataError as error:
        return str(error)
    return "exit 0 with the old one" if outcome.code == 0 and epoch != 2 else told(outcome)


def _empty(folder: Path) -> None:
    folder.mkdir(parents=True)


_SIDES = ("g0", "g1", "--metric", "val/loss", "--direction", "min")
WORKS = {
    "record": Work("record", _empty, _record, _lost_rows),
    "pull": Work("pull", _pull_ready, lambda folder: command(folder, "pull"), _pulled),
    "export": _old_or_new("export", "export", "id:run000000", "-o", "{d}/out/rows.json"),
    "report": _old_or_new("report", "report", *_SIDES, "-o", "{d}/out/report.md"),
    "checkpoint": Work("checkpoint", _checkpoint_ready, _checkpoint, _checkpoint_wrong),
}
