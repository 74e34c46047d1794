"""A line on a terminal that says which run is being read, for somebody who waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Timer
from typing import Any

from runcompare.cli.printing import is_watched, safe_line, status_line
from runcompare.records.reading import heard_by

__all__ = ["reading_shown"]

PATIENCE = 1.0  # seconds after which somebody wants to know what takes so long


@contextmanager
def reading_shown() -> Iterator[None]:
    """Within it, a line on stderr says which run is being read, if that is a terminal and it takes a while."""
    if not is_watched():
        yield
        return
    line = _Reading()
    timer = Timer(PATIENCE, line.show)
    timer.daemon = True
    timer.start()
    try:
        with heard_by(line.hear):
            yield
    finally:
        timer.cancel()
        line.stop()


class _Reading:
    """The line: what is being read, and how many runs were read before."""

    def __init__(self) -> None:
        self._lock = Lock()  # the timer shows it from another thread
        self._text, self._runs, self._is_over = "", -1, False
        self._status: Any = None

    def hear(self, name: str) -> None:
        with self._lock:
            self._runs += 1
            self._text = f"{safe_line(name)}{f' ({self._runs} runs read)' if self._runs > 1 else ''}"
            if self._status is not None:
                self._status.update(self._renderable())

    def show(self) -> None:
        with self._lock:
            if not self._is_over:
                self._status = status_line(self._renderable())
                self._status.start()

    def stop(self) -> None:
        with self._lock:
            self._is_over = True
            if self._status is not None:
                self._status.stop()

    def _renderable(self) -> Any:
        from rich.text import Text

        return Text(f"reading {self._text}" if self._text else "looking for runs", no_wrap=True, overflow="ellipsis")
