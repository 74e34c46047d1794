"""Runs whose seed gives both sides a common part: the same initial weights, the same batches."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from runcompare.records.run import Group, Run, RunInfo

SAME: Mapping[str, Any] = {"dataset": "d", "batch_size": 8, "model": "m"}  # what pairs that are found have in common
KEY = "val/loss"


def seeded_run(name: str, seed: int | None, value: float | None, *, state: Any = "finished", **more: Any) -> Run:
    """A run with one result and nothing else; `config` goes on top of `SAME`."""
    info = RunInfo(f"{name}-s{seed}", f"{name}-s{seed}", "made", f"/{name}/{seed}", group=name, seed=seed, state=state)
    config = {**SAME, "lr": name, **more.pop("config", {})}
    summary = {} if value is None else {KEY: value}
    return Run(info, config={k: v for k, v in config.items() if v is not None}, summary=summary, **more)


def seeded_group(name: str, values: Mapping[int, float | None] | Sequence[float], **more: Any) -> Group:
    """A group of runs by seed; a list of values has the seeds 0, 1, ..."""
    by_seed = values if isinstance(values, Mapping) else dict(enumerate(values))
    runs = tuple(seeded_run(name, seed, value, **more) for seed, value in by_seed.items())
    return Group(name, name, runs)


def shared_values(
    rng: np.random.Generator, names: Iterable[str], seeds: int, *, rho: float, sd: float = 0.05
) -> dict[str, list[float]]:
    """Values of each name's runs, by seed: `rho` of their variance is the seed's, the same for all names."""
    common = math.sqrt(rho) * rng.normal(size=seeds)
    return {n: list(np.exp(sd * (common + math.sqrt(1 - rho) * rng.normal(size=seeds)))) for n in names}


def earlier_groups(rng: np.random.Generator, groups: int, *, rho: float, seeds: int = 4) -> list[Group]:
    """Replicated groups with the same seeds, for a history: two and two they make half as many pairs of groups."""
    drawn = shared_values(rng, [f"h{i:02d}" for i in range(groups)], seeds, rho=rho)
    return [seeded_group(name, values) for name, values in drawn.items()]
