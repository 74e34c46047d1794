"""The picture of an ablation: each change's share of the difference in quality, time and money, with its interval."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from runcompare.comparison.causes.model import Effect, Part
from runcompare.reporting.drawing import WIDTH, drawable, new_figure
from runcompare.reporting.escape import clean

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["causes_figure", "has_picture"]

HEAD, ROW = 1.1, 0.32  # inches
MOST_NAME = 28
COLOURS = {"quality": "#D55E00", "time": "#0072B2", "money": "#009E73"}  # Okabe and Ito's


def has_picture(effects: Sequence[Effect]) -> bool:
    """Whether the shares of any quantity are known."""
    return bool(_panels(effects))


def causes_figure(effects: Sequence[Effect], metric: str) -> "Figure":
    """One panel a quantity whose shares are known, one line a change."""
    ours = [effect for effect in effects if effect.source == "ablation"][::-1]
    panels = _panels(ours)
    figure = new_figure(WIDTH, HEAD + ROW * len(ours))
    axes = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    for axis, quantity in zip(axes, panels, strict=True):
        _draw(axis, ours, quantity)
        axis.set_title(metric if quantity == "quality" else quantity, parse_math=False)
    names = [clean(effect.name) for effect in ours]
    short = [name if len(name) <= MOST_NAME else name[: MOST_NAME - 1] + "…" for name in names]
    axes[0].set_yticks(range(len(ours)), short, parse_math=False)
    axes[0].set_ylim(-0.6, len(ours) - 0.4)
    figure.supxlabel("share of the whole difference, %, with 95 % interval")
    return figure


def _panels(effects: Sequence[Effect]) -> list[str]:
    return [name for name in COLOURS if any(_share(effect, name) is not None for effect in effects)]


def _share(effect: Effect, quantity: str) -> Part | None:
    part: Part | None = getattr(effect, quantity) if effect.source == "ablation" else None
    return part if part is not None and part.share is not None and drawable(part.share.value) else None


def _draw(axis: "Axes", effects: Sequence[Effect], quantity: str) -> None:
    axis.axvline(0, color="0.3", linewidth=1)
    for height, effect in enumerate(effects):
        part = _share(effect, quantity)
        if part is None or part.share is None:
            continue
        share, colour = part.share, COLOURS[quantity]
        axis.barh(height, 100 * share.value, height=0.55, color=colour, alpha=0.35, linewidth=0)
        if drawable(share.low) and drawable(share.high):
            axis.plot([100 * share.low, 100 * share.high], [height, height], color=colour, linewidth=2)
        axis.plot([100 * share.value], [height], "D", color=colour, markersize=5)
