"""A number of things in words: 1 run, 2 runs."""

__all__ = ["counted"]


def counted(n: float, thing: str) -> str:
    """`n` of a thing whose plural takes an s."""
    return f"{n:g} {thing}{'' if n == 1 else 's'}"
