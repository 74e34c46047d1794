"""What one run cost, stage by stage: time, devices, device-hours, energy, money, CO2; every figure with its source.

Lines add up to the total. Rules that had to be used (a clock going backwards, samples with gaps, a run still
going) are in `notes`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from runcompare.costs.arithmetic import add, multiply
from runcompare.costs.durations.running import cleaned
from runcompare.costs.durations.stages import Part, is_eval
from runcompare.costs.durations.timeline import Timeline, timeline
from runcompare.costs.energy.estimates import grid_intensity, split_idle
from runcompare.costs.energy.telemetry import Telemetry, read_telemetry, share_idle, time_mean
from runcompare.costs.hardware import Machine, machine_of
from runcompare.costs.lines import ENERGIES, LedgerLine, added, sum_lines, weighted
from runcompare.costs.prices.book import PriceBook
from runcompare.costs.stage_energy import from_stated, line_energy, stated_energy
from runcompare.errors import UsageError
from runcompare.records.conventions import canonical
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Run

__all__ = ["FIELDS", "Ledger", "LedgerLine", "figure_of", "ledger"]

FIELDS = ("co2", "device_hours", "energy", "money", "wall")


@dataclass(frozen=True, slots=True)
class Ledger:
    """`lines` in the order that the stages ran in; `price` is what a device-hour was charged at.

    `eval` is evaluation, known by the names of stages and missing where there is none; `train` is everything else,
    time between stages included.
    """

    run_id: str
    lines: tuple[LedgerLine, ...]
    total: LedgerLine
    train: LedgerLine
    eval: LedgerLine
    price: Figure
    notes: tuple[str, ...] = ()

    def stage(self, name: str) -> LedgerLine:
        """A stage under its one name (see `conventions.canonical`); missing where the run does not have it."""
        lines = [line for line in self.lines if canonical(line.stage) == name]
        return sum_lines(name, lines, self.total, lacking=f"no time was logged for {name}")


def figure_of(ledger: Ledger, field: str, stage: str | None = None) -> Figure:
    """One figure of a run.

    Args:
        ledger: the run's ledger.
        field: `wall`, `device_hours`, `energy`, `money` or `co2`; of the whole run, unless `train.` or `eval.` stands
            before it.
        stage: the one name of a stage, for the figure of that stage.

    Raises:
        UsageError: for an unknown field.
    """
    part, _, name = field.rpartition(".")
    if part not in ("", "train", "eval", "total") or name not in FIELDS:
        hint = f"Fields: {', '.join(FIELDS)}, or train.wall, eval.wall..."
        raise UsageError(f"A ledger has no '{field}'.", hint=hint)
    line = ledger.stage(stage) if stage is not None else getattr(ledger, part or "total")
    figure: Figure = getattr(line, name)
    return figure


def ledger(run: Run, book: PriceBook, *, region: str | None = None) -> Ledger:
    """What a run cost.

    A cost that a record states wins over price x device-hours, an energy over power samples.

    Args:
        run: the run; amounts and times in it that make no sense are left out, and noted.
        book: what a device-hour costs.
        region: the country of the power grid, two letters; the world's average by default.

    Raises:
        UsageError: for an unknown region.
    """
    run, odd = cleaned(run)
    times, telemetry = timeline(run), read_telemetry(run)
    machine = machine_of(run, telemetry, book)
    charge = _charge(run, machine, times)
    notes = [*odd, *times.notes, *telemetry.notes, *machine.notes, *charge.notes]
    if (energy := stated_energy(run)) is not None:
        machine, telemetry = from_stated(energy, times, machine), replace(telemetry, power={}, counters={})
    basis = _Basis(times, machine, charge.price, grid_intensity(region), telemetry)
    found = [_line(part, basis) for part in times.parts]
    lines = tuple(x.line for x in found)
    total = _total(lines, basis)
    if charge.stated is not None:
        total = replace(total, money=charge.stated)
    notes += [note for x in found for note in x.notes] + _both_meters(lines, basis)
    return Ledger(
        run_id=run.id,
        lines=lines,
        total=total,
        train=_part("train", [line for line in lines if not is_eval(line.stage)], total),
        eval=_part("eval", [line for line in lines if is_eval(line.stage)], total),
        price=charge.price,
        notes=tuple(dict.fromkeys(notes)),
    )


def _part(name: str, lines: Sequence[LedgerLine], total: LedgerLine) -> LedgerLine:
    return sum_lines(name, lines, total, lacking=f"no {name} stage was recorded")


class _Charge(NamedTuple):
    """USD per device-hour, and the run's cost in USD if a record states one."""

    price: Figure
    stated: Figure | None = None
    notes: tuple[str, ...] = ()


def _charge(run: Run, machine: Machine, times: Timeline) -> _Charge:
    stated = run.figures.get("cost")
    if stated is None or stated.is_missing:
        return _Charge(machine.price)
    if stated.unit not in ("", "$", "USD"):
        missing = Figure.missing(f"stated in {stated.unit}", "USD")
        note = f"the stated cost is in {stated.unit}: not converted, so no money is shown"
        return _Charge(Figure.missing(missing.source, machine.price.unit), missing, (note,))
    stated = replace(stated, unit="USD")
    hours = multiply(times.total, machine.count, "h", "", factor=1 / 3600)
    if hours.is_missing or not hours.mid or stated.mid is None:
        return _Charge(machine.price, stated)
    implied = stated.mid / hours.mid
    source = f"stated cost / {hours.mid:.3g} device-hours"
    weakest = Provenance.weakest(stated.provenance, hours.provenance)
    price = Figure(implied, machine.price.unit, provenance=weakest, source=source)
    return _Charge(price, stated, (f"the stated cost comes to {implied:.3g} USD per device-hour",))


class _Basis(NamedTuple):
    """What the lines of one run are computed from; `grid` is kg CO2 per kWh."""

    times: Timeline
    machine: Machine
    price: Figure
    grid: Figure
    telemetry: Telemetry


class _Noted(NamedTuple):
    line: LedgerLine
    notes: tuple[str, ...]


def _line(part: Part, basis: _Basis) -> _Noted:
    found = line_energy(part, basis.times, basis.machine, basis.telemetry)
    hours = multiply(part.wall, basis.machine.count, "h", "wall time x devices", factor=1 / 3600)
    energies = (found.energy, *split_idle(found.energy, hours, basis.machine.at_rest))
    utilised = _share(time_mean(basis.telemetry.utilisation, part.spans), 100.0)
    idle = _share(share_idle(basis.telemetry.utilisation, part.spans), 1.0)
    line = _costed(part.stage, part.wall, basis, energies=energies, shares=(utilised, idle))
    return _Noted(line, found.notes)


def _total(lines: Sequence[LedgerLine], basis: _Basis) -> LedgerLine:
    """The run as a whole. Stated ranges of parts don't widen what follows from the run's own time."""
    machine, wall = basis.machine, basis.times.total
    hours = multiply(wall, machine.count, "h", "wall time x devices", factor=1 / 3600)
    energy = multiply(hours, machine.watts, "kWh", machine.watts.source, factor=1 / 1000)
    energies: Sequence[Figure] = (energy, *split_idle(energy, hours, machine.at_rest))
    if basis.telemetry.meters and lines:
        energies = [added(lines, name) for name in ENERGIES]
    shares = weighted(lines, "utilisation"), weighted(lines, "idle")
    return _costed("total", wall, basis, energies=energies, shares=shares)


def _costed(
    stage: str, wall: Figure, basis: _Basis, *, energies: Sequence[Figure], shares: Sequence[Figure]
) -> LedgerLine:
    """A line from its time, its three energies, and its two shares of utilisation."""
    machine, price, grid = basis.machine, basis.price, basis.grid
    hours = multiply(wall, machine.count, "h", "wall time x devices", factor=1 / 3600)
    energy, rest, work = energies
    utilised, idle = shares
    return LedgerLine(
        stage=stage,
        wall=wall,
        device=machine.device,
        devices=machine.count,
        device_hours=hours,
        energy=energy,
        money=multiply(hours, price, "USD", f"device-hours x {price.source}"),
        co2=multiply(energy, grid, "kg", grid.source),
        utilisation=utilised,
        idle=idle,
        energy_at_rest=rest,
        energy_of_work=work,
    )


def _share(value: float | None, whole: float) -> Figure:
    if value is None:
        return Figure.missing("no utilisation samples")
    return Figure(value / whole, provenance=Provenance.DERIVED, source="utilisation samples")


def _both_meters(lines: Sequence[LedgerLine], basis: _Basis) -> list[str]:
    """What power samples come to beside the energy counters, which the lines go by."""
    telemetry, times = basis.telemetry, basis.times
    if not telemetry.power or not telemetry.counters or not lines:
        return []
    by_power = replace(telemetry, counters={})
    sampled = [line_energy(part, times, basis.machine, by_power).energy for part in times.parts]
    integrated = add(sampled, "kWh", "power samples").mid
    counted = add([line.energy for line in lines], "kWh", "counters").mid
    if not integrated or counted is None:
        return []
    return [
        f"energy counters come to {counted:.4g} kWh, integrated power samples to {integrated:.4g} kWh "
        f"({counted / integrated - 1:+.1%}): the counters count"
    ]
