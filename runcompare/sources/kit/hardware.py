"""What a run ran on, where the tracker keeps no record of the machine but its telemetry."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from runcompare.records.run import Hardware

__all__ = ["SeenHardware", "hardware_of", "stated_hardware"]

_DEVICE = re.compile(r"(?:system/)?gpu[/_](?P<index>\d+)[/_][^/]+(?P<node>/l:.+)?")
_KINDS = {"accelerator": str, "accelerator_count": int, "cpu": str, "cpu_count": int, "world_size": int}


class SeenHardware(NamedTuple):
    """`warnings` say what was assumed."""

    hardware: Hardware
    warnings: tuple[str, ...] = ()


def hardware_of(config: Mapping[str, Any], telemetry: Iterable[str]) -> SeenHardware:
    """What the config states under `hardware`, else the devices that the keys in `telemetry` were logged of."""
    stated = _stated(config.get("hardware"))
    seen = {(m["index"], m["node"]) for key in telemetry if (m := _DEVICE.fullmatch(key))}
    if "accelerator_count" in stated or not seen:
        return SeenHardware(Hardware(**stated))
    hardware = Hardware(**stated, accelerator_count=len(seen))
    if len(seen) == 1:
        return SeenHardware(hardware)
    unsure = f"The tracker doesn't say how many of the {len(seen)} GPUs seen the run used: all counted."
    return SeenHardware(hardware, (unsure,))


def stated_hardware(stated: Any) -> Hardware:
    """The fields of a mapping that are of the right type; the others keep their defaults."""
    return Hardware(**_stated(stated))


def _stated(fields: Any) -> dict[str, Any]:
    return {k: v for k, v in fields.items() if _is_kind(k, v)} if isinstance(fields, Mapping) else {}


def _is_kind(name: str, value: Any) -> bool:
    kind = _KINDS.get(name)
    return kind is not None and isinstance(value, kind) and not isinstance(value, bool) and value != ""
