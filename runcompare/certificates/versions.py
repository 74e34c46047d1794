"""What a certificate is made with."""

import platform
from importlib.metadata import PackageNotFoundError, version

from runcompare.version import __version__

__all__ = ["versions"]

LIBRARIES = ("numpy", "scipy", "polars")  # by which numbers may differ in their last digits


def versions() -> dict[str, str]:
    """The versions of runcompare, of Python, and of what computes, and the kind of machine."""
    found = {"runcompare": __version__, "python": platform.python_version(), "machine": platform.machine()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
