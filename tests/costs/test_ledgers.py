"""Rules of the ledger, and that costs add up: stages to run, runs to group."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runcompare.costs import Ledger, PriceBook, group_ledger, ledger
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Hardware, Run

MakeRun = Callable[..., Run]
ADDED = ("wall", "device_hours", "money", "energy", "energy_at_rest", "energy_of_work", "co2")


def test_a_total_is_as_weak_as_its_weakest_part(run: MakeRun, book: PriceBook) -> None:
    total = ledger(run(attempts=[(0, 3600)]), book).total
    assert total.wall.provenance is Provenance.MEASURED
    assert total.device_hours.provenance is Provenance.DERIVED
    assert total.money.provenance is Provenance.ASSUMED


def test_a_stated_cost_wins_and_its_price_is_said(run: MakeRun, book: PriceBook) -> None:
    stated = {"time": Figure(18900.0, "s", provenance=Provenance.REPORTED), "cost": Figure(10.78, "USD")}
    costs = ledger(run(figures=stated), book)
    assert costs.total.money.value == 10.78
    assert costs.price.value == pytest.approx(10.78 / 5.25)
    assert any("2.05 USD per device-hour" in n for n in costs.notes)


def test_a_cost_in_another_currency_is_not_converted(run: MakeRun, book: PriceBook) -> None:
    stated = {"time": Figure(3600.0, "s"), "cost": Figure(5.0, "EUR")}
    costs = ledger(run(figures=stated), book)
    assert costs.total.money.is_missing
    assert costs.total.device_hours.value == 1
    assert any("EUR" in n for n in costs.notes)


def test_no_price_still_shows_device_hours(run: MakeRun, cpu: Hardware) -> None:
    costs = ledger(run(attempts=[(0, 7200)], hardware=cpu), PriceBook.load(cloud="lambda"))
    assert costs.total.money.is_missing
    assert "--cpu-price" in costs.total.money.source
    assert costs.total.device_hours.value == 2


def test_a_run_without_any_time(run: MakeRun, book: PriceBook) -> None:
    costs = ledger(run(), book)
    assert costs.lines == ()
    assert all(getattr(costs.total, name).is_missing for name in ADDED)
    assert costs.train.wall.is_missing


def test_without_an_eval_stage_eval_is_missing_not_free(run: MakeRun, book: PriceBook) -> None:
    costs = ledger(run(attempts=[(0, 10)], stages=[("operator", 0, 10)]), book)
    assert costs.eval.wall.is_missing
    assert costs.train.wall.value == 10


marks = st.lists(
    st.tuples(st.sampled_from(["autoencoder", "operator", "eval"]), st.floats(0, 1e4), st.floats(0, 1e4)), max_size=6
)
attempts = st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 1e4)), min_size=1, max_size=3)
watts = st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 700)), max_size=10)


Story = tuple[list[tuple[str, float, float]], list[tuple[float, float]], list[tuple[float, float]]]


# the fixture only hands over a function
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(marks, attempts, watts), min_size=1, max_size=3))
def test_costs_add_up(run: MakeRun, stories: list[Story]) -> None:
    ledgers = [
        ledger(
            run(
                f"r{i}",
                stages=stages,
                attempts=when,
                system=[{"t": t, "gpu.0.powerWatts": w} for t, w in sorted(power)],
            ),
            PriceBook.load(flat=2.0),
        )
        for i, (stages, when, power) in enumerate(stories)
    ]
    for costs in ledgers:
        _adds_up(costs)
    group = group_ledger(ledgers)
    for name in ADDED:
        parts = [getattr(x.total, name) for x in ledgers]
        if not any(p.is_missing for p in parts):
            assert getattr(group.total, name).mid == pytest.approx(_sum(parts), abs=1e-9)
            mean, values = getattr(group.mean, name).value, [p.value for p in parts]
            assert mean is None or min(values) * (1 - 1e-9) <= mean <= max(values) * (1 + 1e-9)


def _sum(parts: list[Figure]) -> float:
    """Sums of ranges have the bounds' sums."""
    if all(p.value is not None for p in parts):
        return sum(p.value or 0.0 for p in parts)
    low, high = (sum((getattr(p, b) if p.is_range else p.value) or 0.0 for p in parts) for b in ("low", "high"))
    return float((low * high) ** 0.5 if low > 0 else (low + high) / 2)


def _adds_up(costs: Ledger) -> None:
    for name in ADDED:
        total = getattr(costs.total, name)
        if costs.lines and not total.is_missing:
            assert total.mid == pytest.approx(_sum([getattr(x, name) for x in costs.lines]), rel=1e-9, abs=1e-9)
        halves = [getattr(costs.train, name), getattr(costs.eval, name)]
        if not any(h.is_missing for h in halves):
            assert total.mid == pytest.approx(_sum(halves), rel=1e-9, abs=1e-9)
