"""The process that looks after one seed: `python -m runcompare.lab.seed_runner FOLDER SEED COMMAND...`.

It holds a lock beside the folder, so that a seed left running by a killed replicate is waited for, not started twice. A
folder holds `replicate.json` once its command has ended well, written last and by renaming, so that a kill at any
moment leaves either a finished seed or one that starts again; a command with `--resume` goes on instead.
"""

import fcntl
import json
import subprocess
import sys
import time
from pathlib import Path

from runcompare.records.atomic import write_whole

__all__ = ["MARK", "main", "read_mark"]

MARK = "replicate.json"


def read_mark(folder: Path) -> tuple[int, float] | None:
    """Seed and seconds of a seed that has ended well, or None."""
    try:
        entry = json.loads((folder / MARK).read_text(encoding="utf-8"))
        return int(entry["seed"]), float(entry["seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def main(folder: Path, seed: int, command: list[str]) -> int:
    """Run the command unless the seed has finished; its exit code, 127 if it can't be started."""
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
                code = subprocess.call(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
            except OSError as error:
                log.write(f"{command[0]}: {error.strerror}\n".encode())
                return 127
        if code == 0:
            _mark(folder, seed, time.monotonic() - started)
        return code


def _set_aside(folder: Path) -> None:
    """What a killed attempt left is kept, hidden from listings, and does not count."""
    if folder.exists():
        number = 1
        while (away := folder.with_name(f".{folder.name}.unfinished{number}")).exists():
            number += 1
        folder.rename(away)


def _mark(folder: Path, seed: int, seconds: float) -> None:
    write_whole(folder / MARK, json.dumps({"seed": seed, "seconds": seconds}), only_writer=True)


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
