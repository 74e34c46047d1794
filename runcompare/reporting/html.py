"""The markdown report as one HTML page that needs nothing else: styles inside, pictures as data URIs."""

import base64
from collections.abc import Mapping
from pathlib import Path

from runcompare.comparison.comparison import Comparison
from runcompare.reporting.escape import clean
from runcompare.reporting.markdown import environment, to_markdown

__all__ = ["to_html"]


def to_html(comparison: Comparison, *, plots: Mapping[str, Path] | None = None) -> str:
    """The page. Raw HTML in the markdown stays text; links to scripts are not made."""
    from markdown_it import MarkdownIt

    links = {name: f"data:image/png;base64,{_base64(path)}" for name, path in (plots or {}).items()}
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(to_markdown(comparison, plots=links))
    title = clean(f"{comparison.candidate.label} vs {comparison.baseline.label}")
    page = environment("html").get_template("page.html.j2")
    return page.render(title=title, body=body)


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
