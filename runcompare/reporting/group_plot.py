"""One picture of a group: what each of its runs logged under a key."""

from typing import TYPE_CHECKING

from runcompare.records.run import Group
from runcompare.reporting.drawing import WIDTH, new_figure, plain_style
from runcompare.reporting.panels import short

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_key"]


def draw_key(group: Group, key: str) -> "Figure":
    """A line a run, against the tracker's steps."""
    with plain_style():
        figure = new_figure(WIDTH, 3.2)
        axis = figure.add_subplot()
        for run in group.runs:
            if run.history.has(key):
                series = run.history.series(key)
                seed = "" if run.seed is None else f", seed {run.seed}"
                axis.plot(series.step, series.value, linewidth=1.2, label=short(f"{run.id}{seed}"))
        axis.set_title(short(group.label), parse_math=False)
        axis.set_xlabel("step")
        axis.set_ylabel(short(key), parse_math=False)
        for text in axis.legend(frameon=False).get_texts():
            text.set_parse_math(False)
        figure.draw_without_rendering()
    return figure
