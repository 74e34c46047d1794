"""A report as one HTML page that needs nothing else: styles, scripts, pictures and curves inside.

Its policy lets run the page's own script and styles, by their hashes, and nothing else: no other script, no inline
handler, no address outside.
"""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from runcompare.comparison.comparison import Comparison
from runcompare.errors import DataError
from runcompare.reporting.closing_sections import MOST_OTHERS
from runcompare.reporting.curve_data import curve_data, script_json
from runcompare.reporting.escape import clean
from runcompare.reporting.html_body import Body, to_body, word_class
from runcompare.reporting.markdown import document
from runcompare.reporting.page import INSIDE, Notes, Page
from runcompare.reporting.panels import plates
from runcompare.reporting.svg_pictures import draw_pictures

__all__ = ["html_page", "to_html"]

PAGE, PLOTTER = "page.html.j2", "uPlot.iife.min.js"


def to_html(comparison: Comparison, *, full: bool = False) -> str:
    """The comparison as a page; `full` leaves no row out."""
    drawn = draw_pictures(comparison)
    live = {plate.name: place for place, plate in enumerate(plates(comparison))}
    names = {name: str(place) for place, name in enumerate(drawn)}
    inside = {names[name]: _figure(picture, live.get(name)) for name, picture in drawn.items()}
    links = {name: f"{INSIDE}{place}" for name, place in names.items()}
    page = Page(comparison, links, Notes(linked=True), None if full else MOST_OTHERS)
    body = to_body(document(page), inside)
    title = f"{comparison.candidate.label} vs {comparison.baseline.label}"
    return _rendered(body, title, verdict=word_class(comparison.verdict), data=curve_data(comparison))


def html_page(markdown: str, title: str) -> str:
    """A markdown document as a page. Raw HTML in it stays text; links are not made."""
    return _rendered(to_body(markdown), title)


def _figure(picture: str, place: int | None) -> str:
    """A picture; one of curves says where its data stand in the page."""
    curves = "" if place is None else f' data-curves="{place}"'
    return f'<div class="picture"{curves}>{picture}</div>'


def _rendered(body: Body, title: str, *, verdict: str = "", data: Any = None) -> str:
    style = _part("page.css") + (_part("uPlot.min.css") if data else "")
    script = (_part(PLOTTER) if data else "") + _part("page.js")
    template = _environment().get_template(PAGE)
    page: str = template.render(
        title=clean(title),
        body=body.html,
        headings=[heading for heading in body.headings if heading.level in (2, 3)],
        verdict=verdict,
        style=style,
        script=script,
        data=script_json(data) if data else "",
        policy=_policy(style, script),
    )
    return page


def _policy(style: str, script: str) -> str:
    """What the page may load and run: itself."""
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _environment() -> Any:
    import jinja2

    loader = jinja2.FileSystemLoader(str(_template_folder()))
    return jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, autoescape=True)


@cache
def _part(name: str) -> str:
    """A style or a script of ours, whole."""
    return (_template_folder() / name).read_text(encoding="utf-8").strip() + "\n"


@cache
def _template_folder() -> Path:
    """The templates inside the installed package, else those at the top of the checkout."""
    package = Path(__file__).parents[1]
    for folder in (package / "templates", package.parent / "templates"):
        if (folder / PAGE).is_file():
            return folder
    raise DataError("The report templates are missing.", hint="Install runcompare again.")
