"""Energy of devices without power samples, and the carbon of a kilowatt-hour: estimates with their sources.

- An accelerator draws between 11 % of its power limit (idle: the A100's 46 of 407 W, V100's 35 of 306 W and T4's 8 of
  71 W in Cloud Carbon Footprint, Methodology, appendix III) and the limit itself (data sheets, see `devices`).
- A CPU thread draws 0.71 to 4.26 W, idle to busy: the lowest and highest per-vCPU coefficients of AWS, Azure and
  Google in Cloud Carbon Footprint, Methodology, appendix I.
- Grids: gCO2e/kWh in 2023, Ember through Our World in Data (CC BY 4.0), as packaged by codecarbon 3.3.2.

Only the devices' own energy counts: no host, no cooling.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from runcompare.costs.arithmetic import multiply, subtract
from runcompare.costs.prices.devices import identify
from runcompare.errors import UsageError, did_you_mean
from runcompare.records.figure import Figure, Provenance

__all__ = [
    "GRIDS",
    "IDLE_WATTS",
    "WORLD",
    "IdleSplit",
    "device_watts",
    "grid_intensity",
    "idle_watts",
    "split_idle",
    "thread_idle_watts",
    "thread_watts",
]

SOURCE = "Cloud Carbon Footprint"
IDLE_SHARE = 0.11
THREAD_WATTS = (0.71, 4.26)
WORLD = "world"
GRIDS: Mapping[str, float] = MappingProxyType(
    {
        "AU": 548.7,
        "BR": 98.3,
        "CA": 170.0,
        "CH": 34.8,
        "CN": 582.3,
        "DE": 381.0,
        "ES": 174.1,
        "FI": 79.2,
        "FR": 56.0,
        "GB": 237.6,
        "IE": 290.8,
        "IN": 713.4,
        "IT": 330.7,
        "JP": 485.4,
        "KR": 430.6,
        "NL": 267.6,
        "NO": 30.1,
        "PL": 661.9,
        "SE": 40.7,
        "SG": 470.8,
        "TW": 642.4,
        "US": 369.5,
        WORLD: 481.0,
        "ZA": 707.7,
    }
)


def device_watts(device_name: str) -> Figure:
    """The range of power that one accelerator may draw, or missing for a device that we don't know."""
    device = identify(device_name)
    if device is None:
        return Figure.missing(f"no power samples, and the power limit of '{device_name}' is not known", "W")
    low, high = IDLE_SHARE * device.watts[0], device.watts[1]
    source = f"no power samples: {IDLE_SHARE:.0%} (idle) to 100 % of the power limit"
    return Figure(None, "W", low, high, Provenance.ESTIMATED, source)


def thread_watts() -> Figure:
    """The range of power that one CPU thread may draw."""
    low, high = THREAD_WATTS
    source = f"{low} to {high} W a thread (Cloud Carbon Footprint, idle to busy)"
    return Figure(None, "W", low, high, Provenance.ESTIMATED, source)


def grid_intensity(region: str | None) -> Figure:
    """kg CO2e per kWh of a country (ISO 3166 two-letter code), or of the world. Raises UsageError if unknown."""
    known = {name.lower(): name for name in GRIDS}
    name = known.get((region or WORLD).lower())
    if name is None:
        hint = did_you_mean(str(region), GRIDS) or f"Known: {', '.join(GRIDS)}."
        raise UsageError(f"No grid intensity is known for region '{region}'.", hint=hint)
    source = f"grid of {name}, {GRIDS[name]:g} gCO2e/kWh (2023, Ember and Our World in Data)"
    return Figure(GRIDS[name] / 1000, "kg/kWh", provenance=Provenance.ASSUMED, source=source)


IDLE_WATTS: Mapping[str, float] = MappingProxyType(
    {"A100-40GB": 46.0, "A100-80GB": 46.0, "T4": 8.0, "V100-16GB": 35.0}  # by the price book's names
)


def idle_watts(device_name: str) -> Figure:
    """Watts that one accelerator draws at rest, or missing for a device that we don't know."""
    device = identify(device_name)
    if device is None:
        return Figure.missing(f"the power of '{device_name}' at rest is not known", "W")
    known = {IDLE_WATTS.get(key) for key in device.keys}
    if len(known) == 1 and (watts := known.pop()) is not None:
        return Figure(watts, "W", provenance=Provenance.ESTIMATED, source=f"{watts:g} W a device at rest ({SOURCE})")
    low, high = (IDLE_SHARE * w for w in device.watts)
    span = f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"
    source = f"{span} W a device at rest: {IDLE_SHARE:.0%} of its power limit ({SOURCE}'s share)"
    if low == high:
        return Figure(low, "W", provenance=Provenance.ESTIMATED, source=source)
    return Figure(None, "W", low, high, Provenance.ESTIMATED, source)


def thread_idle_watts() -> Figure:
    """Watts of one CPU thread at rest."""
    watts = THREAD_WATTS[0]
    return Figure(watts, "W", provenance=Provenance.ESTIMATED, source=f"{watts} W a thread at rest ({SOURCE})")


class IdleSplit(NamedTuple):
    """kWh that the devices would have drawn at rest, and kWh of the work."""

    at_rest: Figure
    of_work: Figure


def split_idle(energy: Figure, device_hours: Figure, watts: Figure) -> IdleSplit:
    """Energy at rest, never more than all of it, and that of the work, which add up to `energy`.

    Args:
        energy: kWh.
        device_hours: hours times devices.
        watts: what one device draws at rest.
    """
    if energy.is_missing:
        missing = Figure.missing(energy.source, "kWh")
        return IdleSplit(missing, missing)
    rest = _at_most(multiply(device_hours, watts, "kWh", watts.source, factor=1 / 1000), energy)
    return IdleSplit(rest, subtract(energy, rest, f"energy less {watts.source}"))


def _at_most(rest: Figure, energy: Figure) -> Figure:
    most = energy.value if energy.value is not None else energy.high
    if rest.is_missing or most is None:
        return rest
    value, low, high = (None if x is None else min(x, most) for x in (rest.value, rest.low, rest.high))
    return replace(rest, value=value, low=low, high=high)
