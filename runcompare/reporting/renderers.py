"""Which module renders a kind of result.

Each has the same functions for its kind: `line`, `to_brief`, `to_markdown`, `to_html`, `to_json`, `to_terminal`,
`records`, `pictures` and `commands`.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

__all__ = ["RENDERERS", "renderer"]

# by the name of a result's class; the modules load when one is shown
RENDERERS: Mapping[str, str] = {
    "Comparison": "runcompare.reporting.comparison",
    "TargetReport": "runcompare.reporting.target",
    "TasksReport": "runcompare.reporting.tasks",
    "ManyReport": "runcompare.reporting.many_text",
    "Group": "runcompare.reporting.group",
}


def renderer(result: Any) -> Any:
    """The module that renders results of this kind."""
    name = next(kind.__name__ for kind in type(result).__mro__ if kind.__name__ in RENDERERS)
    return import_module(RENDERERS[name])
