"""Every error that runcompare raises on purpose.

    RuncompareError              exit  what the user does about it
    ├── UsageError                 2   type another command
    │   ├── ConfigError            2   mend a file (also a ValueError)
    │   └── AmbiguousReference     2   name the run more exactly
    ├── DataError                  3   point at other data
    │   ├── RunNotFound            3   (also a LookupError)
    │   ├── UnreadableRun          3
    │   └── TrackerError           3   try again later
    │       ├── RateLimited        3
    │       ├── ServerFailed       3
    │       └── NetworkFailed      3
    ├── AuthError                  4   log in
    └── MissingExtra               2   install an extra (also an ImportError)

A message is one clear line: what was wrong and where. `hint` says what to do next.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "AmbiguousReference",
    "AuthError",
    "ConfigError",
    "DataError",
    "MissingExtra",
    "NetworkFailed",
    "RateLimited",
    "RunNotFound",
    "RuncompareError",
    "ServerFailed",
    "TrackerError",
    "UnreadableRun",
    "UsageError",
    "did_you_mean",
]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean 'x'?` for the nearest known word, else an empty string."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"Did you mean '{near[0]}'?" if near else ""


def _one_line(text: str) -> str:
    """Without control characters: a name that holds a line break can't forge a line of ours."""
    return text if text.isprintable() else _CONTROLS.sub(" ", text)


_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class RuncompareError(Exception):
    """Base of all our errors; `exit_code` is what the command line returns."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str = "") -> None:
        message = _one_line(message)
        super().__init__(message)
        self.message = message
        self.hint = _one_line(hint)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class UsageError(RuncompareError):
    """The command or call can't be carried out as it was typed."""


class ConfigError(UsageError, ValueError):
    """A configuration or settings file has an unknown key, a wrong type or contradicts itself."""


class AmbiguousReference(UsageError):
    """A reference matches several runs that are not replicates of one another."""


class DataError(RuncompareError):
    """The data asked for is not there, or could not be read."""

    exit_code = 3


class RunNotFound(DataError, LookupError):
    """No run matches a reference."""


class UnreadableRun(DataError):
    """A run was found but nothing in it could be read."""


class TrackerError(DataError):
    """A tracker's server did not give what was asked; another try may."""


class RateLimited(TrackerError):
    """The server refuses for now because it was asked too often."""


class ServerFailed(TrackerError):
    """The server answered with an error of its own, or with something that is no answer."""


class NetworkFailed(TrackerError):
    """The server could not be reached, or did not answer before our deadline."""


class AuthError(RuncompareError):
    """A tracker refused our credentials, or there are none."""

    exit_code = 4


class MissingExtra(RuncompareError, ImportError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"This needs the package '{package}', which is not installed.",
            hint=f"Install it: pip install 'runcompare[{extra}]'; from a checkout: pip install -e '.[{extra}]'",
        )
