"""What a configuration will cost, from runs that were measured on the same hardware.

Times of stages are predicted from the runs' settings (see `stage_times` and `regression`), and summed. All figures are
estimates with a 95 % interval; the parts' bounds are added as if they erred together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runcompare.costs.arithmetic import add, multiply
from runcompare.costs.energy.telemetry import Telemetry
from runcompare.costs.forecasts.observed import observe
from runcompare.costs.forecasts.similar import distance, fill, related, same_hardware
from runcompare.costs.forecasts.stage_times import stage_times
from runcompare.costs.forecasts.workload import configured_stages
from runcompare.costs.hardware import Machine, machine_of
from runcompare.costs.prices.book import PriceBook
from runcompare.records.config import flatten
from runcompare.records.figure import Figure
from runcompare.records.run import Run
from runcompare.records.shown import Shown

__all__ = ["Forecast", "ForecastLine", "forecast"]


@dataclass(frozen=True, slots=True)
class ForecastLine:
    """What a stage, or the whole, is expected to take: s, h and USD."""

    stage: str
    wall: Figure
    device_hours: Figure
    money: Figure


@dataclass(frozen=True, slots=True, repr=False)
class Forecast(Shown):
    """`lines` add up to `total`. `method` is where the figures come from, in a few words."""

    total: ForecastLine
    lines: tuple[ForecastLine, ...]
    method: str
    notes: tuple[str, ...] = ()


def forecast(config: Mapping[str, Any], runs: Sequence[Run], book: PriceBook) -> Forecast:
    """Time, device-hours and money of a run of `config`, as measured on the hardware of most of `runs`.

    Settings that `config` leaves out are those of the run with the most similar settings.

    Args:
        config: nested or flat, as a run would log it.
        runs: the runs to go by.
        book: what a device-hour costs.

    Returns:
        Everything missing, with the reason in the notes, without runs or without times in them.
    """
    flat = dict(flatten(config))
    alike = related(flat, runs)
    chosen = same_hardware(alike.runs)
    seen = [o for run in chosen.runs if (o := observe(run, book)) is not None]
    if not seen:
        return _nothing("no run with recorded times to go by")
    nearest = min(seen, key=lambda o: distance(flat, o.flat))
    filled = fill(flat, nearest)
    times = stage_times(filled.flat, seen, nearest, asked=configured_stages(flat))
    machine = machine_of(chosen.runs[0], Telemetry({}, {}, None), book)
    if not book.states(machine.device) and not nearest.price.is_missing:
        machine = replace(machine, price=nearest.price)  # a record's stated cost is nearer than the book
    lines = tuple(_line(stage, wall, machine) for stage, wall in times.seconds.items())
    total = _line("total", add([line.wall for line in lines], "s", times.method), machine)
    notes = (*alike.notes, *chosen.notes, *filled.notes, *times.notes)
    return Forecast(total, lines, times.method, notes)


def _line(stage: str, wall: Figure, machine: Machine) -> ForecastLine:
    hours = multiply(wall, machine.count, "h", "time x devices", factor=1 / 3600)
    return ForecastLine(stage, wall, hours, multiply(hours, machine.price, "USD", machine.price.source))


def _nothing(why: str) -> Forecast:
    line = ForecastLine("total", Figure.missing(why, "s"), Figure.missing(why, "h"), Figure.missing(why, "USD"))
    return Forecast(line, (), "none", (why,))
