"""When has a run ended, and when are its files whole? Asked for as long as the training goes on, so it must cost
nothing: no library of ours or of a tracker's is loaded here.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from runcompare.hooks.job import Job
from runcompare.hooks.owner import goes_on
from runcompare.records.recorder import RECORD_NAME, decode_line
from runcompare.references.live import RunPlace
from runcompare.sources.kit.files import is_any_written

__all__ = ["Ending", "wait_for_end"]

PACE_S = 1.0
QUIET_S = 2.0  # without a change of a file
LONGEST_S = 600.0  # for the files of a training that has ended to become whole, such as uploads
SHARE = 0.02  # of a core, at most, to look for who writes
ENDED_IN_MLFLOW = ("FINISHED", "FAILED", "KILLED", "3", "4", "5")


class Ending(NamedTuple):
    """`told` is how the training said that it ended; `gone` whether its process was gone by then."""

    told: str | None
    gone: bool


@dataclass
class _Looks:
    """What was seen before."""

    was_written: bool = False
    unwritten: int = 0
    cost_s: float = 0.0


def wait_for_end(job: Job, sleep: Callable[[float], None] = time.sleep) -> Ending:
    """Return once the run has ended and its files are whole."""
    looks = _Looks()
    while True:
        told, gone = _told(job), not goes_on(job.owner, job.born)
        if gone or _has_ended(job.place, told is not None, looks):
            _until_quiet(job.place, sleep, others_write=gone)
            return Ending(_told(job) or told, gone)
        sleep(max(PACE_S, looks.cost_s / SHARE))


def _told(job: Job) -> str | None:
    with suppress(OSError):
        return (Path(job.scratch) / "ended").read_text() or None
    return None


def _has_ended(place: RunPlace, told: bool, looks: _Looks) -> bool:
    """By what the run's own files say, while its process goes on."""
    if place.kind == "wandb":
        return _is_closed(Path(place.reference), looks)
    if place.kind == "mlflow":
        return told or _ended_in_mlflow(place)
    return told or place.kind == "served" or _ended_in_record(place)


def _is_closed(log: Path, looks: _Looks) -> bool:
    """Whether W&B's service has closed the log; it opens it a moment after `wandb.init`."""
    if not log.exists() or time.time() - log.stat().st_mtime < QUIET_S or not Path("/proc/self").exists():
        return False
    started = time.monotonic()
    is_written = is_any_written([log])
    looks.cost_s = time.monotonic() - started
    looks.unwritten = 0 if is_written else looks.unwritten + 1
    looks.was_written |= is_written
    return looks.unwritten >= (1 if looks.was_written else 3)


def _ended_in_record(place: RunPlace) -> bool:
    path = Path(place.reference)
    path = path / RECORD_NAME if path.is_dir() else path
    if path.name != RECORD_NAME or not path.is_file():
        return False
    with suppress(OSError), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4096))
        last = decode_line(file.read().rpartition(b"\n")[0].rpartition(b"\n")[2] + b"\n")
        return last is not None and last.get("type") == "end"
    return False


def _ended_in_mlflow(place: RunPlace) -> bool:
    """By the store's own words; a server's are not asked for, and end with the process."""
    database = _database(place)
    if database is not None:
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as db:
            found = db.execute("SELECT status FROM runs WHERE run_uuid = ?", (place.online["id"],)).fetchone()
            return found is not None and str(found[0]) in ENDED_IN_MLFLOW
        return False
    with suppress(OSError):
        lines = (Path(place.reference) / "meta.yaml").read_text(encoding="utf-8", errors="replace").splitlines()
        return any(line.startswith("status:") and line[7:].strip() in ENDED_IN_MLFLOW for line in lines)
    return False


def _database(place: RunPlace) -> Path | None:
    """The file that holds the run among others."""
    return next((Path(root) for root in place.roots if Path(root).is_file()), None)


def _until_quiet(place: RunPlace, sleep: Callable[[float], None], *, others_write: bool) -> None:
    """Until none of the run's files has changed for a while; and, once the training is gone, none is held open by what
    it left behind, such as W&B's service."""
    if place.kind == "served":
        return
    start = time.monotonic()
    while time.monotonic() - start < LONGEST_S:
        files = list(_files(place))
        last = max((file.stat().st_mtime for file in files if file.exists()), default=0.0)
        if not -QUIET_S < time.time() - last < QUIET_S and not (others_write and is_any_written(files)):
            return
        sleep(0.25)


def _files(place: RunPlace) -> Iterator[Path]:
    """The files that hold the run, of a folder those at its top and one below."""
    path = _database(place) or Path(place.reference)
    if path.is_file():
        yield path
    elif path.is_dir():
        for pattern in ("*", "*/*"):
            yield from (p for p in path.glob(pattern) if p.is_file() and "runcompare-report" not in p.name)
