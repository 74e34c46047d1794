"""The energy of one stage: from counters or power samples where there are any, else from the devices' power range."""

from collections.abc import Sequence
from dataclasses import replace

from runcompare.costs.arithmetic import multiply, scale
from runcompare.costs.durations.spans import Span, length
from runcompare.costs.durations.stages import Part
from runcompare.costs.durations.timeline import Timeline
from runcompare.costs.energy.counters import Steps, counted_energy
from runcompare.costs.energy.telemetry import Samples, Telemetry, integrate
from runcompare.costs.hardware import Machine
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Run

__all__ = ["from_stated", "line_energy", "stated_energy"]

JOULES_PER_KWH = 3.6e6
WELL_COVERED = 0.95
_KWH = {"": 1.0, "kWh": 1.0, "Wh": 1e-3, "MJ": 1 / 3.6, "J": 1 / JOULES_PER_KWH}


def stated_energy(run: Run) -> Figure | None:
    """kWh of the run by an energy counter that it logged (codecarbon's), or as a record states it."""
    stated = run.figures.get("energy")
    if stated is not None and stated.unit in _KWH and not stated.is_missing:
        return scale(stated, _KWH[stated.unit], stated.source, "kWh")
    counted = counted_energy(run)
    return None if counted is None else Figure(counted[0], "kWh", source=counted[1])


def from_stated(energy: Figure, times: Timeline, machine: Machine) -> Machine:
    """The machine with the mean power that a stated energy comes to, so that stages share it by time."""
    hours = multiply(times.total, machine.count, "h", "", 1 / 3600).mid
    if not hours:
        return machine
    return replace(machine, watts=scale(energy, 1000 / hours, energy.source, "W"))


def line_energy(part: Part, times: Timeline, machine: Machine, telemetry: Telemetry, notes: list[str]) -> Figure:
    """kWh of a stage's devices. Time without samples draws the mean power of the time with samples."""
    if part.wall.value == 0:
        return Figure(0.0, "kWh", provenance=part.wall.provenance, source="no time")
    if not telemetry.meters or part.wall.value is None:
        hours = multiply(part.wall, machine.count, "h", "", 1 / 3600)
        return multiply(hours, machine.watts, "kWh", machine.watts.source, 1 / 1000)
    spans, shared = _where(part, times, telemetry)
    seconds = length(spans)
    what = _kind(telemetry)
    measured = [_filled(samples, spans, times.running) for samples in telemetry.meters.values()]
    known = Figure(
        sum(joules for joules, _, _, _ in measured) / JOULES_PER_KWH,
        "kWh",
        provenance=Provenance.DERIVED,
        source=f"{what} of {len(measured)} device(s)",
    )
    coverage = sum(covered for _, covered, _, _ in measured) / (len(measured) * seconds) if seconds else 0.0
    if coverage < WELL_COVERED:
        low = sum(joules for _, _, joules, _ in measured) / JOULES_PER_KWH
        high = sum(joules for _, _, _, joules in measured) / JOULES_PER_KWH
        source = f"{what} of {len(measured)} device(s) cover {coverage:.0%} of the time; the rest at mean power"
        known = Figure(known.value, "kWh", low, high, Provenance.ESTIMATED, source)
        notes.append(f"{what} have gaps: they cover {coverage:.0%} of {part.stage}; the rest at mean power")
    if shared:
        known = scale(known, part.wall.value / seconds, f"{known.source}, shared by time") if seconds else known
    devices = machine.count.value or float(len(measured))
    if devices == len(measured):
        return known
    notes.append(f"power was sampled on {len(measured)} of {devices:g} device(s): scaled up")
    scaled = scale(known, devices / len(measured), f"{known.source}, scaled to {devices:g}")
    return Figure(scaled.value, "kWh", scaled.low, scaled.high, Provenance.ESTIMATED, scaled.source)


def _where(part: Part, times: Timeline, telemetry: Telemetry) -> tuple[Sequence[Span], bool]:
    """When to integrate, and whether the stage's share must be taken of it because its own moments are not known."""
    if part.spans:
        return part.spans, False
    if times.running:
        return times.running, True
    ends = [_reach(s) for s in telemetry.meters.values()]
    return [(min(a for a, _ in ends), max(b for _, b in ends))], True


def _reach(meter: Samples | Steps) -> Span:
    first, last = (meter.start, meter.end) if isinstance(meter, Steps) else (meter.time, meter.time)
    return float(first[0]), float(last[-1])


def _kind(telemetry: Telemetry) -> str:
    sampled = "power samples" if set(telemetry.power) - set(telemetry.counters) else ""
    return " and ".join(filter(None, ("energy counters" if telemetry.counters else "", sampled)))


def _filled(
    samples: Samples | Steps, spans: Sequence[Span], running: Sequence[Span]
) -> tuple[float, float, float, float]:
    """Joules with gaps filled at mean power, seconds covered, joules measured alone, joules filled at peak power."""
    here = integrate(samples, spans)
    missing = max(0.0, length(spans) - here.covered)
    basis = here if here.covered else integrate(samples, running)
    mean = basis.joules / basis.covered if basis.covered else _mean_watts(samples)
    return here.joules + mean * missing, here.covered, here.joules, here.joules + here.peak * missing


def _mean_watts(meter: Samples | Steps) -> float:
    return float((meter.watts if isinstance(meter, Steps) else meter.value).mean())
