"""One picture: what groups cost against how good they are, with the frontier of those that nobody beats."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runcompare.costs.quality.frontier import Choice
from runcompare.errors import DataError

if TYPE_CHECKING:
    from runcompare.costs import Ledger
    from runcompare.records.run import Group

__all__ = ["COST_AXIS", "draw", "draw_frontier"]

WIDE = 20  # times; costs further apart go on a logarithmic axis


def draw_frontier(
    choices: Sequence[Choice], seeds: Mapping[str, Sequence[tuple[float, float]]], path: Path, *, cost: str, metric: str
) -> None:
    """Write a PNG of at least one choice (see `frontier`), with each group's seeds as (cost, quality) behind it.

    Raises OSError if the file can't be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(xlabel=_plain(cost), ylabel=_plain(metric))
    for choice in choices:
        xy = seeds.get(choice.label, ())
        axes.plot([x for x, _ in xy], [y for _, y in xy], ".", color="0.75", zorder=1)
        axes.plot(choice.cost, choice.quality, "o" if choice.on_frontier else "x", color="C0", zorder=3)
        axes.annotate(_plain(choice.label), (choice.cost, choice.quality), xytext=(6, 4), textcoords="offset points")
    edge = [c for c in choices if c.on_frontier]
    axes.step([c.cost for c in edge], [c.quality for c in edge], where="post", color="C0", alpha=0.5, zorder=2)
    costs = [c.cost for c in choices]
    if min(costs) > 0 and max(costs) > WIDE * min(costs):
        axes.set_xscale("log")
    axes.margins(0.15)
    figure.savefig(path, dpi=150, format="png")


def _plain(text: str) -> str:
    """Names are no mathtext, and no longer than a label may be."""
    return text.replace("$", r"\$")[:60]


COST_AXIS = "device-hours a run"


def draw(
    choices: "Sequence[Choice]",
    groups: "Mapping[str, Group]",
    ledgers: "Mapping[str, Sequence[Ledger]]",
    metric: str,
    path: Path,
) -> None:
    """Write the picture. Raises DataError if it can't be written."""
    from runcompare.costs import final_value

    seeds: dict[str, list[tuple[float, float]]] = {}
    for name, group in groups.items():
        for run, costs in zip(group.runs, ledgers[name], strict=True):
            hours, final = costs.total.device_hours.mid, final_value([run], metric)
            if hours is not None and final is not None:
                seeds.setdefault(name, []).append((hours, final))
    try:
        draw_frontier(choices, seeds, path, cost=COST_AXIS, metric=metric)
    except OSError as error:
        raise DataError(f"Can't write {path}: {error.strerror}.", hint="Choose another --plot.") from None
