"""What a run ran on, where the tracker keeps no record of the machine but its telemetry."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from runcompare.records.run import Hardware

__all__ = ["hardware_of"]

_DEVICE = re.compile(r"(?:system/)?gpu[/_](?P<index>\d+)[/_][^/]+(?P<node>/l:.+)?")
_KINDS = {"accelerator": str, "accelerator_count": int, "cpu": str, "cpu_count": int, "world_size": int}


def hardware_of(config: Mapping[str, Any], telemetry: Iterable[str]) -> tuple[Hardware, list[str]]:
    """What the config states under `hardware`, else the devices that telemetry was logged of; and warnings."""
    own = config.get("hardware")
    stated = {k: v for k, v in own.items() if _is_kind(k, v)} if isinstance(own, Mapping) else {}
    seen = {(m["index"], m["node"]) for key in telemetry if (m := _DEVICE.fullmatch(key))}
    if "accelerator_count" in stated or not seen:
        return Hardware(**stated), []
    warnings = []
    if len(seen) > 1:
        warnings.append(f"The tracker doesn't say how many of the {len(seen)} GPUs seen the run used: all counted.")
    return Hardware(**stated, accelerator_count=len(seen)), warnings


def _is_kind(name: str, value: Any) -> bool:
    kind = _KINDS.get(name)
    return kind is not None and isinstance(value, kind) and not isinstance(value, bool) and value != ""
