"""The pictures of a report: every run's value of the primary metric, its curve, and the curves of each stage, with
their seed bands.

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
from runcompare.comparison.model import Curve, MetricCurve, Role, Row, Sample, StageComparison, Test
from runcompare.reporting.attribution_plot import causes_figure, has_picture
from runcompare.reporting.attribution_text import PICTURE
from runcompare.reporting.escape import clean

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_plots", "plain_style"]

# Okabe and Ito's blue and vermilion: told apart by every common form of colour blindness, and in grey.
COLOURS: Mapping[Role, str] = {"baseline": "#0072B2", "candidate": "#D55E00"}
MARKERS: Mapping[Role, str] = {"baseline": "o", "candidate": "s"}
ROLES: tuple[Role, ...] = ("baseline", "candidate")
DPI = 120
WIDTH = 8.0  # inches
EFFECT, CURVE = "effect", "curve"
MOST_COLUMNS = 3
LOG_FROM = 3.0  # times that values must span for a log axis to help

# by the part of the data: the line, its width, and its word in the legend
_LINES: Mapping[str, tuple[str, float, str]] = {
    "": ("-", 1.6, ""),
    "val_": (":", 1.4, ", validation"),
    "test_": ("-.", 1.2, ", test"),
}


def draw_plots(comparison: Comparison, folder: Path) -> dict[str, Path]:
    """PNG files in `folder`: one a stage that has curves, under the stage's name, "curve" and "effect" for the primary
    metric, "causes" for an ablation.

    "effect" needs two finite values on a side, "curve" a metric that was logged more than once. The
    same comparison gives the same bytes. Raises OSError if the folder can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    labels = {side.role: _short(side.label) for side in (comparison.candidate, comparison.baseline)}
    drawn: dict[str, Path] = {}
    with plain_style():
        for name, figure in _figures(comparison, labels):
            drawn[name] = folder / f"{_file_name(name, [path.stem for path in drawn.values()])}.png"
            figure.savefig(drawn[name], dpi=DPI, metadata={"Software": None})
    return drawn


def _figures(c: Comparison, labels: Mapping[Role, str]) -> "Iterator[tuple[str, Figure]]":
    if max(c.quality.candidate.n, c.quality.baseline.n) > 1:
        yield EFFECT, _effect_figure(c, labels)
    if c.curve is not None:
        yield CURVE, _metric_figure(c.curve, labels)
    if c.causes is not None and has_picture(c.causes.effects):
        yield PICTURE, causes_figure(c.causes.effects, _short(c.quality.metric.label))
    for stage in c.stages:
        # a stage of a reserved name goes without a picture rather than under a wrong one
        if stage.curves and stage.name not in (EFFECT, CURVE, PICTURE):
            yield stage.name, _stage_figure(stage, labels)


@contextmanager
def plain_style() -> Iterator[None]:
    """Figures that are drawn within look the same, whatever style the caller has set."""
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


def _canvas(panels: int, height: float, ratios: Sequence[float] | None = None) -> _Canvas:
    """A figure of `panels` panels, at most three in a row; `height` in inches is that of one row."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = panels if panels <= MOST_COLUMNS else 2 if panels == 4 else MOST_COLUMNS
    rows = -(-panels // columns)
    figure = Figure(figsize=(WIDTH, height + (rows - 1) * 0.75 * height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = list(figure.subplots(rows, columns, squeeze=False, width_ratios=ratios).flat)
    for unused in axes[panels:]:
        unused.set_axis_off()
    return _Canvas(figure, axes[:panels])


# --- curves


def _stage_figure(stage: StageComparison, labels: Mapping[Role, str]) -> "Figure":
    panels: dict[str, list[Curve]] = {}
    for curve in stage.curves:
        panels.setdefault(_quantity(curve).replace("_", " "), []).append(curve)
    figure, axes = _canvas(len(panels), 3.2)
    for axis, (title, curves) in zip(axes, panels.items(), strict=True):
        # a stage without training curves shows the band of what it has
        split = min((_split(curve) for curve in curves), key=list(_LINES).index)
        for curve in sorted(curves, key=lambda c: (ROLES.index(c.role), list(_LINES).index(_split(c)))):
            _draw_curve(axis, curve, labels, with_band=_split(curve) == split)
        _finish(axis, title, curves)
    figure.suptitle(_short(stage.name), parse_math=False, fontweight="bold")
    _legend(figure, axes)
    return figure


def _metric_figure(curve: MetricCurve, labels: Mapping[Role, str]) -> "Figure":
    figure, (axis,) = _canvas(1, 3.2)
    for one in sorted(curve.curves, key=lambda c: ROLES.index(c.role)):
        _draw_curve(axis, one, labels, with_band=True)
    _finish(axis, "", curve.curves, log=curve.metric.scale == "log")
    unit = f" ({curve.metric.unit})" if curve.metric.unit else ""
    axis.set_ylabel(f"{_short(curve.metric.label)}{unit}", parse_math=False)
    _legend(figure, [axis])
    return figure


def _split(curve: Curve) -> str:
    """The part of the data that a curve is of, as the prefix of its quantity."""
    return next((split for split in _LINES if split and curve.quantity.startswith(split)), "")


def _quantity(curve: Curve) -> str:
    return curve.quantity.removeprefix(_split(curve))


def _draw_curve(axis: "Axes", curve: Curve, labels: Mapping[Role, str], *, with_band: bool) -> None:
    colour, (line, width, word) = COLOURS[curve.role], _LINES[_split(curve)]
    center, low, high = (_drawable(values) for values in (curve.center, curve.low, curve.high))
    seeds = max(curve.n, default=0)
    axis.plot(
        curve.at,
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
        axis.fill_between(curve.at, low, high, color=colour, alpha=0.18, linewidth=0)


def _drawable(values: Sequence[float]) -> list[float]:
    """Infinite values as gaps, like NaN."""
    return [v if abs(v) != float("inf") else float("nan") for v in values]


def _finish(axis: "Axes", title: str, curves: Sequence[Curve], *, log: bool = True) -> None:
    """Title, labels and scale of a panel; `log` allows a log axis where the values span enough for one to help."""
    from matplotlib.ticker import EngFormatter, MaxNLocator

    finite = [v for c in curves for v in (*_drawable(c.low), *_drawable(c.center)) if v == v]
    axis.set_title(title, parse_math=False)
    axis.set_xlabel(curves[0].axis)
    axis.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
    if curves[0].axis == "step":
        axis.xaxis.set_major_formatter(EngFormatter(sep=""))
    if not finite:
        axis.text(0.5, 0.5, "no finite value", ha="center", transform=axis.transAxes)
    elif log and min(finite) > 0 and max(finite) >= LOG_FROM * min(finite):
        _log_axis(axis, max(finite) / min(finite))


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
