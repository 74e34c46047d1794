"""The pattern by which text logs are read. Imports nothing heavy, for every command asks for it."""

import os
import re
from collections.abc import Callable

from runcompare.errors import UsageError

__all__ = ["VARIABLE", "checked_pattern", "use_setting"]

VARIABLE = "RUNCOMPARE_PATTERN"  # in the environment, so that workers have it as well


_chosen: str | None = None  # the setting that stands in the environment


def use_setting(stated: Callable[[], str | None]) -> None:
    """Put the settings' pattern into the environment, unless one stands there that is not from them.

    Args:
        stated: reads the settings. They count what stands in the environment before what is in their files, so that
            an earlier call's pattern is taken out before.

    Raises:
        UsageError: the settings' text is no pattern.
    """
    global _chosen
    if _chosen is not None and os.environ.get(VARIABLE) == _chosen:
        del os.environ[VARIABLE]
    _chosen = None
    if VARIABLE not in os.environ and (pattern := stated()) is not None:
        _chosen = os.environ[VARIABLE] = checked_pattern(pattern)


def checked_pattern(text: str) -> str:
    """The pattern as it is. Raises UsageError for what is no regular expression or names no group."""
    try:
        names = re.compile(text).groupindex
    except (re.error, RecursionError, OverflowError) as error:
        raise UsageError(f"The pattern is no regular expression: {error}.") from None
    if not names:
        raise UsageError("The pattern names no group.", hint=r"Write 'step (?P<step>\d+) loss (?P<loss>\S+)'.")
    return text
