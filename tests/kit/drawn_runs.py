"""Groups of runs whose curves are functions of the step, with a little noise, and what rules find of them."""

from typing import Any

import numpy as np

from runcompare.comparison.build import Request, build
from runcompare.records.history import History
from runcompare.records.run import Group, Hardware, Run, RunInfo

__all__ = ["STEPS", "found", "group"]

STEPS = 24


def group(
    name: str,
    *,
    loss: Any = lambda i: 2.0 * 0.9**i,
    n: int = 3,
    config: dict[str, Any] | None = None,
    steps: int = STEPS,
    summary: dict[str, Any] | None = None,
    **columns: Any,
) -> Group:
    """Seeds whose curves are functions of the step, with 0.2 % of noise. `a__b` is the key `a/b`; results may be
    functions of the seed."""
    runs = []
    for seed in range(n):
        noise = 1 + 0.002 * np.random.default_rng([seed, len(name)]).normal(size=steps)
        made = {"loss": loss, **columns}
        rows = [
            {"_step": i, "_timestamp": 1.7e9 + i, **{k.replace("__", "/"): f(i) * noise[i] for k, f in made.items()}}
            for i in range(steps)
        ]
        finals = {k: v(seed) if callable(v) else v + 0.0003 * seed for k, v in (summary or {}).items()}
        info = RunInfo(f"{name}{seed}", f"{name}{seed}", "test", f"{name}{seed}/", group=name, seed=seed)
        hardware = Hardware(cpu="one")
        runs.append(Run(info, config or {}, finals, History.from_rows(rows), hardware=hardware))
    return Group(name, name, tuple(runs))


def found(new: Group, old: Group, metric: str = "loss") -> dict[str, dict[str, Any]]:
    """The findings of a comparison: their facts by rule."""
    return {f.rule: dict(f.facts) for f in build(new, old, Request(metric=metric)).findings}
