"""runcompare: is the new run really better, or is that noise? What did it cost? What should we run next?

Public names load when they are used, so that importing this package stays light.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runcompare.records.recorder import Recorder as Recorder

__version__ = "0.1.0"

_HOME = {
    "Recorder": "runcompare.records.recorder",
}

__all__ = ["Recorder", "__version__"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'runcompare' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
