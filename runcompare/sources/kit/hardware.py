"""What a run ran on, from what its tracker saw of one machine and what its config says of the whole job."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from runcompare.records.config import flatten
from runcompare.records.run import Hardware

__all__ = ["JobSize", "SeenHardware", "hardware_of", "hardware_of_job", "job_size", "stated_hardware"]

_DEVICE = re.compile(r"(?:system/)?gpu[/_](?P<index>\d+)[/_][^/]+(?P<node>/l:.+)?")
_KINDS = {"accelerator": str, "accelerator_count": int, "cpu": str, "cpu_count": int, "world_size": int}
_NODES = frozenset({"nnodes", "slurm_nnodes", "slurm_job_num_nodes", "num_machines"})
# what a graph network calls its vertices as well: read only where the settings beside it are a launcher's
_NODES_OF_A_LAUNCHER = frozenset({"num_nodes", "n_nodes"})
_LAUNCHER = re.compile(r"trainer|fabric|launch|distribut|ddp|slurm|cluster|torchrun|accelerate|resources")
_BESIDE = frozenset({"world_size", "devices", "strategy", "accelerator", "gpus", "gpus_per_node", "nproc_per_node"})
_PROCESSES = frozenset({"world_size", "slurm_ntasks"})
_PER_NODE = frozenset({"nproc_per_node", "gpus_per_node", "devices_per_node", "slurm_gpus_on_node"})
_MOST = 1_000_000


class SeenHardware(NamedTuple):
    """`warnings` say what was assumed."""

    hardware: Hardware
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobSize:
    """What a config states of a job: its machines, its processes, and its processes on each machine; None where it
    doesn't say."""

    nodes: int | None = None
    processes: int | None = None
    per_node: int | None = None

    @property
    def all_processes(self) -> int | None:
        """All processes of the job, as stated or from those on each machine."""
        if self.processes is not None or self.per_node is None:
            return self.processes
        return self.per_node * (self.nodes or 1)

    def __str__(self) -> str:
        parts = ((self.nodes, "nodes"), (self.processes, "processes"), (self.per_node, "processes per node"))
        return ", ".join(f"{number} {what}" for number, what in parts if number is not None)


def job_size(config: Mapping[str, Any]) -> JobSize:
    """The size of the job by the usual keys: `num_nodes` and `nnodes`, `world_size`, `nproc_per_node`, Slurm's."""
    found: dict[str, int] = {}
    flat = {path.lower(): value for path, value in flatten(config)}
    for path, value in flat.items():
        number, kind = _count(value), _kind_of_size(path, flat)
        if kind is not None and number is not None:
            found[kind] = max(number, found.get(kind, 0))
    return JobSize(**found)


def _kind_of_size(path: str, flat: Mapping[str, Any]) -> str | None:
    section, _, name = path.rpartition(".")
    if name in _PROCESSES:
        return "processes"
    if name in _PER_NODE:
        return "per_node"
    if name in _NODES:
        return "nodes"
    front = f"{section}." if section else ""
    is_launcher = _LAUNCHER.search(section) or any(front + key in flat for key in _BESIDE)
    return "nodes" if name in _NODES_OF_A_LAUNCHER and is_launcher else None


def _count(value: Any) -> int | None:
    """A count of at least 1; environment variables are texts."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 8:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST else None


def hardware_of(config: Mapping[str, Any], telemetry: Iterable[str]) -> SeenHardware:
    """What the config states under `hardware`, else the devices that the keys in `telemetry` were logged of."""
    stated = _stated(config.get("hardware"))
    if "accelerator_count" in stated:
        return SeenHardware(Hardware(**stated))
    seen = {(m["index"], m["node"]) for key in telemetry if (m := _DEVICE.fullmatch(key))}
    known = Hardware(**stated, accelerator_count=len(seen))
    machines = len({node for _, node in seen})
    found = hardware_of_job(known, config, machines=machines)
    if len(seen) <= 1 or found.warnings:
        return found
    unsure = f"The tracker doesn't say how many of the {len(seen)} GPUs seen the run used: all counted."
    return SeenHardware(found.hardware, (unsure,))


def hardware_of_job(seen: Hardware, config: Mapping[str, Any], *, used: int = 0, machines: int = 1) -> SeenHardware:
    """The hardware of all machines of a job, where the tracker saw that of some.

    Args:
        seen: what the tracker saw; `accelerator_count` counts the devices of the machines that it saw.
        config: the run's config, which may state the size of the job.
        used: on how many of those devices it saw the run's own process; 0 where it doesn't say.
        machines: how many machines it saw.

    Returns:
        The hardware, with `world_size`. Devices are one a process where the config states more of them than were
        seen; `warnings` say so.
    """
    size, here = job_size(config), used or seen.accelerator_count
    nodes, processes = size.nodes or 1, size.all_processes
    if not seen.accelerator_count:
        return _without_accelerators(seen, size)
    count = seen.accelerator_count // max(machines, 1) * nodes if nodes > max(machines, 1) else here
    if processes is not None and (processes > count or (not used and 1 < processes < count)):
        count = processes
    world = max(processes or 1, seen.world_size, count if nodes > max(machines, 1) else 1)
    made = Hardware(seen.accelerator, count, seen.cpu, seen.cpu_count, world)
    if count == here:
        return SeenHardware(made)
    note = f"The tracker saw {seen.accelerator_count} GPUs; the config states {size}: {count} GPUs counted."
    return SeenHardware(made, (note,))


def _without_accelerators(seen: Hardware, size: JobSize) -> SeenHardware:
    if seen.cpu or seen.cpu_count:  # the count is that of the machine, however many processes run on it
        unseen = f"The config states {size}; the tracker saw one machine without accelerators: that one is counted."
        return SeenHardware(seen, (unseen,) if (size.nodes or 1) > 1 else ())
    world = max(size.all_processes or size.nodes or 1, seen.world_size)
    return SeenHardware(Hardware(seen.accelerator, 0, None, None, world))


def stated_hardware(stated: Any) -> Hardware:
    """The fields of a mapping that are of the right type; the others keep their defaults."""
    return Hardware(**_stated(stated))


def _stated(fields: Any) -> dict[str, Any]:
    return {k: v for k, v in fields.items() if _is_kind(k, v)} if isinstance(fields, Mapping) else {}


def _is_kind(name: str, value: Any) -> bool:
    kind = _KINDS.get(name)
    return kind is not None and isinstance(value, kind) and not isinstance(value, bool) and value != ""
