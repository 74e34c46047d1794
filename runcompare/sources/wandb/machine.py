"""The machine that a W&B run ran on: by the log's environment records, or by `wandb-metadata.json`."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from runcompare.records.run import Hardware
from runcompare.sources.kit.hardware import SeenHardware, hardware_of_job

__all__ = ["SeenMachine", "hardware_on", "machine_of_environments", "machine_of_metadata"]

_GPU_USED = re.compile(r"(?:system\.)?gpu\.process\.(\d+)\.")


@dataclass(frozen=True, slots=True)
class SeenMachine:
    """What W&B saw of one machine: all its accelerators, whether the run used them or not."""

    accelerator: str | None = None
    accelerator_count: int = 0
    cpu: str | None = None
    cpu_count: int | None = None


def machine_of_environments(environments: Iterable[Any]) -> SeenMachine:
    """The machine of a log's environment records; what a later one states counts."""
    names: list[str] = []
    count, cpu, threads = 0, None, None
    for env in environments:
        cards = [_text(gpu.name) for gpu in env.gpu_nvidia] + [_text(gpu.model or gpu.series) for gpu in env.gpu_amd]
        if cards or env.gpu_type:
            names, count = cards or [_text(env.gpu_type)], int(env.gpu_count) or len(cards) or 1
        cpu = _text(env.cpu.model) or cpu
        threads = int(env.cpu_count_logical or env.cpu_count) or threads
    return SeenMachine(_kinds(names), count, cpu, threads)


def machine_of_metadata(metadata: Any) -> SeenMachine:
    """The machine in what `wandb-metadata.json` holds, of any version."""
    known: Mapping[str, Any] = metadata if isinstance(metadata, Mapping) else {}
    cards = [c for key in ("gpu_nvidia", "gpu_amd", "gpu_devices") for c in _mappings(known.get(key))]
    names = [name for c in cards if (name := _word(c.get("name") or c.get("model") or c.get("series")))]
    names = names or [name for name in [_word(known.get("gpu"))] if name]
    cpu = known.get("cpu")
    return SeenMachine(
        _kinds(names),
        _count(known.get("gpu_count")) or len(cards) or int(bool(names)),
        _word(cpu.get("model")) if isinstance(cpu, Mapping) else None,
        _count(known.get("cpu_count_logical")) or _count(known.get("cpu_count")) or None,
    )


def hardware_on(machine: SeenMachine, config: Mapping[str, Any], telemetry: Iterable[str]) -> SeenHardware:
    """What the run ran on. What the config states under `hardware` counts, else the devices that telemetry saw its
    process on, else all of the machine's; and those of the job's other machines."""
    own = config.get("hardware")
    stated: Mapping[str, Any] = own if isinstance(own, Mapping) else {}
    used = len({m[1] for key in telemetry if (m := _GPU_USED.match(key))})
    cpu = _word(stated.get("cpu")) or machine.cpu
    threads = _count(stated.get("cpu_count")) or machine.cpu_count
    name = machine.accelerator or _word(stated.get("accelerator"))
    if _is_count(stated.get("accelerator_count")):
        world = max(1, _count(stated.get("world_size")))
        # of several processes W&B sees its own only: one device of it says nothing of the others'
        count = used if used > 1 or used == world else _count(stated["accelerator_count"])
        return SeenHardware(Hardware(name if count else None, count, cpu, threads, world))
    there = machine.accelerator_count or used
    seen = Hardware(name if there else None, there, cpu, threads, max(1, _count(stated.get("world_size"))))
    found = hardware_of_job(seen, config, used=used)
    if there <= 1 or used or found.warnings:
        return found
    unsure = f"The log doesn't say how many of the machine's {there} GPUs the run used: all counted."
    return SeenHardware(found.hardware, (unsure,))


def _kinds(names: Iterable[str]) -> str | None:
    return " + ".join(dict.fromkeys(names)) or None


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _is_count(stated: Any) -> bool:
    return isinstance(stated, int) and not isinstance(stated, bool) and stated >= 0


def _count(stated: Any) -> int:
    """A count; 0 for anything else."""
    return int(stated) if _is_count(stated) else 0


def _word(stated: Any) -> str | None:
    return stated if isinstance(stated, str) and stated else None
