"""Energy counters with resets, beside power samples, against values worked out by hand, to 0.1 %."""

from collections.abc import Callable

import numpy as np
import pytest

from runcompare.costs import PriceBook, ledger
from runcompare.costs.energy.counters import joules_per, steps_of
from runcompare.records.figure import Provenance
from runcompare.records.run import Hardware, Run

MakeRun = Callable[..., Run]
KWH = 3.6e6
close = pytest.approx


def counter(key: str, watts: float, until: float, *, per: float, start: float = 0.0, base: float = 0.0) -> list[dict]:
    """Samples every 15 s of a counter that grows at `watts`, in units of `per` joules."""
    times = np.arange(start, until + 1, 15.0)
    return [{"t": float(t), key: base + watts * float(t - start) / per} for t in times]


@pytest.mark.parametrize(
    ("key", "per"),
    [
        ("gpu.0.energy", 1e-3),
        ("gpu.0.energy", KWH),
        ("system.gpu.0.energy_mJ", 1e-3),
        ("gpu.0.energyJoules", 1.0),
        ("gpu.0.energy_wh", 3600.0),
        ("system/gpu_0_energy_kwh", KWH),
    ],
)
def test_a_devices_counter_in_any_unit(key: str, per: float, run: MakeRun, book: PriceBook) -> None:
    rows = counter(key, 250.0, 3600, per=per, base=7e9 if per < 1 else 12.0)
    costs = ledger(run(attempts=[(0, 3600)], system=rows), book)
    assert costs.total.energy.value == close(0.25, rel=1e-3)
    assert costs.total.energy.provenance is Provenance.DERIVED
    assert "energy counters of 1 device" in costs.total.energy.source
    assert any("names no unit" in n for n in costs.notes) == key.endswith("energy")


def test_stages_share_a_counter_by_what_it_counted_in_them(run: MakeRun, book: PriceBook) -> None:
    rows = counter("gpu.0.energy_j", 100.0, 300, per=1) + counter(
        "gpu.0.energy_j", 500.0, 600, per=1, start=300, base=30_000
    )
    costs = ledger(run(attempts=[(0, 600)], stages=[("a", 0, 300), ("eval", 300, 600)], system=rows), book)
    assert [x.energy.value for x in costs.lines] == close([300 * 100 / KWH, 300 * 500 / KWH], rel=1e-3)


def test_a_counter_that_starts_again_is_mean_power_on_that_step(run: MakeRun, book: PriceBook) -> None:
    rows = counter("gpu.0.energy_mj", 300.0, 1800, per=1e-3, base=5e8)
    rows += counter("gpu.0.energy_mj", 300.0, 3600, per=1e-3, start=1815, base=0)
    costs = ledger(run(attempts=[(0, 3600)], system=rows), book)
    assert costs.total.energy.value == close(0.3, rel=1e-3)


def test_what_others_drew_between_attempts_is_not_the_runs(run: MakeRun, book: PriceBook) -> None:
    rows = counter("gpu.0.energy_j", 200.0, 600, per=1, base=1e6)
    rows += counter("gpu.0.energy_j", 200.0, 5600, per=1, start=5000, base=9e6)  # 7.9 MJ of somebody else's
    costs = ledger(run(attempts=[(0, 600), (5000, 5600)], system=rows), book)
    assert costs.total.energy.value == close(1200 * 200 / KWH, rel=1e-3)


def test_devices_add_up_and_power_fills_in_for_those_without_a_counter(run: MakeRun, book: PriceBook) -> None:
    two = Hardware(accelerator="NVIDIA A100-SXM4-80GB", accelerator_count=2)
    rows = counter("gpu.0.energy_j", 200.0, 600, per=1)
    rows += [{"t": 15.0 * i, "gpu.1.powerWatts": 100.0} for i in range(41)]
    costs = ledger(run(attempts=[(0, 600)], system=rows, hardware=two), book)
    assert costs.total.energy.value == close(600 * 300 / KWH, rel=1e-3)
    assert "energy counters and power samples of 2" in costs.total.energy.source


def test_counters_and_power_samples_are_set_side_by_side(run: MakeRun, book: PriceBook) -> None:
    rows = counter("gpu.0.energy_j", 300.0, 3600, per=1)
    rows += [{"t": 15.0 * i, "gpu.0.powerWatts": 240.0} for i in range(241)]
    costs = ledger(run(attempts=[(0, 3600)], system=rows), book)
    assert costs.total.energy.value == close(0.3, rel=1e-3)
    assert any("0.3 kWh, integrated power samples to 0.24 kWh (+25.0%)" in n for n in costs.notes)


def test_a_key_that_is_no_devices_energy_is_left_alone(run: MakeRun, book: PriceBook) -> None:
    flat = [{"t": 15.0 * i, "gpu.0.energy": 5.0} for i in range(41)]
    costs = ledger(run(attempts=[(0, 600)], system=flat), book)
    assert costs.total.energy.is_range
    assert any("gives no energy" in n for n in costs.notes)
    physics = run(attempts=[(0, 600)], rows=[{"t": 1.0, "train/energy": 3.0}], summary={"eval/energy": 2.0})
    assert ledger(physics, book).total.energy.is_range


def test_a_runs_counter_starts_again_with_each_process(run: MakeRun, book: PriceBook) -> None:
    rows = [{"t": t, "energy_consumed": v} for t, v in ((100, 0.02), (400, 0.08), (1100, 0.01), (1400, 0.04))]
    resumed = run(attempts=[(0, 400), (1000, 1400)], rows=rows, summary={"energy_consumed": 0.04})
    costs = ledger(resumed, book)
    assert costs.total.energy.value == close(0.12, rel=1e-3)
    assert "started again 1 time" in costs.total.energy.source
    in_joules = run(attempts=[(0, 400)], summary={"codecarbon/energy_consumed_j": 0.05 * KWH})
    assert ledger(in_joules, book).total.energy.value == close(0.05, rel=1e-3)


def test_the_summary_of_a_counter_is_its_last_value(run: MakeRun, book: PriceBook) -> None:
    rows = [{"t": 100, "energy_consumed": 0.02}, {"t": 200, "energy_consumed": 0.03}]
    costs = ledger(run(attempts=[(0, 400)], rows=rows, summary={"energy_consumed": 0.05}), book)
    assert costs.total.energy.value == close(0.05)


def test_units_by_name() -> None:
    assert joules_per("energy") is None
    assert joules_per("energyMillijoules") == 1e-3
    assert joules_per("energy_consumption_kWh") == KWH


def test_nothing_is_told_by_one_sample_or_by_impossible_power() -> None:
    one = np.array([1.0])
    assert steps_of(one, one, 1.0, ()) is None
    assert steps_of(np.array([0.0, 1.0]), np.array([0.0, 1e9]), 1.0, ()) is None
    assert steps_of(np.array([0.0, 0.0]), np.array([0.0, 5.0]), 1.0, ()) is None
