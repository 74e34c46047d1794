"""The faces of results that have no page of their own: what the command line prints of them, in a notebook and a file.

A ranking, a gate, costs, a plan, a check, recommendations and a forecast: each has a line, a document of markdown, rows
and JSON; the page and the card are made of these.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from runcompare.reporting.brief import bounded
from runcompare.reporting.escape import Line, lines_of, text
from runcompare.reporting.html import html_page

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["Pictures", "Printed", "Record"]

T = TypeVar("T")
Record = dict[str, object]
Pictures = Mapping[str, Callable[[], Any]]


def _no_pictures(result: Any) -> Pictures:
    return {}


def _no_commands(result: Any) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Printed(Generic[T]):
    """The faces of one kind of result, see `renderers.py`."""

    line: Callable[[T], str]
    to_markdown: Callable[[T], str]
    to_json: Callable[[T], str]
    records: Callable[[T], list[Record]]
    pictures: Callable[[T], Pictures] = _no_pictures
    commands: Callable[[T], Sequence[str]] = _no_commands

    def to_brief(self, result: T) -> str:
        """The line, and what has room of the paragraphs up to the first rule, headings left out."""
        told = takewhile(lambda block: block != "---", _blocks(self.to_markdown(result)))
        return bounded([f"**{text(self.line(result))}**", *(block for block in told if not block.startswith("#"))])

    def to_html(self, result: T) -> str:
        """The document as a page."""
        return html_page(self.to_markdown(result), self.line(result))

    def to_terminal(self, result: T) -> "RenderableType":
        """The line; the commands of the command line have tables of their own."""
        from rich.text import Text

        return Text(self.line(result), style="bold")


def _blocks(document: str) -> Iterator[str]:
    """The document's paragraphs, lists, tables and code blocks, each whole."""
    block: list[str] = []
    for line, is_code in [*lines_of(document), Line("", False)]:
        if line or is_code:
            block.append(line)
        elif block:
            yield "\n".join(block)
            block = []
