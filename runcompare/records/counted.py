"""A number of things in words: 1 run, 2 runs; the first of many names."""

from collections.abc import Sequence

__all__ = ["counted", "few"]


def counted(n: float, thing: str) -> str:
    """`n` of a thing whose plural takes an s."""
    return f"{n:g} {thing}{'' if n == 1 else 's'}"


def few(names: Sequence[str], most: int) -> str:
    """The first `most` names, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
