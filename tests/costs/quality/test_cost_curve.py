"""A metric against cost."""

import math
from collections.abc import Callable, Sequence

import pytest

from runcompare.costs import PriceBook, cost_curve
from runcompare.records.run import Hardware, Run

MakeRun = Callable[..., Run]


def falling(run: MakeRun, name: str, losses: Sequence[float], step: float = 600.0) -> Run:
    """One row a step, the first after one step; the run ends with its last row."""
    rows = [{"t": (i + 1) * step, "val": loss} for i, loss in enumerate(losses)]
    return run(name, rows=rows, attempts=[(0, step * len(losses))])


def test_curves_against_cost(run: MakeRun, book: PriceBook) -> None:
    curve = cost_curve(falling(run, "a", [0.5, float("nan"), 0.1]), "val", book)
    assert curve is not None
    assert curve.elapsed.tolist() == [600, 1800]
    assert curve.money == pytest.approx([1 / 3, 1.0])
    unknown = run("b", rows=[{"t": 60, "val": 1.0}], attempts=[(0, 60)], hardware=Hardware())
    nothing = cost_curve(unknown, "val", PriceBook.load())
    assert nothing is not None
    assert math.isnan(nothing.money[0])
