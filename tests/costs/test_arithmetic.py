"""Sums, products and means of figures with ranges."""

import math

import pytest

from runcompare.costs.arithmetic import add, geometric_mean, multiply, scale, subtract
from runcompare.records.figure import Figure, Provenance

EXACT = Figure(4.0, "s")
RANGE = Figure(None, "s", 1.0, 9.0, Provenance.ESTIMATED)


def test_a_sum_carries_ranges_and_is_as_weak_as_its_weakest_part() -> None:
    total = add([EXACT, RANGE], "s", "both")
    assert (total.value, total.low, total.high) == (None, 5, 13)
    assert total.provenance is Provenance.ESTIMATED


def test_a_missing_part_makes_the_sum_missing() -> None:
    total = add([EXACT, Figure.missing("no clock", "s")], "s", "both")
    assert total.is_missing
    assert total.source == "no clock (1 of 2)"


def test_a_difference_is_never_below_zero() -> None:
    assert subtract(EXACT, Figure(5.0, "s"), "").value == 0
    left = subtract(EXACT, RANGE, "")
    assert (left.low, left.high) == (0, 3)


def test_products_multiply_bounds() -> None:
    product = multiply(EXACT, RANGE, "J", "power x time", factor=0.5)
    assert (product.low, product.high, product.unit) == (2, 18, "J")
    assert scale(RANGE, 2, "").high == 18


def test_the_geometric_mean_is_that_of_logarithms_and_of_bounds() -> None:
    mean = geometric_mean([EXACT, Figure(9.0, "s")], "clock")
    assert mean.value == pytest.approx(6)
    assert mean.source == "geometric mean over 2 runs: clock"
    ranged = geometric_mean([EXACT, RANGE], "clock")
    assert (ranged.value, ranged.low, ranged.high) == (None, pytest.approx(2), pytest.approx(6))


def test_a_mean_of_equal_figures_does_not_round() -> None:
    third = Figure(math.pi / 3, "s")
    assert geometric_mean([third] * 3, "").value == third.value


def test_a_mean_over_the_runs_that_have_the_figure_says_so() -> None:
    lost = Figure.missing("no clock", "s")
    assert geometric_mean([lost, EXACT, EXACT], "x").source == "geometric mean over 2 of 3 runs: x"
    assert geometric_mean([lost, lost], "x").is_missing
    assert geometric_mean([lost, lost], "x").source == "no clock"


def test_a_cost_of_zero_has_no_logarithm() -> None:
    mean = geometric_mean([EXACT, Figure(0.0, "s")], "x")
    assert mean.value == 2
    assert mean.source == "mean over 2 runs: x"
