"""Energy by stage: gaps, pauses, devices without a meter; values worked out by hand, to 0.1 %."""

from collections.abc import Callable

import pytest
from costed_runs import every, samples

from runcompare.costs import PriceBook, ledger
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Hardware, Run

MakeRun = Callable[..., Run]


KWH = 3.6e6


close = pytest.approx


def test_a_gap_is_filled_at_mean_power_and_said(run: MakeRun, book: PriceBook) -> None:
    points = every(15, 600, 100) + every(15, 2100, 300, start=1500)  # 0-600 s at 100 W, 1500-2100 s at 300 W
    costs = ledger(run(attempts=[(0, 2100)], system=samples("gpu.0.powerWatts", points)), book)
    energy = costs.total.energy
    measured = 600 * 100 + 600 * 300
    assert energy.value == close((measured + 900 * 200) / KWH, rel=1e-3)
    assert energy.low == close(measured / KWH, rel=1e-3)
    assert energy.high == close((measured + 900 * 300) / KWH, rel=1e-3)
    assert energy.provenance is Provenance.ESTIMATED
    assert any("57%" in n for n in costs.notes)


def test_time_between_attempts_draws_nothing(run: MakeRun, book: PriceBook) -> None:
    points = every(15, 600, 250) + every(15, 10_600, 350, start=10_000)
    costs = ledger(run(attempts=[(0, 600), (10_000, 10_600)], system=samples("gpu.0.powerWatts", points)), book)
    assert costs.total.energy.value == close((600 * 250 + 600 * 350) / KWH, rel=1e-3)
    assert costs.total.device_hours.value == close(1200 / 3600, rel=1e-3)
    assert costs.total.energy.provenance is Provenance.DERIVED


def test_stages_get_their_own_energy(run: MakeRun, book: PriceBook) -> None:
    points = [(t, 100.0 if t < 300 else 500.0) for t in range(0, 601, 1)]
    costs = ledger(
        run(
            attempts=[(0, 600)],
            stages=[("operator", 0, 300), ("eval", 300, 600)],
            system=samples("gpu.0.powerWatts", points),
        ),
        book,
    )
    operator, evaluation = costs.lines
    # the power steps between 299 s and 300 s: half a step's triangle on the operator's side
    assert operator.energy.value == close((299 * 100 + 300) / KWH, rel=1e-3)
    assert evaluation.energy.value == close(300 * 500 / KWH, rel=1e-3)
    assert costs.train.energy.value == operator.energy.value
    assert costs.eval.energy.value == evaluation.energy.value


def test_power_of_one_machine_is_scaled_to_all(run: MakeRun, book: PriceBook) -> None:
    four = Hardware(accelerator="NVIDIA A100-SXM4-80GB", accelerator_count=4, world_size=4)
    rows = [r for i in range(2) for r in samples(f"gpu.{i}.powerWatts", every(15, 600, 300))]
    costs = ledger(run(attempts=[(0, 600)], system=rows, hardware=four), book)
    assert costs.total.energy.value == close(4 * 600 * 300 / KWH, rel=1e-3)
    assert costs.total.energy.provenance is Provenance.ESTIMATED
    assert any("2 of 4" in n for n in costs.notes)


def test_energy_is_shared_by_time_where_only_lengths_are_known(run: MakeRun, book: PriceBook) -> None:
    rows = [{"a/epoch_time_sec": 100.0}, {"b/epoch_time_sec": 300.0}]
    costs = ledger(run(attempts=[(0, 400)], rows=rows, system=samples("gpu.0.powerWatts", every(10, 400, 250))), book)
    assert [x.energy.value for x in costs.lines] == close([100 * 250 / KWH, 300 * 250 / KWH], rel=1e-3)


def test_a_counted_or_stated_energy_wins_and_is_shared_by_time(run: MakeRun, book: PriceBook) -> None:
    stages = [("a", 0, 300), ("b", 300, 400)]
    counted = run(attempts=[(0, 400)], stages=stages, summary={"energy_consumed": 0.08})
    costs = ledger(counted, book)
    assert costs.total.energy.value == close(0.08)
    assert [x.energy.value for x in costs.lines] == close([0.06, 0.02])
    stated = run(figures={"time": Figure(3600.0, "s"), "energy": Figure(900.0, "Wh", provenance=Provenance.REPORTED)})
    assert ledger(stated, book).total.energy.value == close(0.9)
    assert ledger(stated, book).total.energy.provenance is Provenance.REPORTED


def test_without_samples_energy_is_a_range_up_to_the_power_limit(run: MakeRun, book: PriceBook) -> None:
    energy = ledger(run(attempts=[(0, 3600)]), book).total.energy
    assert energy.value is None
    assert energy.high == close(0.4)  # an A100 SXM for an hour
    assert energy.low == close(0.044)
    assert energy.provenance is Provenance.ESTIMATED
