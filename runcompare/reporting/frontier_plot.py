"""One picture: what groups cost against how good they are, with the frontier of those that nobody beats."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runcompare.errors import DataError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from runcompare.comparison.cost_report import CostReport
    from runcompare.costs import Choice

__all__ = ["COST_AXIS", "draw_frontier"]

COST_AXIS = "device-hours a run"
WIDE = 20  # times; costs further apart go on a logarithmic axis


def draw_frontier(report: "CostReport", path: Path) -> None:
    """Write a PNG of the report's frontier, with each group's runs behind it. Raises DataError if it can't be written.

    The report has a metric, and at least one group that has both a cost and the metric.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(xlabel=COST_AXIS, ylabel=_plain(report.metric or ""))
    for choice in report.frontier:
        runs = [point for point in report.points if point.label == choice.label]
        axes.plot([r.device_hours for r in runs], [r.quality for r in runs], ".", color="0.75", zorder=1)
        axes.plot(choice.cost, choice.quality, "o" if choice.on_frontier else "x", color="C0", zorder=3)
        axes.annotate(_plain(choice.label), (choice.cost, choice.quality), xytext=(6, 4), textcoords="offset points")
    _draw_edge(axes, report.frontier)
    axes.margins(0.15)
    try:
        figure.savefig(path, dpi=150, format="png")
    except OSError as error:
        raise DataError(f"Can't write {path}: {error.strerror}.", hint="Choose another --plot.") from None


def _draw_edge(axes: "Axes", choices: "Sequence[Choice]") -> None:
    """The steps between the groups that nobody beats; a logarithmic axis where costs lie far apart."""
    edge = [c for c in choices if c.on_frontier]
    axes.step([c.cost for c in edge], [c.quality for c in edge], where="post", color="C0", alpha=0.5, zorder=2)
    costs = [c.cost for c in choices]
    if min(costs) > 0 and max(costs) > WIDE * min(costs):
        axes.set_xscale("log")


def _plain(text: str) -> str:
    """Names are no mathtext, and no longer than a label may be."""
    return text.replace("$", r"\$")[:60]
