"""One picture: what groups cost against how good they are, with the frontier of those that nobody beats."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runcompare.errors import DataError
from runcompare.records.atomic import whole_file
from runcompare.reporting.drawing import SIGNED, drawable, new_figure
from runcompare.reporting.panels import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from runcompare.comparison.cost_report import CostReport
    from runcompare.costs import Choice

__all__ = ["COST_AXIS", "draw_frontier", "frontier_figure", "is_drawable"]

COST_AXIS = "device-hours a run"
WIDE = 20  # times; costs further apart go on a logarithmic axis


def is_drawable(report: "CostReport") -> bool:
    """Whether a group has both a cost and the report's metric."""
    return bool(_choices(report))


def _choices(report: "CostReport") -> "list[Choice]":
    return [choice for choice in report.frontier if drawable(choice.cost) and drawable(choice.quality)]


def frontier_figure(report: "CostReport") -> "Figure":
    """The report's frontier, with each group's runs behind it; see `is_drawable`."""
    choices = _choices(report)
    points = [point for point in report.points if drawable(point.device_hours) and drawable(point.quality)]
    figure = new_figure(7, 4.5)
    axes = figure.add_subplot(xlabel=COST_AXIS)
    axes.set_ylabel(short(report.metric or "", 60), parse_math=False)
    for choice in choices:
        runs = [point for point in points if point.label == choice.label]
        axes.plot([r.device_hours for r in runs], [r.quality for r in runs], ".", color="0.75", zorder=1)
        axes.plot(choice.cost, choice.quality, "o" if choice.on_frontier else "x", color="C0", zorder=3)
        place = choice.cost, choice.quality
        axes.annotate(short(choice.label, 60), place, xytext=(6, 4), textcoords="offset points", parse_math=False)
    _draw_edge(axes, choices)
    axes.margins(0.15)
    return figure


def draw_frontier(report: "CostReport", path: Path) -> None:
    """Write a PNG of the report's frontier.

    Raises DataError if it can't be written, or no group has both a cost and the report's metric.
    """
    if not is_drawable(report):
        what = f"no group has both {COST_AXIS} and {report.metric or 'a metric'}"
        raise DataError(f"{path} was not drawn: {what}.", hint="runcompare cost says what is known of each run's cost.")
    figure = frontier_figure(report)
    try:
        with whole_file(path) as file:
            figure.savefig(file, dpi=150, format="png", metadata=SIGNED)
    except OSError as error:
        raise DataError(f"Can't write {path}: {error.strerror}.", hint="Choose another --plot.") from None


def _draw_edge(axes: "Axes", choices: "Sequence[Choice]") -> None:
    """The steps between the groups that nobody beats; a logarithmic axis where costs lie far apart."""
    edge = [c for c in choices if c.on_frontier]
    axes.step([c.cost for c in edge], [c.quality for c in edge], where="post", color="C0", alpha=0.5, zorder=2)
    costs = [c.cost for c in choices]
    if min(costs) > 0 and max(costs) > WIDE * min(costs):
        axes.set_xscale("log")
