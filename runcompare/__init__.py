"""runcompare: is the new run really better, or is that noise? What did it cost? What should we run next?

Public names load when they are used, so that importing this package stays light.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from runcompare.version import __version__

if TYPE_CHECKING:
    from runcompare.api import compare as compare
    from runcompare.api import load as load
    from runcompare.api import report as report
    from runcompare.comparison.comparison import Comparison as Comparison
    from runcompare.records.recorder import Recorder as Recorder
    from runcompare.records.run import Group as Group
    from runcompare.records.run import Run as Run
    from runcompare.sources.tables.from_frame import from_frame as from_frame

_HOME = {
    "Comparison": "runcompare.comparison.comparison",
    "Group": "runcompare.records.run",
    "Recorder": "runcompare.records.recorder",
    "Run": "runcompare.records.run",
    "compare": "runcompare.api",
    "from_frame": "runcompare.sources.tables.from_frame",
    "load": "runcompare.api",
    "report": "runcompare.api",
}

__all__ = ["Comparison", "Group", "Recorder", "Run", "__version__", "compare", "from_frame", "load", "report"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'runcompare' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
