"""The energy of one stage: from counters or power samples where there are any, else from the devices' power range."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from runcompare.costs.arithmetic import multiply, scale
from runcompare.costs.durations.spans import Span, length
from runcompare.costs.durations.stages import Part
from runcompare.costs.durations.timeline import Timeline
from runcompare.costs.energy.counters import Steps, counted_energy
from runcompare.costs.energy.telemetry import Samples, Telemetry, integrate
from runcompare.costs.hardware import Machine
from runcompare.records.counted import counted
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Run

__all__ = ["StageEnergy", "from_stated", "line_energy", "stated_energy"]

JOULES_PER_KWH = 3.6e6
WELL_COVERED = 0.95
_KWH = {"": 1.0, "kWh": 1.0, "Wh": 1e-3, "MJ": 1 / 3.6, "J": 1 / JOULES_PER_KWH}


def stated_energy(run: Run) -> Figure | None:
    """kWh of the run by an energy counter that it logged (codecarbon's), or as a record states it."""
    stated = run.figures.get("energy")
    if stated is not None and stated.unit in _KWH and not stated.is_missing:
        return scale(stated, _KWH[stated.unit], stated.source, "kWh")
    return counted_energy(run)


def from_stated(energy: Figure, times: Timeline, machine: Machine) -> Machine:
    """The machine with the mean power that a stated energy comes to, so that stages share it by time."""
    hours = multiply(times.total, machine.count, "h", "", factor=1 / 3600).mid
    if not hours:
        return machine
    return replace(machine, watts=scale(energy, 1000 / hours, energy.source, "W"))


class StageEnergy(NamedTuple):
    """kWh of a stage's devices, and the rules that were needed."""

    energy: Figure
    notes: tuple[str, ...] = ()


def line_energy(part: Part, times: Timeline, machine: Machine, telemetry: Telemetry) -> StageEnergy:
    """Energy of a stage. Time without samples draws the mean power of the time with samples.

    Args:
        part: the stage and its time.
        times: the run's timeline, for when it ran where the stage's own moments are not known.
        machine: how many devices there are, and the power of one where nothing was sampled.
        telemetry: what was sampled.
    """
    if part.wall.value == 0:
        return StageEnergy(Figure(0.0, "kWh", provenance=part.wall.provenance, source="no time"))
    if not telemetry.meters or part.wall.value is None:
        hours = multiply(part.wall, machine.count, "h", "", factor=1 / 3600)
        return StageEnergy(multiply(hours, machine.watts, "kWh", machine.watts.source, factor=1 / 1000))
    window = _window(part, times, telemetry)
    found = _metered(window.spans, times.running, telemetry)
    energy, notes = found.energy, []
    if found.coverage < WELL_COVERED:
        covered = f"{found.coverage:.0%} of {part.stage}"
        notes.append(f"{_kind(telemetry)} have gaps: they cover {covered}; the rest at mean power")
    if window.shared and (seconds := length(window.spans)):
        energy = scale(energy, part.wall.value / seconds, f"{energy.source}, shared by time")
    sampled = len(telemetry.meters)
    devices = machine.count.value or float(sampled)
    if devices == sampled:
        return StageEnergy(energy, tuple(notes))
    notes.append(f"power was sampled on {sampled} of {counted(devices, 'device')}: scaled up")
    scaled = scale(energy, devices / sampled, f"{energy.source}, scaled to {devices:g}")
    return StageEnergy(replace(scaled, provenance=Provenance.ESTIMATED), tuple(notes))


class _Window(NamedTuple):
    """When to integrate; `shared` if the stage's share by time must be taken of it, its own moments not being known."""

    spans: Sequence[Span]
    shared: bool


def _window(part: Part, times: Timeline, telemetry: Telemetry) -> _Window:
    if part.spans:
        return _Window(part.spans, False)
    if times.running:
        return _Window(times.running, True)
    ends = [_reach(s) for s in telemetry.meters.values()]
    return _Window([(min(a for a, _ in ends), max(b for _, b in ends))], True)


class _Metered(NamedTuple):
    """kWh of the devices that were sampled, and the share of the time that the samples cover."""

    energy: Figure
    coverage: float


def _metered(spans: Sequence[Span], running: Sequence[Span], telemetry: Telemetry) -> _Metered:
    filled = [_filled(meter, spans, running) for meter in telemetry.meters.values()]
    n, seconds, what = len(filled), length(spans), _kind(telemetry)
    kwh = sum(f.joules for f in filled) / JOULES_PER_KWH
    coverage = sum(f.covered for f in filled) / (n * seconds) if seconds else 0.0
    if coverage >= WELL_COVERED:
        figure = Figure(kwh, "kWh", provenance=Provenance.DERIVED, source=f"{what} of {counted(n, 'device')}")
        return _Metered(figure, coverage)
    low, high = sum(f.low for f in filled) / JOULES_PER_KWH, sum(f.high for f in filled) / JOULES_PER_KWH
    source = f"{what} of {counted(n, 'device')} cover {coverage:.0%} of the time; the rest at mean power"
    return _Metered(Figure(kwh, "kWh", low, high, Provenance.ESTIMATED, source), coverage)


def _reach(meter: Samples | Steps) -> Span:
    first, last = (meter.start, meter.end) if isinstance(meter, Steps) else (meter.time, meter.time)
    return float(first[0]), float(last[-1])


def _kind(telemetry: Telemetry) -> str:
    sampled = "power samples" if set(telemetry.power) - set(telemetry.counters) else ""
    return " and ".join(filter(None, ("energy counters" if telemetry.counters else "", sampled)))


class _Filled(NamedTuple):
    """Joules of one device with gaps at mean power, the seconds that were covered, and the joules of the covered
    seconds alone (`low`) and with gaps at peak power (`high`)."""

    joules: float
    covered: float
    low: float
    high: float


def _filled(samples: Samples | Steps, spans: Sequence[Span], running: Sequence[Span]) -> _Filled:
    here = integrate(samples, spans)
    missing = max(0.0, length(spans) - here.covered)
    basis = here if here.covered else integrate(samples, running)
    mean = basis.joules / basis.covered if basis.covered else _mean_watts(samples)
    return _Filled(here.joules + mean * missing, here.covered, here.joules, here.joules + here.peak * missing)


def _mean_watts(meter: Samples | Steps) -> float:
    return float((meter.watts if isinstance(meter, Steps) else meter.value).mean())
