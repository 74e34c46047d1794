"""The curves of a page as data for its script: seed bands and single runs, on every axis that the runs know."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Curve, Place
from runcompare.reporting.escape import clean
from runcompare.reporting.panels import SPLITS, Panel, plates, short, split_of

__all__ = ["MOST_NUMBERS", "curve_data", "script_json"]

MOST_NUMBERS = 150_000  # of one page: about a megabyte
DIGITS = 5
OWN: tuple[Place, ...] = ("time", "money")  # axes on which single runs have places of their own


def curve_data(c: Comparison) -> list[dict[str, Any]]:
    """One entry a picture of curves, in the order of `panels.plates`; longer curves than the page has room for lose
    places evenly."""
    labels = {side.role: short(side.label) for side in (c.candidate, c.baseline)}
    found = plates(c)
    step = max(1, math.ceil(sum(_size(p) for plate in found for p in plate.panels) / MOST_NUMBERS))
    return [
        {
            "title": plate.title,
            "panels": [
                {
                    "title": panel.title,
                    "log": panel.is_log,
                    "lines": [_line(curve, labels, step) for curve in panel.curves],
                }
                for panel in plate.panels
            ],
        }
        for plate in found
    ]


def _size(panel: Panel) -> int:
    """How many numbers a panel takes."""
    return sum(len(c.at) * (4 + len(c.places) + len(c.runs) * (1 + len(OWN))) for c in panel.curves)


def _line(curve: Curve, labels: Mapping[Any, str], step: int) -> dict[str, Any]:
    return {
        "role": curve.role,
        "label": f"{curve.role}: {labels[curve.role]}{SPLITS[split_of(curve)]}",
        "dash": split_of(curve),
        "axis": curve.axis,
        "n": max(curve.n, default=0),
        "x": {curve.axis: _numbers(curve.at, step), **{name: _numbers(at, step) for name, at in curve.places.items()}},
        "y": _numbers(curve.center, step),
        "low": _numbers(curve.low, step),
        "high": _numbers(curve.high, step),
        "runs": [
            {
                "id": clean(run.run_id),
                "y": _numbers(run.value, step),
                "x": {name: _numbers(run.places[name], step) for name in OWN if name in run.places},
            }
            for run in curve.runs
        ],
    }


def _numbers(values: Sequence[float], step: int) -> list[float | None]:
    return list(_rounded(values[::step]))


def _rounded(values: Sequence[float]) -> Iterator[float | None]:
    for value in values:
        yield float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


def script_json(data: Any) -> str:
    """Data as JSON that may stand inside a script element: nothing in it ends the element or begins a comment."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
