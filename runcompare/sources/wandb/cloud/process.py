"""The worker's process: started with patience and places of its own, and ended with all that it started."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from runcompare.sources.wandb.cloud.probe import base_url

__all__ = ["work"]

_SOCKET = 40  # characters of a folder for sockets, whose whole path may have about a hundred


def work(folder: Path, key: str, ends: float) -> None:
    """Run the worker until it is done or time is up, then end it and what it started."""
    own = {"WANDB_API_KEY": key, "WANDB_BASE_URL": base_url(), "WANDB_SILENT": "true", "WANDB_CONSOLE": "off"}
    places = {name: str(folder) for name in ("WANDB_DIR", "WANDB_CACHE_DIR", "WANDB_DATA_DIR", "WANDB_CONFIG_DIR")}
    with tempfile.TemporaryDirectory(prefix="rc-", dir=_place_of_sockets(), ignore_cleanup_errors=True) as temporary:
        places |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), temporary)
        env = {
            **os.environ,
            **_patience(ends),
            **own,
            **places,
            "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        }
        command = [sys.executable, "-m", "runcompare.sources.wandb.cloud.worker", str(folder)]
        no = subprocess.DEVNULL
        worker = subprocess.Popen(command, env=env, stdin=no, stdout=no, stderr=no, start_new_session=True)
        try:
            # the client may take seconds to end after its work is done
            while worker.poll() is None and time.monotonic() < ends and not (folder / "done.json").exists():
                time.sleep(0.05)
        finally:
            _end(worker)


def _place_of_sockets() -> str | None:
    """A folder for temporary files whose name is short enough for the client's socket; None is the usual one."""
    short = Path("/tmp")  # noqa: S108  # nosec B108
    return str(short) if len(tempfile.gettempdir()) > _SOCKET and short.is_dir() else None


def _patience(ends: float) -> dict[str, str]:
    """How the client tries again, so that it has given up, and tells why, before our deadline."""
    left = max(1.0, ends - time.monotonic())
    waits = {"WAIT_MIN_SECONDS": min(1.0, left / 20), "WAIT_MAX_SECONDS": left / 10}
    kinds = ("GRAPHQL", "FILE_TRANSFER")
    found = {f"WANDB__{kind}_RETRY_{name}": f"{seconds:.2f}" for kind in kinds for name, seconds in waits.items()}
    return found | {f"WANDB__{kind}_RETRY_MAX": "4" for kind in kinds}


def _end(worker: "subprocess.Popen[bytes]") -> None:
    """End the worker and what it started, which the client puts into a session of its own."""
    started = _descendants(worker.pid)
    for pid in started:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    for _ in range(40):  # until they are gone they may write once more
        if not any(Path(f"/proc/{pid}/exe").exists() for pid in started):
            return
        time.sleep(0.05)


def _descendants(pid: int) -> list[int]:
    """The processes that a process started, and those that they did; where there is no /proc, none."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            children.setdefault(int(stat.read_text().rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
        except (OSError, ValueError, IndexError):
            continue
    found, left = [], [pid]
    while left:
        below = children.get(left.pop(), [])
        found += below
        left += below
    return found
