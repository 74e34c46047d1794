from html.parser import HTMLParser
from pathlib import Path

import pytest
from comparisons import make_hostile

from runcompare.comparison.comparison import Comparison
from runcompare.reporting import draw_plots, to_html


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def test_holds_its_pictures(full: Comparison, tmp_path: Path) -> None:
    page = to_html(full, plots=draw_plots(full, tmp_path))
    tags = Tags(page)
    sources = [value or "" for name, value in tags.attributes if name == "src"]
    assert len(sources) == 3
    assert all(source.startswith("data:image/png;base64,iVBOR") for source in sources)
    assert tags.tags.count("table") >= 4
    assert "<title>hjnqclgk vs baseline32</title>" in page
    page.encode("utf-8")


@pytest.mark.parametrize(
    "word", ["<script>alert(1)</script>", "[x](javascript:alert(1))", '"><img src=x onerror=a()>', "</title><b>"]
)
def test_hostile_names_add_no_tags(word: str) -> None:
    page = Tags(to_html(make_hostile(word)))
    assert page.tags == Tags(to_html(make_hostile("word"))).tags
    assert not {"script", "img", "a"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "href"]
