"""The pictures of a report: every run's value of the primary metric, its curve, and the curves of each stage, with
their seed bands.

Drawn through matplotlib's object API with its own defaults, so that neither a notebook's style nor its open figures
change or are changed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Curve, Role, Row, Sample, Test
from runcompare.reporting import overview_plots
from runcompare.reporting.attribution_plot import causes_figure, has_picture
from runcompare.reporting.attribution_text import PICTURE
from runcompare.reporting.drawing import MARKERS, SIGNED, WIDTH, drawable, gaps, new_figure, plain_style
from runcompare.reporting.panels import (
    COLOURS,
    CURVE,
    EFFECT,
    ROLES,
    SPLITS,
    Panel,
    Plate,
    finite,
    plates,
    short,
    split_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_plots", "drawers"]

DPI = 120
MOST_COLUMNS = 3


class _Stroke(NamedTuple):
    """How a line is drawn."""

    style: str
    width: float


_LINES: Mapping[str, _Stroke] = {"": _Stroke("-", 1.6), "val_": _Stroke(":", 1.4), "test_": _Stroke("-.", 1.2)}


def draw_plots(comparison: Comparison, folder: Path) -> dict[str, Path]:
    """PNG files in `folder`: one a stage that has curves, under the stage's name, "curve" and "effect" for the primary
    metric, "causes" for an ablation.

    "effect" needs two finite values on a side, "curve" a metric that was logged more than once. The
    same comparison gives the same bytes. Raises OSError if the folder can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn: dict[str, Path] = {}
    with plain_style():
        for name, draw in drawers(comparison, overviews=False).items():
            drawn[name] = folder / f"{_file_name(name, [path.stem for path in drawn.values()])}.png"
            draw().savefig(drawn[name], dpi=DPI, metadata=SIGNED)
    return drawn


def drawers(c: Comparison, *, overviews: bool = True) -> "dict[str, Callable[[], Figure]]":
    """What draws each picture, by name: "effect", "curve", the stages and, with `overviews`, "metrics" and "cost"."""
    labels = {side.role: short(side.label) for side in (c.candidate, c.baseline)}
    found: dict[str, Callable[[], Figure]] = {}
    if max(c.quality.candidate.n, c.quality.baseline.n) > 1:
        found[EFFECT] = _styled(lambda: _effect_figure(c, labels))
    for plate in plates(c):
        found[plate.name] = _styled(partial(_plate_figure, plate, labels))
    if (causes := c.causes) is not None and has_picture(causes.effects):
        found[PICTURE] = _styled(lambda: causes_figure(causes.effects, short(c.quality.metric.label)))
    more = overview_plots.drawers(c, labels) if overviews else {}
    return {**found, **{name: _styled(draw) for name, draw in more.items() if name not in found}}


def _styled(draw: "Callable[[], Figure]") -> "Callable[[], Figure]":
    def drawn() -> "Figure":
        with plain_style():
            figure = draw()
            figure.draw_without_rendering()  # names and layout are fixed while our style holds
            return figure

    return drawn


def _file_name(name: str, taken: Sequence[str]) -> str:
    """Letters, digits and dashes only: the name is a run's to choose, the folder is not."""
    slug = re.sub(r"[^A-Za-z0-9_]+", "-", name)[:60].strip("-") or "stage"
    number = sum(1 for other in taken if re.fullmatch(rf"{re.escape(slug)}(-\d+)?", other, re.IGNORECASE))
    return f"{slug}-{number + 1}" if number else slug


class Canvas(NamedTuple):
    """A figure and its panels, left to right."""

    figure: "Figure"
    axes: "list[Axes]"


def canvas(panels: int, height: float, ratios: Sequence[float] | None = None) -> Canvas:
    """A figure of `panels` panels, at most three in a row; `height` in inches is that of one row."""
    columns = panels if panels <= MOST_COLUMNS else 2 if panels == 4 else MOST_COLUMNS
    rows = -(-panels // columns)
    figure = new_figure(WIDTH, height + (rows - 1) * 0.75 * height)
    axes = list(figure.subplots(rows, columns, squeeze=False, width_ratios=ratios).flat)
    for unused in axes[panels:]:
        unused.set_axis_off()
    return Canvas(figure, axes[:panels])


# --- curves


def _plate_figure(plate: Plate, labels: Mapping[Role, str]) -> "Figure":
    figure, axes = canvas(len(plate.panels), 3.2)
    for axis, panel in zip(axes, plate.panels, strict=True):
        for curve in panel.curves:
            _draw_curve(axis, curve, labels, with_band=split_of(curve) == panel.banded)
        _finish(axis, panel)
    if plate.name == CURVE:
        axes[0].set_title("")
        unit = f" ({plate.unit})" if plate.unit else ""
        axes[0].set_ylabel(f"{plate.title}{unit}", parse_math=False)
    else:
        figure.suptitle(plate.title, parse_math=False, fontweight="bold")
    _legend(figure, axes)
    return figure


def _draw_curve(axis: "Axes", curve: Curve, labels: Mapping[Role, str], *, with_band: bool) -> None:
    colour, (line, width), word = COLOURS[curve.role], _LINES[split_of(curve)], SPLITS[split_of(curve)]
    at, center, low, high = map(gaps, (curve.at, curve.center, curve.low, curve.high))
    seeds = max(curve.n, default=0)
    axis.plot(
        at,
        center,
        color=colour,
        linestyle=line,
        linewidth=width,
        marker=MARKERS[curve.role],
        markersize=4,
        markevery=[len(center) - 1] if len(center) > 1 else None,
        label=f"{curve.role}: {labels[curve.role]}{word} (n = {seeds})",
    )
    if seeds > 1 and with_band:
        axis.fill_between(at, low, high, color=colour, alpha=0.18, linewidth=0)


def _finish(axis: "Axes", panel: Panel) -> None:
    """Title, labels and scale of a panel."""
    from matplotlib.ticker import EngFormatter, MaxNLocator

    values = finite(panel.curves)
    axis.set_title(panel.title, parse_math=False)
    axis.set_xlabel(panel.curves[0].axis)
    axis.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
    if panel.curves[0].axis == "step":
        axis.xaxis.set_major_formatter(EngFormatter(sep=""))
    if not values:
        axis.text(0.5, 0.5, "no finite value", ha="center", transform=axis.transAxes)
    elif panel.is_log:
        _log_axis(axis, max(values) / min(values))


def _log_axis(axis: "Axes", ratio: float) -> None:
    """A log axis whose ticks are plain numbers: 0.1, 0.2, 0.5."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_yscale("log")
    axis.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if ratio < 500 else (1.0,)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_formatter(NullFormatter())


def _legend(figure: "Figure", axes: "Sequence[Axes]") -> None:
    """One legend for the figure: every line that a panel shows, once."""
    found = {text: handle for axis in axes for handle, text in zip(*axis.get_legend_handles_labels(), strict=True)}
    texts = sorted(found, key=lambda text: ROLES.index("baseline" if text.startswith("baseline") else "candidate"))
    legend = figure.legend([found[t] for t in texts], texts, loc="outside lower center", ncols=2, frameon=False)
    for text in legend.get_texts():
        text.set_parse_math(False)


# --- the primary metric


def _effect_figure(c: Comparison, labels: Mapping[Role, str]) -> "Figure":
    test = c.quality.test
    with_interval = test is not None and drawable(test.low) and drawable(test.high)
    figure, axes = canvas(2 if with_interval else 1, 2.6, [1.4, 1.0] if with_interval else [1.0])
    _draw_values(axes[0], c.quality, labels)
    if with_interval and test is not None:
        _draw_interval(axes[1], c, test)
    return figure


def _draw_values(axis: "Axes", row: Row, labels: Mapping[Role, str]) -> None:
    pick: Mapping[Role, Sample] = {"candidate": row.candidate, "baseline": row.baseline}
    for height, role in enumerate(reversed(ROLES)):
        sample = pick[role]
        values = gaps([v.figure.mid for v in sample.values if v.figure.mid is not None])
        axis.plot(
            values, [height] * len(values), MARKERS[role], color=COLOURS[role], alpha=0.55, markersize=7, linestyle=""
        )
        if drawable(sample.center) and sample.n > 1:
            axis.plot([sample.center], [height], "|", color=COLOURS[role], markersize=30, markeredgewidth=2.5)
    names = [f"{labels[role]}\n(n = {pick[role].n})" for role in reversed(ROLES)]
    axis.set_yticks(range(len(ROLES)), names, parse_math=False)
    axis.set_ylim(-0.6, len(ROLES) - 0.4)
    better = {"max": " (higher is better)", "min": " (lower is better)", None: ""}[row.metric.direction]
    axis.set_xlabel(f"{short(row.metric.label)}{better}", parse_math=False)
    axis.set_title("every run; the bar is the mean")


def _draw_interval(axis: "Axes", c: Comparison, test: Test) -> None:
    assert test.low is not None
    assert test.high is not None
    relative = c.quality.metric.scale == "log"
    scale: Callable[[float], float] = (lambda x: 100 * x) if relative else (lambda x: x)
    if drawable(test.margin):
        band = scale(test.margin)
        axis.axvspan(-band, band, color="0.5", alpha=0.2, linewidth=0)
    axis.axvline(0, color="0.3", linewidth=1)
    axis.plot([scale(test.low), scale(test.high)], [0, 0], color="0.1", linewidth=2)
    if drawable(test.effect):
        axis.plot([scale(test.effect)], [0], "D", color="0.1", markersize=7)
    axis.set_yticks([])
    axis.set_ylim(-1, 1)
    axis.set_xlabel(
        "candidate against baseline"
        + (", %" if relative else "")
        + ("\n(grey: too small to matter)" if test.margin is not None else "")
    )
    axis.set_title(f"difference with {100 * (1 - c.options.alpha):g} % interval")
