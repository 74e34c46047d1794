"""runcompare: is the new run really better, or is that noise? What did it cost? What should we run next?

Public names load when they are used, so that importing this package stays light.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from runcompare.records.shown import shown_by
from runcompare.version import __version__

if TYPE_CHECKING:
    from runcompare.api import against_target as against_target
    from runcompare.api import certify as certify
    from runcompare.api import compare as compare
    from runcompare.api import compare_many as compare_many
    from runcompare.api import compare_tasks as compare_tasks
    from runcompare.api import cost as cost
    from runcompare.api import forecast as forecast
    from runcompare.api import gate as gate
    from runcompare.api import groups as groups
    from runcompare.api import load as load
    from runcompare.api import plan as plan
    from runcompare.api import rank as rank
    from runcompare.api import recommend as recommend
    from runcompare.api import report as report
    from runcompare.api import runs as runs
    from runcompare.api import verify_report as verify_report
    from runcompare.comparison.comparison import Comparison as Comparison
    from runcompare.comparison.cost_report import CostReport as CostReport
    from runcompare.comparison.gate import Gate as Gate
    from runcompare.comparison.many import ManyReport as ManyReport
    from runcompare.comparison.planning import Plan as Plan
    from runcompare.comparison.ranking import RankReport as RankReport
    from runcompare.comparison.recommended import Recommended as Recommended
    from runcompare.comparison.target import TargetReport as TargetReport
    from runcompare.comparison.tasks import TasksReport as TasksReport
    from runcompare.costs.forecasts.forecast import Forecast as Forecast
    from runcompare.records.recorder import Recorder as Recorder
    from runcompare.records.redact import secrets_shown as secrets_shown
    from runcompare.records.run import Group as Group
    from runcompare.records.run import Run as Run
    from runcompare.sources.tables.from_frame import from_frame as from_frame

_HOME = {
    "Comparison": "runcompare.comparison.comparison",
    "CostReport": "runcompare.comparison.cost_report",
    "Forecast": "runcompare.costs.forecasts.forecast",
    "Gate": "runcompare.comparison.gate",
    "Group": "runcompare.records.run",
    "ManyReport": "runcompare.comparison.many",
    "Plan": "runcompare.comparison.planning",
    "RankReport": "runcompare.comparison.ranking",
    "Recorder": "runcompare.records.recorder",
    "Recommended": "runcompare.comparison.recommended",
    "Run": "runcompare.records.run",
    "TargetReport": "runcompare.comparison.target",
    "TasksReport": "runcompare.comparison.tasks",
    "against_target": "runcompare.api",
    "certify": "runcompare.api",
    "check": "runcompare.api",
    "compare": "runcompare.api",
    "compare_many": "runcompare.api",
    "compare_tasks": "runcompare.api",
    "cost": "runcompare.api",
    "forecast": "runcompare.api",
    "from_frame": "runcompare.sources.tables.from_frame",
    "gate": "runcompare.api",
    "groups": "runcompare.api",
    "load": "runcompare.api",
    "plan": "runcompare.api",
    "rank": "runcompare.api",
    "recommend": "runcompare.api",
    "report": "runcompare.api",
    "runs": "runcompare.api",
    "verify_report": "runcompare.api",
    "secrets_shown": "runcompare.records.redact",
}

shown_by(lambda: import_module("runcompare.reporting.faces"))

__all__ = [
    "Comparison",
    "CostReport",
    "Forecast",
    "Gate",
    "Group",
    "ManyReport",
    "Plan",
    "RankReport",
    "Recommended",
    "Recorder",
    "Run",
    "TargetReport",
    "TasksReport",
    "__version__",
    "against_target",
    "certify",
    "check",
    "compare",
    "compare_many",
    "compare_tasks",
    "cost",
    "forecast",
    "from_frame",
    "gate",
    "groups",
    "load",
    "plan",
    "rank",
    "recommend",
    "report",
    "runs",
    "secrets_shown",
    "verify_report",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'runcompare' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
