"""Which module, or which object of one, renders a kind of result.

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
    "RankReport": "runcompare.reporting.printed_verdicts:RANKING",
    "Gate": "runcompare.reporting.printed_verdicts:GATE",
    "CostReport": "runcompare.reporting.printed_costs:COSTS",
    "Plan": "runcompare.reporting.printed_costs:PLAN",
    "Check": "runcompare.reporting.printed_verdicts:CHECK",
    "Recommended": "runcompare.reporting.printed_verdicts:RECOMMENDED",
    "Forecast": "runcompare.reporting.printed_costs:FORECAST",
}


def renderer(result: Any) -> Any:
    """The module, or the object of it, that renders results of this kind."""
    name = next(kind.__name__ for kind in type(result).__mro__ if kind.__name__ in RENDERERS)
    module, _, faces = RENDERERS[name].partition(":")
    return getattr(import_module(module), faces) if faces else import_module(module)
