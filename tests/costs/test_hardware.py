"""The devices that a run is charged for."""

from collections.abc import Callable

import pytest

from runcompare.costs import PriceBook, ledger
from runcompare.costs.energy.telemetry import Telemetry
from runcompare.costs.hardware import machine_of
from runcompare.records.figure import Provenance
from runcompare.records.run import Hardware, Run

MakeRun = Callable[..., Run]


close = pytest.approx


def test_cpu_runs_by_thread(run: MakeRun, book: PriceBook) -> None:
    two = Hardware(cpu="Some CPU", cpu_count=2, world_size=3)
    total = ledger(run(attempts=[(0, 3600)], hardware=two), book).total
    assert total.device_hours.value == close(6)
    assert total.money.value == close(0.3)
    assert (total.energy.low, total.energy.high) == close((6 * 0.71e-3, 6 * 4.26e-3))


def test_an_unknown_device_has_hours_but_no_money(run: MakeRun) -> None:
    odd = Hardware(accelerator="Frobnicator 9000", accelerator_count=3)
    costs = ledger(run(attempts=[(0, 3600)], hardware=odd), PriceBook.load())
    assert costs.total.device_hours.value == 3
    assert "Frobnicator 9000" in costs.total.money.source
    assert costs.total.energy.is_missing


def test_no_device_recorded(run: MakeRun) -> None:
    nothing = run(attempts=[(0, 3600)], hardware=Hardware())
    assert ledger(nothing, PriceBook.load()).total.device_hours.is_missing
    stated = ledger(nothing, PriceBook.load(flat=2.0))
    assert stated.total.money.value == 2
    assert any("no device was recorded" in n for n in stated.notes)


def test_an_accelerator_without_a_count_is_one(run: MakeRun, book: PriceBook) -> None:
    costs = ledger(run(attempts=[(0, 3600)], hardware=Hardware(accelerator="Tesla T4")), book)
    assert costs.total.devices.value == 1
    assert costs.total.device_hours.provenance is Provenance.ASSUMED
    assert any("not recorded" in n for n in costs.notes)


def test_processes_on_unknown_devices_are_a_device_each(run: MakeRun) -> None:
    many = run(attempts=[(0, 3600)], hardware=Hardware(world_size=40))
    costs = ledger(many, PriceBook.load(flat=2.0))
    assert costs.total.money.value == 80
    assert any("40 accelerators, one a process" in n for n in costs.notes)


def test_the_trackers_count_of_devices_wins_on_one_machine_only(run: MakeRun, book: PriceBook) -> None:
    seen = Telemetry({}, {}, used=2)
    four = Hardware("NVIDIA A100-SXM4-80GB", 4)
    alone = machine_of(run(hardware=four), seen, book)
    assert alone.count.value == 2
    assert "on 2: 2 counted" in alone.notes[0]
    spread = machine_of(run(hardware=Hardware("NVIDIA A100-SXM4-80GB", 4, world_size=4)), seen, book)
    assert (spread.count.value, spread.notes) == (4, ())


def test_threads_that_were_not_counted_are_missing(run: MakeRun, book: PriceBook) -> None:
    machine = machine_of(run(hardware=Hardware(cpu="Some CPU")), Telemetry({}, {}, None), book)
    assert machine.device == "Some CPU"
    assert machine.count.is_missing
