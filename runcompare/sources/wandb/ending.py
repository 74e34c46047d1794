"""How an attempt at a W&B run ended: by its exit record, its exit code, and the client's own log beside it.

W&B's service outlives a process that is killed while others share it, as in a loop over seeds, and then writes an exit
record with code 0 for it. So it does for a process that ends without `wandb.finish()`, but that one's client notes in
`logs/debug.log` that the connection ended, unless the process is a child that `multiprocessing` ends at once: such a
child leaves just what a killed one leaves. Then only a length that the config states can tell.
"""

import os
import re
from pathlib import Path
from typing import NamedTuple

from runcompare.errors import UnreadableRun
from runcompare.records.run import State
from runcompare.sources.kit.files import is_being_written, open_regular
from runcompare.sources.wandb.fields import config_of
from runcompare.sources.wandb.log import Log

__all__ = ["Ending", "ending_of"]

# shells write 128 + signal, Python -signal: interrupt, kill, terminate; W&B writes 255 for a KeyboardInterrupt
_KILLED = frozenset({130, 137, 143, 255, -2, -9, -15})
_CLIENT_LOG = Path("logs", "debug.log")
_LENGTH = re.compile(r"(?:(?:max|num|n|total|train|training)_)*(?:epochs|steps|iters|iterations|updates|timesteps)")
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
        service = "has an exit record of W&B's service only"
        if _stopped_early(log):
            return Ending("interrupted", f"{service} and fewer rows than its config states: the process was killed")
        return Ending("unknown", f"{service}: the process was killed, or ended without wandb.finish()")
    return Ending("finished")


def _stopped_early(log: Log) -> bool:
    """Whether fewer rows were logged than the config states epochs or steps."""
    stated = [v for k, v in config_of(log).items() if _LENGTH.fullmatch(k) and isinstance(v, int | float) and v > 0]
    return bool(stated) and max(log.rows.steps()) + 1 < min(stated)


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
