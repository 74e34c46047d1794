"""Whether a process goes on, told by its number and the time it was born: numbers are given again."""

import subprocess
from contextlib import suppress
from pathlib import Path

__all__ = ["born", "goes_on"]

_PROC = Path("/proc/self/stat")


def born(pid: int) -> str | None:
    """When a process was born, as its system tells; None if there is none, or only its remains."""
    if _PROC.exists():
        with suppress(OSError, IndexError):
            # the name, in brackets, may hold spaces and brackets of its own
            fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
            return None if fields[0] in (b"Z", b"X") else fields[19].decode()
        return None
    with suppress(OSError, subprocess.SubprocessError):
        asked = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
        state, _, start = subprocess.run(asked, capture_output=True, text=True, timeout=5).stdout.strip().partition(" ")
        return start.strip() if state and not state.startswith("Z") else None
    return None


def goes_on(pid: int, since: str) -> bool:
    """Whether the process `pid` that was born at `since` is still there."""
    return born(pid) == since
