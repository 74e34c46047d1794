"""How we draw with matplotlib: our own style and figures, apart from those of a notebook."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeGuard

from runcompare.comparison.model import Role

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["LARGEST", "MARKERS", "SIGNED", "WIDTH", "drawable", "gaps", "new_figure", "plain_style"]

MARKERS: Mapping[Role, str] = {"baseline": "o", "candidate": "s"}
WIDTH = 8.0  # inches
SIGNED = {"Software": "runcompare"}  # in a picture's file, by which we know it again
LARGEST = 1e140  # what is larger has no place on an axis, whose length is a difference of two and may be squared


def drawable(value: float | None) -> TypeGuard[float]:
    """Whether a value has a place on an axis: known, finite, and no larger than axes can be."""
    return value is not None and abs(value) < LARGEST


def gaps(values: Sequence[float]) -> list[float]:
    """The values with NaN, which leaves a gap, for those that have no place on an axis."""
    return [v if drawable(v) else float("nan") for v in values]


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
