"""What of an energy the devices would have drawn anyway: power at rest x device-hours; the rest is the work's.

Power at rest: the T4's 8 W, V100's 35 W and A100's 46 W in Cloud Carbon Footprint, Methodology, appendix III; of other
accelerators the same share of the power limit (11 %); 0.71 W a CPU thread (appendix I). Estimates all.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from runcompare.costs.arithmetic import multiply, subtract
from runcompare.costs.energy.estimates import IDLE_SHARE, THREAD_WATTS
from runcompare.costs.prices.devices import identify
from runcompare.records.figure import Figure, Provenance

__all__ = ["IDLE_WATTS", "idle_watts", "split_idle", "thread_idle_watts"]

SOURCE = "Cloud Carbon Footprint"
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


def split_idle(energy: Figure, device_hours: Figure, watts: Figure) -> tuple[Figure, Figure]:
    """kWh at rest and kWh of the work, which add up to `energy`; at rest never more than all of it."""
    if energy.is_missing:
        missing = Figure.missing(energy.source, "kWh")
        return missing, missing
    rest = _at_most(multiply(device_hours, watts, "kWh", watts.source, 1 / 1000), energy)
    work = subtract(energy, rest, f"energy less {watts.source}")
    return rest, work


def _at_most(rest: Figure, energy: Figure) -> Figure:
    most = energy.value if energy.value is not None else energy.high
    if rest.is_missing or most is None:
        return rest
    value, low, high = (None if x is None else min(x, most) for x in (rest.value, rest.low, rest.high))
    return replace(rest, value=value, low=low, high=high)
