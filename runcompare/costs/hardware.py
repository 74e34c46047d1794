"""What a run ran on, and what an hour of it costs and draws."""

from dataclasses import dataclass

from runcompare.costs.energy.estimates import device_watts, idle_watts, thread_idle_watts, thread_watts
from runcompare.costs.energy.telemetry import Telemetry
from runcompare.costs.prices.book import UNIT, PriceBook
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Run

__all__ = ["Machine", "machine_of"]


@dataclass(frozen=True, slots=True)
class Machine:
    """The devices that a run is charged for: accelerators, or the threads of a CPU.

    `price` is USD per device-hour, `watts` the power of one device where no samples say better, `at_rest` what it
    draws when it does nothing.
    """

    device: str
    count: Figure
    price: Figure
    watts: Figure
    at_rest: Figure


def machine_of(run: Run, telemetry: Telemetry, book: PriceBook, notes: list[str]) -> Machine:
    """The devices a run used.

    Accelerators if it had any: as many as it recorded, or as the tracker saw its process on. Else CPU threads, over
    all processes. With neither, one accelerator if the user states a price for accelerators, else unknown.
    """
    hw = run.hardware
    if hw.accelerator or hw.accelerator_count:
        name = hw.accelerator or "unknown accelerator"
        if warning := book.warning(name):
            notes.append(warning)
        count = _accelerators(run, telemetry, notes)
        return Machine(name, count, book.price(name), device_watts(name), idle_watts(name))
    if hw.cpu or hw.cpu_count:
        return Machine(hw.cpu or "CPU", _threads(run), book.cpu_price(), thread_watts(), thread_idle_watts())
    unknown = Figure.missing("no device was recorded", "W")
    if book.flat is not None:
        notes.append("no device was recorded: taken as one accelerator at your price")
        one = Figure(1.0, provenance=Provenance.ASSUMED, source="no device was recorded")
        return Machine("unknown", one, book.price("unknown"), unknown, unknown)
    missing = Figure.missing(unknown.source)
    return Machine("unknown", missing, Figure.missing(missing.source, UNIT), unknown, unknown)


def _accelerators(run: Run, telemetry: Telemetry, notes: list[str]) -> Figure:
    recorded, seen = run.hardware.accelerator_count, telemetry.used
    # a tracker sees the GPUs of its own machine only, so it can't lower the count of a run of several processes
    if seen is not None and run.hardware.world_size <= seen < recorded:
        notes.append(f"{recorded} accelerators were there, the run's process was on {seen}: {seen} counted")
        return Figure(float(seen), provenance=Provenance.MEASURED, source="accelerators with the run's process")
    if recorded < 1:
        notes.append("the number of accelerators was not recorded: counted as one")
        return Figure(1.0, provenance=Provenance.ASSUMED, source="number of accelerators not recorded")
    return Figure(float(recorded), provenance=Provenance.MEASURED, source="hardware record")


def _threads(run: Run) -> Figure:
    hw = run.hardware
    if not hw.cpu_count:
        return Figure.missing("the number of CPU threads was not recorded")
    processes = max(1, hw.world_size)
    source = f"{hw.cpu_count} CPU thread(s)" + (f" x {processes} processes" if processes > 1 else "")
    return Figure(float(hw.cpu_count * processes), provenance=Provenance.MEASURED, source=source)
