"""The markdown report as one HTML page that needs nothing else: styles inside, pictures as data URIs."""

import base64
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from runcompare.comparison.comparison import Comparison
from runcompare.errors import DataError
from runcompare.reporting.escape import clean
from runcompare.reporting.markdown import to_markdown

__all__ = ["html_page", "to_html"]

PAGE = "page.html.j2"


def to_html(comparison: Comparison, *, plots: Mapping[str, Path] | None = None) -> str:
    """The comparison as a page."""
    links = {name: f"data:image/png;base64,{_base64(path)}" for name, path in (plots or {}).items()}
    title = f"{comparison.candidate.label} vs {comparison.baseline.label}"
    return html_page(to_markdown(comparison, plots=links), title)


def html_page(markdown: str, title: str) -> str:
    """A markdown document as a page. Raw HTML in it stays text; links to scripts are not made."""
    import jinja2
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    loader = jinja2.FileSystemLoader(_template_folder())
    environment = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, autoescape=True)
    return environment.get_template(PAGE).render(title=clean(title), body=body)


@cache
def _template_folder() -> str:
    """The templates inside the installed package, else those at the top of the checkout."""
    package = Path(__file__).parents[1]
    for folder in (package / "templates", package.parent / "templates"):
        if (folder / PAGE).is_file():
            return str(folder)
    raise DataError("The report templates are missing.", hint="Install runcompare again.")


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
