"""A markdown report as the body of a page: anchors, a contents list, tables that fold, and linked footnotes.

Footnotes travel through markdown as marks, see `page.NOTE_MARK`, pictures as addresses that begin with `page.INSIDE`.
"""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from runcompare.reporting.escape import clean
from runcompare.reporting.page import INSIDE, JUDGED, NOTE_MARK

if TYPE_CHECKING:
    from markdown_it.token import Token

__all__ = ["Body", "Heading", "to_body", "word_class"]

MOST_SLUG = 50  # characters of an anchor
# by how the judging word begins: the class that colours it; the text always stands beside the colour
CLASSES = (
    ("likely better", "better"),
    ("likely worse", "worse"),
    ("better", "better"),
    ("worse", "worse"),
    ("held", "better"),
    ("violated", "worse"),
    ("equivalent", "equivalent"),
    ("inconclusive", "unsure"),
    ("can't tell", "unsure"),
    ("not shown", "unsure"),
    ("beyond", "unsure"),
)


class Heading(NamedTuple):
    """A section: its level, its anchor, and its title as text."""

    level: int
    anchor: str
    title: str


class Body(NamedTuple):
    """The HTML of a document, and its sections for the contents list."""

    html: str
    headings: tuple[Heading, ...]


def to_body(markdown: str, pictures: Mapping[str, str] | None = None) -> Body:
    """The document as HTML. Raw HTML in it stays text, and no link of its own is made.

    Args:
        markdown: The document, with marks of `page.py` for footnotes and pictures.
        pictures: The HTML of each picture by what follows `INSIDE` in its address; what is not there is left out.
    """
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(markdown)
    headings = _name_headings(tokens)
    _shape_tables(tokens)
    _place_pictures(tokens, pictures or {})
    made = parser.renderer.render(tokens, parser.options, {})
    return Body(NOTE_MARK.sub(_note_links(), _table_frames(made)), tuple(headings))


def word_class(word: str) -> str:
    """The class of a judging word; "" for one that judges nothing."""
    return next((name for begin, name in CLASSES if word.startswith(begin)), "")


def _name_headings(tokens: "Sequence[Token]") -> list[Heading]:
    """Give each heading its anchor, once each, of letters, digits and dashes."""
    found: list[Heading] = []
    taken: set[str] = set()
    for place, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        title = _plain(tokens[place + 1])
        slug = re.sub(r"[^a-z0-9]+", "-", title.partition(":")[0].lower())[:MOST_SLUG].strip("-") or "section"
        anchor = f"s-{slug}"
        while anchor in taken:
            anchor += "-"
        taken.add(anchor)
        token.attrSet("id", anchor)
        found.append(Heading(int(token.tag[1]), anchor, NOTE_MARK.sub("", title)))
    return found


def _plain(inline: "Token") -> str:
    """The text of an inline token, without its emphasis."""
    return clean("".join(child.content for child in inline.children or ()))


def _shape_tables(tokens: "Sequence[Token]") -> None:
    """Scopes, roles that outlast folding, each cell's column, and the class of judging words."""
    heads: list[str] = []
    column, in_head = 0, False
    for place, token in enumerate(tokens):
        if token.type == "table_open":
            heads = []
            token.attrSet("role", "table")
        elif token.type in ("thead_open", "tbody_open"):
            in_head = token.type == "thead_open"
        elif token.type == "tr_open":
            column = 0
            token.attrSet("role", "row")
        elif token.type == "th_open":
            heads.append(_plain(tokens[place + 1]))
            token.attrSet("scope", "col")
            token.attrSet("role", "columnheader")
        elif token.type == "td_open" and not in_head:
            _shape_cell(tokens, place, column, heads)
            column += 1


def _shape_cell(tokens: "Sequence[Token]", place: int, column: int, heads: Sequence[str]) -> None:
    token = tokens[place]
    if column == 0:
        end = next(i for i in range(place, len(tokens)) if tokens[i].type == "td_close")
        token.tag = tokens[end].tag = "th"
        token.attrSet("scope", "row")
        token.attrSet("role", "rowheader")
        return
    name = heads[column] if column < len(heads) else ""
    token.attrSet("role", "cell")
    token.attrSet("data-label", name)
    if name == JUDGED and (found := word_class(_plain(tokens[place + 1]))):
        token.attrSet("class", f"judged {found}")


_TABLE = re.compile(r"<table role=\"table\">.*?</table>", re.DOTALL)


def _table_frames(made: str) -> str:
    """Each table in a frame that scrolls by itself; one of both sides folds where the screen is narrow."""

    def framed(found: re.Match[str]) -> str:
        text = found[0]
        kind = "sides" if f'data-label="{JUDGED}"' in text else "scroll"
        return f'<div class="{kind}" tabindex="0" role="region" aria-label="Table">{text}</div>'

    return _TABLE.sub(framed, made)


def _note_links() -> Callable[[re.Match[str]], str]:
    """Marks as links to their notes, and back from each note to where it was first referred to."""
    seen: set[str] = set()

    def link(found: re.Match[str]) -> str:
        kind, number = found[1], found[2]
        if kind == "to":
            back = f'<a class="back" href="#ref-{number}" aria-label="Back to the text">↩</a>' if number in seen else ""
            return f'<span id="note-{number}"></span>{back} '
        first = "" if number in seen else f' id="ref-{number}"'
        seen.add(number)
        return f'<a class="note"{first} href="#note-{number}">[{number}]</a>'

    return link


def _place_pictures(tokens: "Sequence[Token]", pictures: Mapping[str, str]) -> None:
    """Paragraphs that hold a picture of ours and nothing else become a figure with its caption, or nothing."""
    for place, token in enumerate(tokens):
        (image, *others) = token.children or (None,)
        address = "" if image is None or others or image.type != "image" else str(image.attrGet("src"))
        if address.startswith(INSIDE):
            assert image is not None
            drawn = pictures.get(address.removeprefix(INSIDE), "")
            caption = f"<figcaption>{html.escape(clean(image.content))}</figcaption>"
            token.type, token.children = "html_block", None
            token.content = f"<figure>{drawn}{caption}</figure>" if drawn else ""
            for around in (tokens[place - 1], tokens[place + 1]):
                around.hidden = True
