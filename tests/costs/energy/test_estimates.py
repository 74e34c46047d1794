"""Energy and device-hours against values worked out by hand, to 0.1 %."""

from collections.abc import Callable

import pytest
from costed_runs import every, samples

from runcompare.costs import PriceBook, group_ledger, ledger
from runcompare.costs.energy.estimates import GRIDS, device_watts, grid_intensity, idle_watts
from runcompare.errors import UsageError
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Hardware, Run

MakeRun = Callable[..., Run]
KWH = 3.6e6
close = pytest.approx


def test_co2_by_region(run: MakeRun, book: PriceBook) -> None:
    one = run(attempts=[(0, 3600)], system=samples("gpu.0.powerWatts", every(15, 3600, 1000)))
    assert ledger(one, book).total.co2.value == close(0.481)
    assert ledger(one, book, region="fr").total.co2.value == close(0.056)
    assert ledger(one, book).total.co2.provenance is Provenance.ASSUMED
    with pytest.raises(UsageError, match="'XX'"):
        grid_intensity("XX")
    assert "world" in GRIDS


def test_unknown_devices_have_unknown_power() -> None:
    assert device_watts("Frobnicator 9000").is_missing


def sampled(watts: float, until: int = 3600) -> list[dict[str, float]]:
    return [{"t": 15.0 * i, "gpu.0.powerWatts": watts} for i in range(until // 15 + 1)]


def test_measured_energy_is_split_at_the_power_at_rest(run: MakeRun, book: PriceBook) -> None:
    costs = ledger(run(attempts=[(0, 3600)], stages=[("a", 0, 900)], system=sampled(300)), book)
    assert costs.total.energy_at_rest.value == close(0.046, rel=1e-3)
    assert costs.total.energy_of_work.value == close(0.254, rel=1e-3)
    assert [x.energy_at_rest.value for x in costs.lines] == close([0.0115, 0.0345], rel=1e-3)
    assert costs.total.energy_at_rest.provenance is Provenance.ESTIMATED
    assert "46 W a device at rest" in costs.lines[0].energy_at_rest.source
    assert group_ledger([costs, costs]).total.energy_at_rest.value == close(0.092, rel=1e-3)


def test_at_rest_is_never_more_than_all(run: MakeRun, book: PriceBook) -> None:
    costs = ledger(run(attempts=[(0, 3600)], system=sampled(20)), book)
    assert costs.total.energy_at_rest.value == close(0.02, rel=1e-3)
    assert costs.total.energy_of_work.value == 0


def test_without_samples_the_work_is_a_range_from_nothing(run: MakeRun, book: PriceBook) -> None:
    two = Hardware(cpu="Some CPU", cpu_count=2)
    total = ledger(run(attempts=[(0, 3600)], hardware=two), book).total
    assert total.energy_at_rest.value == close(2 * 0.71e-3)
    assert (total.energy_of_work.low, total.energy_of_work.high) == close((0, 2 * (4.26 - 0.71) * 1e-3))


def test_a_stated_energy_is_split_too_and_an_unknown_device_is_not(run: MakeRun, book: PriceBook) -> None:
    figures = {"time": Figure(3600.0, "s"), "energy": Figure(0.3, "kWh", provenance=Provenance.REPORTED)}
    assert ledger(run(figures=figures), book).total.energy_of_work.value == close(0.254)
    odd = Hardware(accelerator="Frobnicator 9000", accelerator_count=1)
    total = ledger(run(figures=figures, hardware=odd), book).total
    assert total.energy.value == close(0.3)
    assert total.energy_at_rest.is_missing
    assert "Frobnicator" in total.energy_of_work.source


def test_devices_without_a_figure_of_their_own_rest_at_a_share_of_their_limit() -> None:
    h100 = idle_watts("NVIDIA H100 80GB HBM3")
    assert h100.value == close(77)
    assert "11% of its power limit" in h100.source
    bare = idle_watts("H100")
    assert (bare.low, bare.high) == close((38.5, 77))
