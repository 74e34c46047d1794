"""What a notebook imports: load runs, compare them, render the report, say what runs cost and what more would."""

from runcompare.api.advice import recommend
from runcompare.api.certificate import certify, verify_report
from runcompare.api.costing import cost, forecast, plan
from runcompare.api.documents import judge, report
from runcompare.api.loading import groups, load, runs
from runcompare.api.one_side import against_target, check
from runcompare.api.prices import price_book
from runcompare.api.several import compare_many, rank
from runcompare.api.tasks import compare_tasks
from runcompare.api.two_sides import compare, gate
from runcompare.inputs.groups import Reference

__all__ = [
    "Reference",
    "against_target",
    "certify",
    "check",
    "compare",
    "compare_many",
    "compare_tasks",
    "cost",
    "forecast",
    "gate",
    "groups",
    "judge",
    "load",
    "plan",
    "price_book",
    "rank",
    "recommend",
    "report",
    "runs",
    "verify_report",
]
