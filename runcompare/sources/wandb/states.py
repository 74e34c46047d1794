"""The words in which W&B states how a run is, or how it ended."""

from types import MappingProxyType

from runcompare.records.run import State

__all__ = ["STATES"]

STATES: MappingProxyType[str, State] = MappingProxyType(
    {
        "finished": "finished",
        "running": "running",
        "crashed": "interrupted",
        "killed": "interrupted",
        "preempting": "interrupted",
        "preempted": "interrupted",
        "failed": "failed",
    }
)
