"""Who hears which run is being read: somebody who waits for many runs, or for a long one, sees what for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["being_read", "heard_by"]

Listener = Callable[[str], None]

_listeners: list[Listener] = []


def being_read(name: str) -> None:
    """Tell those who listen that a run is about to be read."""
    for listener in tuple(_listeners):
        listener(name)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Within it, `listener` is called with the name of each run before that is read."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
