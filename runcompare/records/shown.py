"""How does a result show itself: in a line, in a notebook, in a file?

A result stands below the room that renders it and can't import it. It knows what its faces can do; where they are is
said once, by `runcompare/__init__.py`, at the top. They load when something is shown.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

__all__ = ["Faces", "Shown", "shown_by"]


class Faces(Protocol):
    """What renders results of every kind."""

    def line(self, result: Any) -> str: ...
    def card(self, result: Any) -> str: ...
    def brief(self, result: Any) -> str: ...
    def to_markdown(self, result: Any) -> str: ...
    def to_html(self, result: Any) -> str: ...
    def to_json(self, result: Any) -> str: ...
    def to_frame(self, result: Any) -> "pd.DataFrame": ...
    def plot(self, result: Any, kind: str | None) -> Any: ...
    def save(self, result: Any, path: "str | Path") -> None: ...


_LOADERS: list[Callable[[], Faces]] = []


def shown_by(load: Callable[[], Faces]) -> None:
    """Say what loads the faces of results; the last one that said so is asked."""
    _LOADERS.append(load)


def _faces() -> Faces:
    return _LOADERS[-1]()


class Shown:
    """A result with faces: `repr` is one line, a notebook shows a card, `save` writes what the suffix says."""

    __slots__ = ()

    def __repr__(self) -> str:
        return _faces().line(self)

    def _repr_html_(self) -> str:
        return _faces().card(self)

    def _repr_markdown_(self) -> str:
        return _faces().brief(self)

    def to_markdown(self) -> str:
        """The whole report as markdown, without pictures."""
        return _faces().to_markdown(self)

    def to_html(self) -> str:
        """The whole report as one page that needs nothing else, pictures and curves inside."""
        return _faces().to_html(self)

    def to_json(self) -> str:
        """Everything as JSON that keeps to the published schema."""
        return _faces().to_json(self)

    def to_frame(self) -> "pd.DataFrame":
        """The result's rows as pandas: a quantity, a run or a task each.

        Raises:
            MissingExtra: Without pandas.
        """
        return _faces().to_frame(self)

    def plot(self, kind: str | None = None) -> Any:
        """A picture, as a matplotlib figure that a notebook shows.

        Args:
            kind: Which one; an unknown kind is an error that names those there are. The most telling one by default.

        Raises:
            UsageError: For a kind that this result has no picture of.
        """
        return _faces().plot(self, kind)

    def save(self, path: "str | Path") -> None:
        """Write the report to a file, whole or not at all: `.md` (its pictures beside it), `.html`, `.json` or `.pdf`.

        Raises:
            UsageError: For another suffix.
            DataError: If the file can't be written.
            MissingExtra: For a PDF where nothing is installed that makes one.
        """
        _faces().save(self, path)
