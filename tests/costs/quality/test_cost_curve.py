"""A metric against cost."""

import math
from collections.abc import Callable

import pytest
from costed_runs import falling

from runcompare.costs import PriceBook, cost_curve
from runcompare.records.run import Hardware, Run

MakeRun = Callable[..., Run]


def test_curves_against_cost(run: MakeRun, book: PriceBook) -> None:
    curve = cost_curve(falling(run, "a", [0.5, float("nan"), 0.1]), "val", book)
    assert curve is not None
    assert curve.elapsed.tolist() == [600, 1800]
    assert curve.money == pytest.approx([1 / 3, 1.0])
    unknown = run("b", rows=[{"t": 60, "val": 1.0}], attempts=[(0, 60)], hardware=Hardware())
    nothing = cost_curve(unknown, "val", PriceBook.load())
    assert nothing is not None
    assert math.isnan(nothing.money[0])


def test_a_metric_of_the_summary_is_known_at_the_end(run: MakeRun, book: PriceBook) -> None:
    curve = cost_curve(run("a", attempts=[(0, 90)], summary={"acc": 0.9}), "acc", book)
    assert curve is not None
    assert (curve.elapsed.tolist(), curve.value.tolist()) == ([90], [0.9])


def test_downtime_is_no_cost(run: MakeRun, book: PriceBook) -> None:
    rows = [{"t": t, "val": 1.0} for t in (50, 1050)]
    curve = cost_curve(run("a", attempts=[(0, 100), (1000, 1100)], rows=rows), "val", book)
    assert curve is not None
    assert curve.elapsed.tolist() == [50, 150]


def test_without_the_metric_or_a_time_there_is_no_curve(run: MakeRun, book: PriceBook) -> None:
    assert cost_curve(run("a", attempts=[(0, 90)]), "val", book) is None
    assert cost_curve(run("a", summary={"val": 1.0}), "val", book) is None
