"""From what a user types to groups of runs: grammar, search, narrowing, replicates.

Names load when they are used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runcompare.references.replicates import replicated_groups as replicated_groups
    from runcompare.references.resolve import resolve as resolve

_HOME = {
    "replicated_groups": "runcompare.references.replicates",
    "resolve": "runcompare.references.resolve",
}

__all__ = ["replicated_groups", "resolve"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'runcompare.references' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
