"""What a run ran on, and what an hour of it costs and draws."""

from dataclasses import dataclass
from typing import NamedTuple

from runcompare.costs.energy.estimates import device_watts, idle_watts, thread_idle_watts, thread_watts
from runcompare.costs.energy.telemetry import Telemetry
from runcompare.costs.prices.book import PriceBook
from runcompare.costs.prices.offers import UNIT
from runcompare.records.counted import counted
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Run

__all__ = ["Machine", "machine_of"]


@dataclass(frozen=True, slots=True)
class Machine:
    """The devices that a run is charged for: accelerators, or the threads of a CPU.

    `price` is USD per device-hour, `watts` the power of one device where it was not sampled, `at_rest` what it
    draws when it does nothing. `notes` are what had to be assumed.
    """

    device: str
    count: Figure
    price: Figure
    watts: Figure
    at_rest: Figure
    notes: tuple[str, ...] = ()


def machine_of(run: Run, telemetry: Telemetry, book: PriceBook) -> Machine:
    """The devices a run used.

    Accelerators if it used any: as many as it recorded, or as the tracker saw its process on. Else CPU threads, over
    all processes. With neither, one accelerator if the user states a price for accelerators, else unknown.
    """
    hardware = run.hardware
    if hardware.accelerator or hardware.accelerator_count:
        name = hardware.accelerator or "unknown accelerator"
        count, assumed = _accelerators(run, telemetry)
        notes = tuple(filter(None, (book.warning(name), assumed)))
        return Machine(name, count, book.price(name), device_watts(name), idle_watts(name), notes)
    if hardware.cpu or hardware.cpu_count:
        name = hardware.cpu or "CPU"
        return Machine(name, _threads(run), book.cpu_price(), thread_watts(), thread_idle_watts())
    why = "no device was recorded"
    unknown = Figure.missing(why, "W")
    if book.flat is not None:
        count = Figure(float(max(1, hardware.world_size)), provenance=Provenance.ASSUMED, source=why)
        note = f"{why}: taken as {_in_words(hardware.world_size)} at your price"
        return Machine("unknown", count, book.price("unknown"), unknown, unknown, (note,))
    return Machine("unknown", Figure.missing(why), Figure.missing(why, UNIT), unknown, unknown)


class _Count(NamedTuple):
    devices: Figure
    note: str = ""


def _accelerators(run: Run, telemetry: Telemetry) -> _Count:
    recorded, seen = run.hardware.accelerator_count, telemetry.used
    # a tracker sees the GPUs of its own machine only, so it can't lower the count of a run of several processes
    if seen is not None and run.hardware.world_size <= seen < recorded:
        figure = Figure(float(seen), provenance=Provenance.MEASURED, source="accelerators with the run's process")
        return _Count(figure, f"{recorded} accelerators were there, the run's process was on {seen}: {seen} counted")
    if recorded < 1:
        processes = run.hardware.world_size
        why = "number of accelerators not recorded"
        figure = Figure(float(max(1, processes)), provenance=Provenance.ASSUMED, source=why)
        return _Count(figure, f"the number of accelerators was not recorded: counted as {_in_words(processes)}")
    return _Count(Figure(float(recorded), provenance=Provenance.MEASURED, source="hardware record"))


def _in_words(processes: int) -> str:
    return f"{processes} accelerators, one a process," if processes > 1 else "one accelerator"


def _threads(run: Run) -> Figure:
    hardware = run.hardware
    if not hardware.cpu_count:
        return Figure.missing("the number of CPU threads was not recorded")
    processes = max(1, hardware.world_size)
    source = f"{counted(hardware.cpu_count, 'CPU thread')}" + (f" x {processes} processes" if processes > 1 else "")
    return Figure(float(hardware.cpu_count * processes), provenance=Provenance.MEASURED, source=source)
