"""The boundary of one run: whatever is wrong with it becomes a told problem of that run, and the others go on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from runcompare.errors import RuncompareError, UnreadableRun

__all__ = ["boundary", "told"]

_PANIC = "PanicException"  # of polars and other libraries written in Rust: no Exception, but a fault like any other
_NOTHING_TO_TELL = (RuncompareError, KeyboardInterrupt, SystemExit, GeneratorExit)


@contextmanager
def boundary(where: object, hint: str = "") -> Iterator[None]:
    """Within it, what fails becomes an UnreadableRun that names `where`: a run, its place, or several of them.

    Our own errors pass, for they say what is wrong; so do what the user or the interpreter stops us with. Too little
    memory is a problem of the run that needed it.
    """
    try:
        yield
    except BaseException as error:
        problem = told(error, where, hint)
        if problem is None:
            raise
        raise problem from error


def told(error: BaseException, where: object, hint: str = "") -> UnreadableRun | None:
    """What `boundary` makes of an error; None for what passes. With RUNCOMPARE_DEBUG set, all do."""
    is_fault = isinstance(error, Exception) or type(error).__name__ == _PANIC
    if isinstance(error, _NOTHING_TO_TELL) or not is_fault or os.environ.get("RUNCOMPARE_DEBUG"):
        return None
    if isinstance(error, MemoryError):
        return UnreadableRun(f"{where} needs more memory than there is.")
    if isinstance(error, RecursionError):
        return UnreadableRun(f"{where} is nested too deeply to be read.")
    if isinstance(error, OSError):
        return UnreadableRun(f"{where} can't be read: {error.strerror or type(error).__name__}.")
    why = (str(error).splitlines() or [""])[0][:200]
    return UnreadableRun(f"{where} can't be read: {type(error).__name__}: {why}.", hint=hint or _REPORT)


_REPORT = "This is a fault of runcompare: please report it. RUNCOMPARE_DEBUG=1 shows where."
