"""Groups of runs that hold final values and a config, and no curve."""

from collections.abc import Mapping, Sequence
from typing import Any

from runcompare.records.run import Group, Run, RunInfo


def summed(run_id: str, summary: Mapping[str, float], *, seed: int | None = None, **config: Any) -> Run:
    """A run that ended with these values."""
    settings = {**config, **({} if seed is None else {"seed": seed})}
    info = RunInfo(run_id, run_id, "test", run_id, state="finished", seed=seed)
    return Run(info, config=settings, summary=dict(summary))


def summed_group(label: str, key: str, values: Sequence[float], **config: Any) -> Group:
    """Seeds 0, 1, 2, ... of one config with these final values of `key`."""
    runs = (summed(f"{label}{i}", {key: value}, seed=i, **config) for i, value in enumerate(values))
    return Group(label, label, tuple(runs))
