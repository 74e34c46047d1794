"""The pictures over all metrics, drawn with matplotlib: effects with their intervals, and cost against quality."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Role
from runcompare.reporting.drawing import MARKERS, WIDTH, new_figure
from runcompare.reporting.overviews import COST, METRICS, CostPicture, Forest, cost_picture, forests
from runcompare.reporting.panels import COLOURS, ROLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["drawers"]

WIDE = 20.0  # times; costs further apart go on a logarithmic axis


def drawers(c: Comparison, labels: Mapping[Role, str]) -> "dict[str, Callable[[], Figure]]":
    """What draws "metrics" and "cost", as far as there is something to draw."""
    found: dict[str, Callable[[], Figure]] = {}
    if many := forests(c):
        found[METRICS] = lambda: _forest_figure(many)
    picture = cost_picture(c)
    if picture is not None:
        found[COST] = lambda: _cost_figure(picture, labels)
    return found


def _forest_figure(many: "list[Forest]") -> "Figure":
    lines = [len(forest.effects) for forest in many]
    figure = new_figure(WIDTH, 0.9 * len(many) + 0.28 * sum(lines))
    for axis, forest in zip(figure.subplots(len(many), 1, squeeze=False, height_ratios=lines).flat, many, strict=True):
        _draw_forest(axis, forest)
    return figure


def _draw_forest(axis: "Axes", forest: Forest) -> None:
    heights = range(len(forest.effects), 0, -1)
    for y, effect in zip(heights, forest.effects, strict=True):
        axis.plot([effect.low, effect.high], [y, y], color="0.2", linewidth=1.8)
        axis.plot([effect.value], [y], "D", color="0.2", markersize=5)
    axis.axvline(forest.middle, color="0.4", linewidth=1)
    if forest.is_log:
        axis.set_xscale("log")
        axis.xaxis.set_major_formatter(lambda x, _: f"{x:g}")
        axis.xaxis.set_minor_formatter(lambda x, _: f"{x:g}" if f"{x:e}"[0] in "25" else "")
    axis.set_yticks(list(heights), [effect.label for effect in forest.effects], parse_math=False)
    axis.set_xlabel(forest.axis)


def _cost_figure(picture: CostPicture, labels: Mapping[Role, str]) -> "Figure":
    figure = new_figure(WIDTH, 4.0)
    axis = figure.add_subplot()
    for role in ROLES:
        dots, colour = picture.dots[role], COLOURS[role]
        places = [d.cost for d in dots], [d.quality for d in dots]
        axis.plot(*places, MARKERS[role], alpha=0.45, markersize=6, color=colour, linestyle="")
        if role in picture.centers:
            center = picture.centers[role]
            at = [center.cost], [center.quality]
            axis.plot(*at, MARKERS[role], markersize=11, label=labels[role], color=colour, linestyle="")
    costs = [d.cost for dots in picture.dots.values() for d in dots]
    if min(costs) > 0 and max(costs) > WIDE * min(costs):
        axis.set_xscale("log")
    axis.set_xlabel(f"{picture.cost} ({picture.unit})", parse_math=False)
    axis.set_ylabel(picture.quality, parse_math=False)
    for text in axis.legend(frameon=False).get_texts():
        text.set_parse_math(False)
    return figure
