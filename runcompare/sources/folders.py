"""Which folders are searched for runs. Imports nothing, for a shell waits for those who ask."""

__all__ = ["MAX_DEPTH", "is_searched"]

MAX_DEPTH = 6
_PRUNED = frozenset({"node_modules", "__pycache__", "site-packages", "venv", "env", "__MACOSX"})


def is_searched(name: str, depth: int) -> bool:
    """Whether a folder of this name is looked into, `depth` folders below the root. Hidden folders and environments
    are not."""
    return depth < MAX_DEPTH and not name.startswith(".") and name not in _PRUNED
