"""What one run cost, stage by stage: time, devices, device-hours, energy, money, CO2; every figure with its source.

Lines add up to the total. Rules that had to be used (a clock going backwards, samples with gaps, a run still
going) are in `notes`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from runcompare.costs.arithmetic import add, multiply, scale
from runcompare.costs.durations.running import sensible
from runcompare.costs.durations.stages import Part, is_eval
from runcompare.costs.durations.timeline import Timeline, timeline
from runcompare.costs.energy.estimates import grid_intensity, split_idle
from runcompare.costs.energy.telemetry import Telemetry, read_telemetry, share_idle, time_mean
from runcompare.costs.hardware import Machine, machine_of
from runcompare.costs.prices.book import PriceBook
from runcompare.costs.stage_energy import from_stated, line_energy, stated_energy
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Run

__all__ = ["Ledger", "LedgerLine", "ledger"]


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A stage's cost, or the run's. Units: wall s, device_hours h, energy kWh, money USD, co2 kg.

    `devices` counts accelerators, or CPU threads where there was no accelerator. `utilisation` and `idle` are shares
    of sampled time. `energy_at_rest` is what the devices would have drawn doing nothing, `energy_of_work` the rest.
    """

    stage: str
    wall: Figure
    device: str
    devices: Figure
    device_hours: Figure
    energy: Figure
    money: Figure
    co2: Figure
    utilisation: Figure
    idle: Figure
    energy_at_rest: Figure
    energy_of_work: Figure


@dataclass(frozen=True, slots=True)
class Ledger:
    """`lines` in the order that the stages ran in; `price` is what a device-hour was charged at."""

    run_id: str
    lines: tuple[LedgerLine, ...]
    total: LedgerLine
    price: Figure
    notes: tuple[str, ...] = ()

    @property
    def train(self) -> LedgerLine:
        """Everything but evaluation, time between stages included."""
        return _sum("train", [line for line in self.lines if not is_eval(line.stage)], self.total)

    @property
    def eval(self) -> LedgerLine:
        """Evaluation; missing where no stage's name says that it is one."""
        return _sum("eval", [line for line in self.lines if is_eval(line.stage)], self.total)


def ledger(run: Run, book: PriceBook, *, region: str | None = None) -> Ledger:
    """What a run cost. `region` is the grid's country, two letters; the world's average by default.

    A cost that a record states wins over price times device-hours, an energy over
    power samples. Raises UsageError for an unknown region.
    """
    run, odd = sensible(run)
    times = timeline(run)
    notes = [*odd, *times.notes]
    telemetry = read_telemetry(run)
    notes += telemetry.notes
    machine = machine_of(run, telemetry, book, notes)
    price, stated = _price(run, machine, times, notes)
    if (energy := stated_energy(run)) is not None:
        machine, telemetry = from_stated(energy, times, machine), replace(telemetry, power={}, counters={})
    grid = grid_intensity(region)
    lines = tuple(_line(p, times, machine, price, grid, telemetry, notes) for p in times.parts)
    notes += _both_meters(lines, times, machine, telemetry)
    total = _total(lines, times, machine, price, grid, telemetry)
    if stated is not None:
        total = replace(total, money=stated)
    return Ledger(run.id, lines, total, price, tuple(dict.fromkeys(notes)))


def _price(run: Run, machine: Machine, times: Timeline, notes: list[str]) -> tuple[Figure, Figure | None]:
    """USD per device-hour, and the run's cost if a record states one."""
    stated = run.figures.get("cost")
    if stated is None or stated.is_missing:
        return machine.price, None
    if stated.unit not in ("", "$", "USD"):
        notes.append(f"the stated cost is in {stated.unit}: not converted, so no money is shown")
        missing = Figure.missing(f"stated in {stated.unit}", "USD")
        return Figure.missing(missing.source, machine.price.unit), missing
    stated = replace(stated, unit="USD")
    hours = multiply(times.total, machine.count, "h", "", 1 / 3600)
    if hours.is_missing or not hours.mid or stated.mid is None:
        return machine.price, stated
    implied = stated.mid / hours.mid
    source = f"stated cost / {hours.mid:.3g} device-hours"
    weakest = Provenance.weakest(stated.provenance, hours.provenance)
    notes.append(f"the stated cost comes to {implied:.3g} USD per device-hour")
    return Figure(implied, machine.price.unit, provenance=weakest, source=source), stated


def _both_meters(lines: Sequence[LedgerLine], times: Timeline, machine: Machine, telemetry: Telemetry) -> list[str]:
    """What power samples come to beside the energy counters that were gone by."""
    if not telemetry.power or not telemetry.counters or not lines:
        return []
    by_power = replace(telemetry, counters={})
    integrated = add([line_energy(p, times, machine, by_power, []) for p in times.parts], "kWh", "power samples").mid
    counted = add([x.energy for x in lines], "kWh", "counters").mid
    if not integrated or counted is None:
        return []
    return [
        f"energy counters come to {counted:.4g} kWh, integrated power samples to {integrated:.4g} kWh "
        f"({counted / integrated - 1:+.1%}): the counters count"
    ]


def _line(
    part: Part,
    times: Timeline,
    machine: Machine,
    price: Figure,
    grid: Figure,
    telemetry: Telemetry,
    notes: list[str],
) -> LedgerLine:
    hours = multiply(part.wall, machine.count, "h", "wall time x devices", 1 / 3600)
    energy = line_energy(part, times, machine, telemetry, notes)
    rest, work = split_idle(energy, hours, machine.at_rest)
    return LedgerLine(
        part.stage,
        part.wall,
        machine.device,
        machine.count,
        hours,
        energy,
        multiply(hours, price, "USD", f"device-hours x {price.source}"),
        multiply(energy, grid, "kg", grid.source),
        _share(time_mean(telemetry.utilisation, part.spans), 100.0),
        _share(share_idle(telemetry.utilisation, part.spans), 1.0),
        rest,
        work,
    )


def _share(value: float | None, whole: float) -> Figure:
    if value is None:
        return Figure.missing("no utilisation samples")
    return Figure(value / whole, provenance=Provenance.DERIVED, source="utilisation samples")


def _total(
    lines: Sequence[LedgerLine], times: Timeline, machine: Machine, price: Figure, grid: Figure, telemetry: Telemetry
) -> LedgerLine:
    """The run as a whole. Stated ranges of parts don't widen what follows from the run's own time."""
    hours = multiply(times.total, machine.count, "h", "wall time x devices", 1 / 3600)
    energy = multiply(hours, machine.watts, "kWh", machine.watts.source, 1 / 1000)
    rest, work = split_idle(energy, hours, machine.at_rest)
    if telemetry.meters and lines:
        energy, rest, work = (_added([getattr(x, name) for x in lines], lines) for name in _ENERGIES)
    return LedgerLine(
        "total",
        times.total,
        machine.device,
        machine.count,
        hours,
        energy,
        multiply(hours, price, "USD", f"device-hours x {price.source}"),
        multiply(energy, grid, "kg", grid.source),
        _weighted(lines, "utilisation"),
        _weighted(lines, "idle"),
        rest,
        work,
    )


def _sum(stage: str, lines: Sequence[LedgerLine], like: LedgerLine) -> LedgerLine:
    """The sum of lines of one run; missing figures, with the reason, where there is none."""
    if not lines:
        why = f"no {stage} stage was recorded"
        gone: dict[str, Any] = {name: Figure.missing(why, getattr(like, name).unit) for name in (*_ADDED, *_SHARES)}
        return replace(like, stage=stage, **gone)
    sums: dict[str, Any] = {name: _added([getattr(x, name) for x in lines], lines) for name in _ADDED}
    shares: dict[str, Any] = {name: _weighted(lines, name) for name in _SHARES}
    return replace(like, stage=stage, **sums, **shares)


def _added(figures: Sequence[Figure], lines: Sequence[LedgerLine]) -> Figure:
    """The sum, with the parts' own source where they share one."""
    sources = {f.source for f in figures}
    source = sources.pop() if len(sources) == 1 else " + ".join(line.stage for line in lines)
    return add(figures, figures[0].unit, source)


_ENERGIES = ("energy", "energy_at_rest", "energy_of_work")
_ADDED = ("wall", "device_hours", *_ENERGIES, "money", "co2")
_SHARES = ("utilisation", "idle")


def _weighted(lines: Sequence[LedgerLine], name: str) -> Figure:
    """The mean of a share over the lines that have it, by their time."""
    known = [(getattr(x, name), x.wall.value or 0.0) for x in lines if not getattr(x, name).is_missing]
    weight = sum(w for _, w in known)
    if not weight:
        return Figure.missing("no utilisation samples")
    parts = [scale(figure, w / weight, "") for figure, w in known]
    return add(parts, "", "utilisation samples, by time")
