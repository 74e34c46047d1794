"""What keeps a training out of our harm: nothing is raised into it, and only its first process does anything."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from runcompare.errors import RuncompareError
from runcompare.records.redact import redact

__all__ = ["LOG", "harmless", "is_first_process", "reason", "tell"]

LOG = "runcompare-report.log"
_RANKS = ("RANK", "LOCAL_RANK")  # as torchrun and accelerate set them
P = ParamSpec("P")
R = TypeVar("R")


def is_first_process() -> bool:
    """Whether this is the process of rank 0, or the only one."""
    rank = next((os.environ[name] for name in _RANKS if os.environ.get(name)), "0")
    return rank.strip() in ("0", "00")


def tell(text: str, log: Path | None = None) -> None:
    """One line on stderr, and in the log if there is one; neither need be writable."""
    line = f"runcompare: {_one_line(str(redact(text)))}\n"
    with suppress(Exception):
        sys.stderr.write(line)
        sys.stderr.flush()
    if log is not None:
        with suppress(Exception), log.open("a", encoding="utf-8", errors="replace") as file:
            file.write(line)


def reason(error: BaseException) -> str:
    """What to tell of an error."""
    return str(error) if isinstance(error, RuncompareError) else f"{type(error).__name__}: {error}"


def harmless(otherwise: Callable[[], R]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A function that never raises an Exception: it is told in one line, and `otherwise()` is returned.

    What the user or the system stops the training with (KeyboardInterrupt, SystemExit) passes.
    """

    def decorate(call: Callable[P, R]) -> Callable[P, R]:
        @wraps(call)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return call(*args, **kwargs)
            except Exception as error:
                tell(f"no report on this run: {reason(error)}")
                return otherwise()

        return guarded

    return decorate


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:1000]
