"""Read runs from wherever they are: one folder a tracker, one registry.

Names load when they are used, so that importing this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runcompare.sources.base import Listing as Listing
    from runcompare.sources.base import Source as Source
    from runcompare.sources.listing import list_runs as list_runs
    from runcompare.sources.registry import read_run as read_run
    from runcompare.sources.registry import sources as sources

_HOME = {
    "Listing": "runcompare.sources.base",
    "Source": "runcompare.sources.base",
    "list_runs": "runcompare.sources.listing",
    "read_run": "runcompare.sources.registry",
    "sources": "runcompare.sources.registry",
}

__all__ = ["Listing", "Source", "list_runs", "read_run", "sources"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'runcompare.sources' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
