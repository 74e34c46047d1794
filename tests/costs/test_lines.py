"""Sums of a run's lines."""

from collections.abc import Callable

import pytest

from runcompare.costs import PriceBook, ledger
from runcompare.costs.lines import sum_lines, weighted
from runcompare.records.run import Run

MakeRun = Callable[..., Run]


@pytest.fixture
def lines(run: MakeRun, book: PriceBook) -> tuple:
    """Two stages of 100 s and 300 s, the device busy in the second only."""
    system = [{"t": t, "gpu.0.gpu": 0.0 if t < 100 else 80.0} for t in range(0, 401, 2)]
    made = run(attempts=[(0, 400)], stages=[("a", 0, 100), ("b", 100, 400)], system=system)
    return ledger(made, book).lines


def test_a_sum_adds_costs_and_weighs_shares_by_time(lines: tuple) -> None:
    both = sum_lines("both", lines, lines[0], lacking="")
    assert (both.stage, both.wall.value, both.wall.source) == ("both", 400, "stage marks (1)")
    assert both.utilisation.value == pytest.approx(0.6, abs=0.01)
    assert both.idle.value == pytest.approx(0.25, abs=0.01)
    assert weighted(lines, "utilisation").value == both.utilisation.value


def test_one_line_stays_as_it_is_and_none_is_missing(lines: tuple) -> None:
    assert sum_lines("new", lines[:1], lines[0], lacking="").wall == lines[0].wall
    gone = sum_lines("new", (), lines[0], lacking="no such stage")
    assert gone.money.is_missing
    assert (gone.money.unit, gone.money.source) == ("USD", "no such stage")
