"""How we draw with matplotlib: our own style and figures, apart from those of a notebook."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from runcompare.comparison.model import Role

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["MARKERS", "WIDTH", "new_figure", "plain_style"]

MARKERS: Mapping[Role, str] = {"baseline": "o", "candidate": "s"}
WIDTH = 8.0  # inches


@contextmanager
def plain_style() -> Iterator[None]:
    import matplotlib.style

    own = {"axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.25, "font.size": 9}
    with matplotlib.style.context(["default", own]), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a name in a script that the font lacks
        yield


def new_figure(width: float, height: float) -> "Figure":
    """An empty figure, in inches, that a notebook shows as it is, without pyplot."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from runcompare.reporting.picture import Picture

    figure = Picture(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure
