"""Nothing under a run's control changes the document or the terminal around it."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from runcompare.reporting import escape
from runcompare.reporting.page import table


@pytest.mark.parametrize("sign", ["\x1b", "\x07", "\r", "\n", "\t", "\u202e", "\u2028", "\u200b", "\ud800", "\x9b"])
def test_no_sign_that_moves_or_hides_text_reaches_a_terminal(sign: str) -> None:
    assert escape.printable(f"a{sign}b") == "a\N{REPLACEMENT CHARACTER}b"
    assert sign not in escape.clean(f"a{sign}b")


def test_printable_keeps_letters_of_every_script_and_any_length() -> None:
    word = "Zürich 東京 naïve 🙂 " + "x" * 1000
    assert escape.printable(word) == word


def test_clean_is_one_line_of_bounded_length() -> None:
    assert escape.clean("a \n\t b") == "a b"
    assert escape.clean("\x08\r\x08") == ""
    assert len(escape.clean("x" * 1000)) == escape.MOST


@given(st.text())
def test_text_stays_text_in_markdown(value: str) -> None:
    (paragraph,) = [t for t in MarkdownIt("commonmark").enable("table").parse(escape.text(value)) if t.type == "inline"]
    assert {child.type for child in paragraph.children or ()} <= {"text", "text_special"}


@given(st.text(alphabet="`a| "))
def test_code_holds_any_backticks(value: str) -> None:
    (paragraph,) = [t for t in MarkdownIt("commonmark").parse(f"x {escape.code(value)} x") if t.type == "inline"]
    assert [child.type for child in paragraph.children or ()] == ["text", "code_inline", "text"]


def test_a_fence_is_longer_than_any_in_the_block() -> None:
    assert escape.fenced("````", "yaml").splitlines() == ["`````yaml", "````", "`````"]


NAMES = (
    *("a@b.c", "a@b.com", "mailto:a@b.com", "$x$", "$$x$$", "___", "__a__", "_a_", "a|b", "\\|", "a\\|b", "|", "\\"),
    *("www.x.com", "http://x.com", "https://e.org/a_b", "<b>", "&amp;", "~~a~~", "*a*", "[a](b)", "![a](b)", "`a`"),
    *("- a", "1. a", "1) a", "# a", "> a", "a\nb", "===", "---", "a\ud800b", "^a^", "[^1]", "- [ ] x", "`|`", "``"),
)
_TAGS = r"<(a|em|strong|del|li|h\d|blockquote|sup|sub|input|img|math|div|hr)\b|class=.math"


def rendered(text: str) -> dict[str, str]:
    """HTML by the renderers that are there: GitHub's own, one that reports meet elsewhere, and ours."""
    made = {"markdown-it": MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)}
    with suppress(ImportError):
        import cmarkgfm

        made["GitHub"] = cmarkgfm.github_flavored_markdown_to_html(text)
    with suppress(ImportError):
        import mistune

        plugins = ["table", "strikethrough", "url", "footnotes", "math", "task_lists", "superscript", "subscript"]
        made["mistune"] = mistune.create_markdown(plugins=plugins)(text)
    return made


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_only_text_to_every_renderer(name: str) -> None:
    for renderer, html in rendered(f"{escape.text(name)}\n").items():
        assert not re.search(_TAGS, html), (renderer, html)
    assert not re.search(r"(?<!\\)\$", escape.text(name))


def test_a_bar_behind_a_stroke_is_none_to_any_renderer() -> None:
    for value in ("a\\|b", "\\\\|"):
        assert "|" not in escape.text(value)
        assert "|" not in escape.code(value)


@pytest.mark.parametrize("name", NAMES)
def test_a_table_keeps_its_shape_in_every_renderer(name: str) -> None:
    document = "\n".join(table(("a", "b"), iter([(escape.text(name), escape.code(name))])))
    for renderer, html in rendered(document).items():
        assert html.count("<td") == 2, (renderer, html)


def test_a_bar_in_code_has_no_backslash_in_any_renderer() -> None:
    choice = escape.code("--direction min|max")
    for renderer, html in rendered(f"- {choice}\n").items():
        assert "--direction min|max" in html, (renderer, html)
    for renderer, html in rendered("\n".join(table(("a", "b"), iter([(choice, choice)])))).items():
        assert "--direction min|max" in html or renderer == "mistune", (renderer, html)  # it shows it in tables too


def test_a_code_block_ends_at_a_fence_as_long_as_its_own() -> None:
    block = escape.fenced("b\n```\n\n# c", "text")
    document = f"a\n\n{block}\n\nd"
    assert [line.text for line in escape.lines_of(document) if not line.is_code] == ["a", "", "", "d"]
