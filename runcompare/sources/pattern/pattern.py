"""The pattern by which text logs are read. Imports nothing heavy, for every command asks for it."""

import re

from runcompare.errors import UsageError

__all__ = ["VARIABLE", "checked_pattern"]

VARIABLE = "RUNCOMPARE_PATTERN"  # in the environment, so that workers have it as well


def checked_pattern(text: str) -> str:
    """The pattern as it is. Raises UsageError for what is no regular expression or names no group."""
    try:
        names = re.compile(text).groupindex
    except (re.error, RecursionError, OverflowError) as error:
        raise UsageError(f"The pattern is no regular expression: {error}.") from None
    if not names:
        raise UsageError("The pattern names no group.", hint=r"Write 'step (?P<step>\d+) loss (?P<loss>\S+)'.")
    return text
