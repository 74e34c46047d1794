"""Power samples as every tracker names them, integrated; values worked out by hand, to 0.1 %."""

from collections.abc import Callable

import pytest
from costed_runs import every, samples

from runcompare.costs import PriceBook, ledger
from runcompare.records.figure import Provenance
from runcompare.records.run import Hardware, Run

MakeRun = Callable[..., Run]


KWH = 3.6e6


close = pytest.approx


def test_constant_power_on_one_device(run: MakeRun, book: PriceBook) -> None:
    costs = ledger(run(attempts=[(0, 3600)], system=samples("gpu.0.powerWatts", every(15, 3600, 300))), book)
    assert costs.total.energy.value == close(0.3, rel=1e-3)
    assert costs.total.device_hours.value == close(1.0, rel=1e-3)
    assert costs.total.money.value == close(2.0, rel=1e-3)
    assert costs.total.energy.provenance is Provenance.DERIVED


def test_a_ramp_is_a_trapezoid(run: MakeRun, book: PriceBook) -> None:
    ramp = [(t, 100 + t / 10) for t in range(0, 1001, 10)]  # 100 W to 200 W over 1000 s: 150 kJ
    costs = ledger(run(attempts=[(0, 1000)], system=samples("system.gpu.0.powerWatts", ramp)), book)
    assert costs.total.energy.value == close(150_000 / KWH, rel=1e-3)


@pytest.mark.parametrize(
    "key",
    [
        "gpu.{i}.powerWatts",
        "system.gpu.{i}.powerWatts",
        "system/gpu_{i}_power_usage_watts",
        "gpu/{i}/power",
        "system/gpu.{i}.powerWatts/l:node-0",
    ],
)
def test_two_devices_by_every_trackers_names(key: str, run: MakeRun, book: PriceBook) -> None:
    rows = samples(key.format(i=0), every(15, 600, 200)) + samples(key.format(i=1), every(15, 600, 400))
    two = Hardware(accelerator="NVIDIA A100-SXM4-80GB", accelerator_count=2)
    costs = ledger(run(attempts=[(0, 600)], system=rows, hardware=two), book)
    assert costs.total.energy.value == close(600 * 600 / KWH, rel=1e-3)
    assert costs.total.device_hours.value == close(2 / 6, rel=1e-3)
    assert costs.total.money.value == close(4 / 6, rel=1e-3)


def test_only_devices_with_the_process_count(run: MakeRun, book: PriceBook) -> None:
    rows = [r for i in range(4) for r in samples(f"gpu.{i}.powerWatts", every(15, 600, 100 * (i + 1)))]
    rows += samples("gpu.process.2.powerWatts", every(15, 600, 300))
    four = Hardware(accelerator="NVIDIA A100-SXM4-80GB", accelerator_count=4)
    costs = ledger(run(attempts=[(0, 600)], system=rows, hardware=four), book)
    assert costs.total.devices.value == 1
    assert costs.total.energy.value == close(600 * 300 / KWH, rel=1e-3)
    assert any("4 accelerators were there" in n for n in costs.notes)


def test_the_busiest_devices_count_where_the_tracker_does_not_say(run: MakeRun, book: PriceBook) -> None:
    rows = [r for i in range(3) for r in samples(f"gpu.{i}.powerWatts", every(15, 600, 100 * (i + 1)))]
    rows += [r for i in range(3) for r in samples(f"gpu.{i}.gpu", every(15, 600, 90.0 if i == 1 else 2.0))]
    costs = ledger(run(attempts=[(0, 600)], system=rows), book)
    assert costs.total.energy.value == close(600 * 200 / KWH, rel=1e-3)
    assert costs.total.utilisation.value == close(0.9)
    assert costs.total.idle.value == 0


def test_samples_out_of_order_with_nan_and_negative_values(run: MakeRun, book: PriceBook) -> None:
    points = [*reversed(every(15, 600, 200)), (7.0, float("nan")), (9.0, -5.0)]
    costs = ledger(run(attempts=[(0, 600)], system=samples("gpu.0.powerWatts", points)), book)
    assert costs.total.energy.value == close(600 * 200 / KWH, rel=1e-3)
