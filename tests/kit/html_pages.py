"""What a page is made of: its tags and attributes, and whether it leads or loads anywhere."""

from html.parser import HTMLParser


class Tags(HTMLParser):
    """The tags and attributes of a page, in order; what stands in scripts and styles is text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def leads_nowhere(page: str) -> None:
    """Every link of the page leads to a place of itself, nothing is loaded, and no attribute is a script or a style."""
    tags = Tags(page)
    assert not {"img", "link", "iframe", "object", "embed", "form", "base"} & set(tags.tags)
    addresses = [value or "" for name, value in tags.attributes if name in ("href", "src", "xlink:href", "action")]
    assert addresses
    assert all(address.startswith("#") for address in addresses), addresses
    assert not [name for name, _ in tags.attributes if name.startswith("on") or name in ("style", "srcdoc")]
