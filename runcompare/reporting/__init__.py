"""A Comparison as markdown, HTML, JSON, a terminal table and pictures. Nothing here computes a number.

Each renderer loads when it is used: jinja2 and matplotlib are slow to import.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runcompare.reporting.as_json import json_schema as json_schema
    from runcompare.reporting.as_json import to_json as to_json
    from runcompare.reporting.html import to_html as to_html
    from runcompare.reporting.markdown import to_markdown as to_markdown
    from runcompare.reporting.plots import draw_plots as draw_plots
    from runcompare.reporting.terminal import to_terminal as to_terminal

_HOME = {
    "draw_plots": "plots",
    "json_schema": "as_json",
    "to_html": "html",
    "to_json": "as_json",
    "to_markdown": "markdown",
    "to_terminal": "terminal",
}

__all__ = ["draw_plots", "json_schema", "to_html", "to_json", "to_markdown", "to_terminal"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
