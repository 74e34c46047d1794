"""The process that runs one seed's command: `python -m runcompare.lab.seed_runner FOLDER SEED COMMAND...`.

It holds a lock beside the folder, so that a seed left running by a killed replicate is waited for, not started twice. A
folder holds `replicate.json` once its command has ended without an error, written last and whole, so that a kill at any
moment leaves either a finished seed or one that starts again; a command with `--resume` resumes instead.
"""

import fcntl
import json
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from runcompare.records.atomic import write_whole

__all__ = ["MARK", "Mark", "main", "read_mark"]

MARK = "replicate.json"
NOT_KEPT = 74  # a command that left no folder to say in that it has ended; the system's code for failed output
NOT_STARTED = 127  # a shell's code for a command that it can't start


class Mark(NamedTuple):
    """A finished seed and the wall time of its command in seconds."""

    seed: int
    seconds: float


def read_mark(folder: Path) -> Mark | None:
    """The mark of the seed that has finished in the folder, or None."""
    try:
        entry = json.loads((folder / MARK).read_text(encoding="utf-8"))
        return Mark(int(entry["seed"]), float(entry["seconds"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def main(folder: Path, seed: int, command: list[str]) -> int:
    """Run a seed's command unless the seed has finished.

    Args:
        folder: The seed's folder; the command's output goes to its log.txt.
        seed: The seed.
        command: The program and its arguments.

    Returns:
        The command's exit code, 128 and the number of the signal that ended it; 127 if it can't be started, 74 if its
        folder is gone.
    """
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if read_mark(folder) is not None:
            return 0
        if "--resume" not in command:
            _set_aside(folder)
        folder.mkdir(parents=True, exist_ok=True)
        started = time.monotonic()
        with (folder / "log.txt").open("wb") as log:
            try:
                code = _run(command, log)
            except OSError as error:
                log.write(f"{command[0]}: {error.strerror}\n".encode())
                return NOT_STARTED
        if code == 0:
            mark = Mark(seed, time.monotonic() - started)
            try:
                write_whole(folder / MARK, json.dumps(mark._asdict()), only_writer=True)
            except OSError as error:  # the command has removed or replaced its folder
                print(f"runcompare: Can't write {folder / MARK}: {error.strerror}.", file=sys.stderr)
                return NOT_KEPT
        return code if code >= 0 else 128 - code  # as a shell says that a signal ended it


def _run(command: list[str], log: BinaryIO) -> int:
    """A command's exit code. What is to stop this process stops the command, and this process waits for its end.

    Ctrl-C at a terminal reaches the command without our help.
    """
    child = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)

    def stop(number: int, frame: object) -> None:
        if number == signal.SIGTERM:
            with suppress(OSError):
                child.terminate()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        return child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _set_aside(folder: Path) -> None:
    """Rename what a killed attempt left, so that it is kept, hidden from listings, and does not count."""
    if folder.exists():
        number = 1
        while (away := folder.with_name(f".{folder.name}.unfinished{number}")).exists():
            number += 1
        folder.rename(away)


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
