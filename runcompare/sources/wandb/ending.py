"""How an attempt at a W&B run ended: by its exit record, its exit code, and the client's own log beside it.

W&B's service outlives a process that is killed while others share it, as in a loop over seeds, and then writes an exit
record with code 0 for it. So it does for a process that ends without `wandb.finish()`, but that one's client notes in
`logs/debug.log` that the connection ended.
"""

import os
import re
from pathlib import Path
from typing import NamedTuple

from runcompare.errors import UnreadableRun
from runcompare.records.run import State
from runcompare.sources.kit.files import is_being_written, open_regular
from runcompare.sources.wandb.log import Log

__all__ = ["Ending", "ending_of"]

# shells write 128 + signal, Python -signal: interrupt, kill, terminate; W&B writes 255 for a KeyboardInterrupt
_KILLED = frozenset({130, 137, 143, 255, -2, -9, -15})
_CLIENT_LOG = Path("logs", "debug.log")
_LAST = 1 << 16  # bytes of the client's log
_STARTED = re.compile(rb"run started, returning control to user process")
_SHUT_DOWN = re.compile(
    rb"got exitcode|finishing run|reached eof|closing|closed|teardown|tear down|handleabandoned", re.IGNORECASE
)


class Ending(NamedTuple):
    """The state, and where it isn't plain from the log alone, why."""

    state: State
    why: str = ""


def ending_of(log: Log) -> Ending:
    """How the attempt of this log ended."""
    if log.exit is None:
        why = "has no exit record: the run was killed, or is still running"
        return Ending("running" if is_being_written(log.path) else "interrupted", why)
    code = int(log.exit.exit_code)
    if code in _KILLED:
        return Ending("interrupted", f"ended with exit code {code}: the run was killed")
    if code:
        return Ending("failed")
    if not log.exit_is_own and _broke_off(log.path.parent / _CLIENT_LOG):
        return Ending("interrupted", "has an exit record of W&B's service only: the run's process was killed")
    return Ending("finished")


def _broke_off(client_log: Path) -> bool:
    """Whether the client's log stops while the run goes on; not where there is none, or it is of another form."""
    try:
        with open_regular(client_log) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _LAST))
            end = file.read(_LAST)
    except (UnreadableRun, OSError):
        return False
    starts = list(_STARTED.finditer(end))
    return bool(starts) and _SHUT_DOWN.search(end, starts[-1].end()) is None
