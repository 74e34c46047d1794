"""Ratios of costs with intervals over seeds."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from runcompare.costs import Ledger, PriceBook, ledger, ratio
from runcompare.errors import UsageError
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Hardware, Run

MakeRun = Callable[..., Run]


def side(run: MakeRun, seconds: Sequence[float], book: PriceBook, **more: object) -> list[Ledger]:
    return [ledger(run(f"r{i}", attempts=[(0, s)], **more), book) for i, s in enumerate(seconds)]


def test_the_interval_is_welchs_on_the_logarithms(run: MakeRun, book: PriceBook) -> None:
    new, old = [130.0, 150.0, 145.0, 141.0], [100.0, 98.0, 104.0, 110.0]
    found = ratio(side(run, new, book), side(run, old, book), "wall")
    peer = ttest_ind(np.log(new), np.log(old), equal_var=False).confidence_interval(0.95)
    assert found.value == pytest.approx(math.exp(np.log(new).mean() - np.log(old).mean()))
    assert (found.low, found.high) == pytest.approx((math.exp(peer.low), math.exp(peer.high)))


def test_swapping_sides_inverts_the_ratio(run: MakeRun, book: PriceBook) -> None:
    a, b = side(run, [3.0, 4.0], book), side(run, [5.0, 7.0, 6.0], book)
    there, back = ratio(a, b, "money"), ratio(b, a, "money")
    assert there.value == pytest.approx(1 / (back.value or 0))
    assert there.low == pytest.approx(1 / (back.high or 0))


def test_one_run_on_a_side_has_no_interval(run: MakeRun, book: PriceBook) -> None:
    found = ratio(side(run, [20.0], book), side(run, [10.0, 10.0], book), "wall")
    assert (found.value, found.low, found.high) == (pytest.approx(2.0), None, None)


def test_runs_that_took_the_same_to_the_last_digit_show_no_noise(run: MakeRun, book: PriceBook) -> None:
    found = ratio(side(run, [20.0, 20.0], book), side(run, [10.0, 12.0], book), "wall")
    assert found.value is not None
    assert (found.low, found.high) == (None, None)
    assert "the same" in found.source


def test_runs_without_the_cost_are_left_out_and_counted(run: MakeRun, book: PriceBook) -> None:
    new = [*side(run, [20.0, 24.0], book), ledger(run("lost"), book)]
    old = side(run, [10.0, 11.0], book)
    assert ratio(new, old, "wall").value == ratio(new[:2], old, "wall").value
    assert "over 2 of 3 and 2 runs" in ratio(new, old, "wall").source


def test_a_stage_by_its_one_name(run: MakeRun, book: PriceBook) -> None:
    one = ledger(run("a", stages=[("training/encoder", 0, 60)]), book)
    two = ledger(run("b", stages=[("encoder", 0, 20)]), book)
    assert ratio([one], [two], "wall", stage="encoder").value == 3
    assert ratio([one], [two], "wall", stage="decoder").is_missing


@pytest.mark.parametrize("prices", [{}, {"flat": 1.7, "cpu": 0.3}])
def test_constants_cancel_to_the_last_digit(prices: dict[str, float], run: MakeRun) -> None:
    book = PriceBook.load(**prices)
    two = Hardware(accelerator="NVIDIA A100-SXM4-80GB", accelerator_count=2)
    new = side(run, [130.7, 151.3, 145.9], book, hardware=two)
    old = side(run, [100.1, 98.3, 104.9, 110.3, 97.7], book, hardware=two)
    time, *others = (ratio(new, old, field) for field in ("wall", "device_hours", "energy", "money", "co2"))
    for other in others:
        assert (other.value, other.low, other.high) == (time.value, time.low, time.high)


def test_a_price_on_both_sides_cancels(run: MakeRun) -> None:
    book = PriceBook.load()
    same = ratio(side(run, [20.0], book), side(run, [10.0], book), "money")
    assert same.provenance is Provenance.DERIVED
    assert same.value == pytest.approx(2)
    other = side(run, [10.0], book, hardware=Hardware(accelerator="Tesla T4", accelerator_count=1))
    assert ratio(side(run, [20.0], book), other, "money").provenance is Provenance.ASSUMED


def test_a_stated_range_bounds_the_ratio(run: MakeRun, book: PriceBook) -> None:
    ranged = ledger(run(figures={"time": Figure(None, "s", 10.0, 20.0, Provenance.ESTIMATED)}), book)
    exact = ledger(run(figures={"time": Figure(40.0, "s", provenance=Provenance.REPORTED)}), book)
    found = ratio([exact], [ranged], "wall")
    assert (found.low, found.high) == (2, 4)
    assert found.provenance is Provenance.ESTIMATED


def test_what_is_missing_or_free_gives_no_ratio(run: MakeRun, book: PriceBook) -> None:
    one = side(run, [10.0], book)
    assert ratio(one, one, "eval.wall").is_missing
    assert ratio(one, [], "wall").is_missing
    assert ratio(one, side(run, [0.0], book), "wall").is_missing


def test_unknown_fields_are_refused(run: MakeRun, book: PriceBook) -> None:
    one = side(run, [10.0], book)
    with pytest.raises(UsageError, match="'speed'"):
        ratio(one, one, "speed")


seconds = st.lists(st.floats(1.0, 1e6), min_size=1, max_size=4)


# the fixture only hands over a function
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(seconds, seconds)
def test_bounds_hold_the_ratio_whatever_runs_took(run: MakeRun, new: list[float], old: list[float]) -> None:
    book = PriceBook.load(flat=0.37)
    sides = side(run, new, book), side(run, old, book)
    time, money = (ratio(*sides, field) for field in ("wall", "money"))
    assert (time.value, time.low, time.high) == (money.value, money.low, money.high)
    if time.low is not None and time.high is not None and time.value is not None:
        assert time.low * (1 - 1e-9) <= time.value <= time.high * (1 + 1e-9)
    else:
        assert min(len(set(new)), len(set(old))) == 1
