"""The pictures of a report: curves of each stage with their seed bands, and every run's value of the primary metric.

Drawn through matplotlib's object API with its own defaults, so that neither a notebook's style nor its open figures
change or are changed.
"""

import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Curve, Role, Row, Sample, StageComparison, Test
from runcompare.reporting.escape import clean

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_plots"]

# Okabe and Ito's blue and vermilion: told apart by every common form of colour blindness, and in grey.
COLOURS: Mapping[Role, str] = {"baseline": "#0072B2", "candidate": "#D55E00"}
MARKERS: Mapping[Role, str] = {"baseline": "o", "candidate": "s"}
ROLES: tuple[Role, ...] = ("baseline", "candidate")
DPI = 120
WIDTH = 8.0  # inches
EFFECT = "effect"


def draw_plots(comparison: Comparison, folder: Path) -> dict[str, Path]:
    """PNG files in `folder`: one a stage that has curves, under the stage's name, and "effect".

    "effect" needs two finite values on a side. The same comparison gives the same bytes. Raises OSError if the folder
    can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    labels = {side.role: _short(side.label) for side in (comparison.candidate, comparison.baseline)}
    drawn: dict[str, Path] = {}
    with _plain_style():
        for name, figure in _figures(comparison, labels):
            drawn[name] = folder / f"{_file_name(name, [path.stem for path in drawn.values()])}.png"
            figure.savefig(drawn[name], dpi=DPI, metadata={"Software": None})
    return drawn


def _figures(c: Comparison, labels: Mapping[Role, str]) -> "Iterator[tuple[str, Figure]]":
    if max(c.quality.candidate.n, c.quality.baseline.n) > 1:
        yield EFFECT, _effect_figure(c, labels)
    for stage in c.stages:
        # a stage of the reserved name goes without a picture rather than under a wrong one
        if stage.curves and stage.name != EFFECT:
            yield stage.name, _stage_figure(stage, labels)


@contextmanager
def _plain_style() -> Iterator[None]:
    import matplotlib.style

    own = {"axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.25, "font.size": 9}
    with matplotlib.style.context(["default", own]), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a name in a script that the font lacks
        yield


def _file_name(name: str, taken: Sequence[str]) -> str:
    """Letters, digits and dashes only: the name is a run's to choose, the folder is not."""
    slug = re.sub(r"[^A-Za-z0-9_]+", "-", name)[:60].strip("-") or "stage"
    number = sum(1 for other in taken if re.fullmatch(rf"{re.escape(slug)}(-\d+)?", other, re.IGNORECASE))
    return f"{slug}-{number + 1}" if number else slug


def _short(label: str, most: int = 40) -> str:
    line = clean(label)
    return line if len(line) <= most else line[: most - 1] + "…"


class _Canvas(NamedTuple):
    """A figure and its panels, left to right."""

    figure: "Figure"
    axes: "list[Axes]"


def _canvas(panels: int, height: float, ratios: Sequence[float]) -> _Canvas:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, panels, squeeze=False, width_ratios=list(ratios))
    return _Canvas(figure, list(axes[0]))


# --- curves of a stage


def _stage_figure(stage: StageComparison, labels: Mapping[Role, str]) -> "Figure":
    panels = [
        (title, found)
        for title, quantities in (("loss", ("loss", "val_loss")), ("grad norm", ("grad_norm",)))
        if (found := [curve for curve in stage.curves if curve.quantity in quantities])
    ]
    figure, axes = _canvas(max(1, len(panels)), 3.2, [1.0] * max(1, len(panels)))
    for axis, (title, curves) in zip(axes, panels, strict=False):
        for curve in sorted(curves, key=lambda c: (ROLES.index(c.role), c.quantity)):
            _draw_curve(axis, curve, labels)
        _finish(axis, title, curves)
    figure.suptitle(_short(stage.name), parse_math=False, fontweight="bold")
    _legend(figure, axes)
    return figure


def _draw_curve(axis: "Axes", curve: Curve, labels: Mapping[Role, str]) -> None:
    colour, validation = COLOURS[curve.role], curve.quantity == "val_loss"
    center, low, high = (_drawable(values) for values in (curve.center, curve.low, curve.high))
    seeds = max(curve.n, default=0)
    axis.plot(
        curve.epoch,
        center,
        color=colour,
        linestyle=":" if validation else "-",
        linewidth=1.2 if validation else 1.6,
        marker=MARKERS[curve.role],
        markersize=4,
        markevery=[len(center) - 1] if len(center) > 1 else None,
        label=f"{curve.role}: {labels[curve.role]}{', validation' if validation else ''} (n = {seeds})",
    )
    if seeds > 1 and not validation:
        axis.fill_between(curve.epoch, low, high, color=colour, alpha=0.18, linewidth=0)


def _drawable(values: Sequence[float]) -> list[float]:
    """Infinite values as gaps, like NaN."""
    return [v if abs(v) != float("inf") else float("nan") for v in values]


def _finish(axis: "Axes", title: str, curves: Sequence[Curve]) -> None:
    from matplotlib.ticker import MaxNLocator

    finite = [v for c in curves for v in (*_drawable(c.low), *_drawable(c.center)) if v == v]
    axis.set_title(title)
    axis.set_xlabel("epoch")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    if not finite:
        axis.text(0.5, 0.5, "no finite value", ha="center", transform=axis.transAxes)
    elif min(finite) > 0:
        axis.set_yscale("log")


def _legend(figure: "Figure", axes: "Sequence[Axes]") -> None:
    """One legend for the figure: the panel that shows most lines names them all."""
    handles, texts = max((axis.get_legend_handles_labels() for axis in axes), key=lambda found: len(found[0]))
    legend = figure.legend(handles, texts, loc="outside lower center", ncols=2, frameon=False)
    for text in legend.get_texts():
        text.set_parse_math(False)


# --- the primary metric


def _effect_figure(c: Comparison, labels: Mapping[Role, str]) -> "Figure":
    test = c.quality.test
    with_interval = test is not None and test.low is not None and test.high is not None
    figure, axes = _canvas(2 if with_interval else 1, 2.6, [1.4, 1.0] if with_interval else [1.0])
    _draw_values(axes[0], c.quality, labels)
    if with_interval and test is not None:
        _draw_interval(axes[1], c, test)
    return figure


def _draw_values(axis: "Axes", row: Row, labels: Mapping[Role, str]) -> None:
    pick: Mapping[Role, Sample] = {"candidate": row.candidate, "baseline": row.baseline}
    for height, role in enumerate(reversed(ROLES)):
        sample = pick[role]
        values = _drawable([v.figure.mid for v in sample.values if v.figure.mid is not None])
        axis.plot(
            values, [height] * len(values), MARKERS[role], color=COLOURS[role], alpha=0.55, markersize=7, linestyle=""
        )
        if sample.center is not None and sample.n > 1:
            axis.plot([sample.center], [height], "|", color=COLOURS[role], markersize=30, markeredgewidth=2.5)
    names = [f"{labels[role]}\n(n = {pick[role].n})" for role in reversed(ROLES)]
    axis.set_yticks(range(len(ROLES)), names, parse_math=False)
    axis.set_ylim(-0.6, len(ROLES) - 0.4)
    better = {"max": " (higher is better)", "min": " (lower is better)", None: ""}[row.metric.direction]
    axis.set_xlabel(f"{_short(row.metric.label)}{better}", parse_math=False)
    axis.set_title("every run; the bar is the mean")


def _draw_interval(axis: "Axes", c: Comparison, test: Test) -> None:
    assert test.low is not None
    assert test.high is not None
    relative = c.quality.metric.scale == "log"
    scale: Callable[[float], float] = (lambda x: 100 * x) if relative else (lambda x: x)
    if test.margin is not None:
        band = scale(test.margin)
        axis.axvspan(-band, band, color="0.5", alpha=0.2, linewidth=0)
    axis.axvline(0, color="0.3", linewidth=1)
    axis.plot([scale(test.low), scale(test.high)], [0, 0], color="0.1", linewidth=2)
    if test.effect is not None:
        axis.plot([scale(test.effect)], [0], "D", color="0.1", markersize=7)
    axis.set_yticks([])
    axis.set_ylim(-1, 1)
    axis.set_xlabel(
        "candidate against baseline"
        + (", %" if relative else "")
        + ("\n(grey: too small to matter)" if test.margin is not None else "")
    )
    axis.set_title(f"difference with {100 * (1 - c.options.alpha):g} % interval")
