"""Runs made in memory, the way a staged training loop logs them."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from runcompare.records.history import History
from runcompare.records.run import Group, Hardware, Run, RunInfo, StageSpan

MakeRun = Callable[..., Run]


def stage_rows(stage: str, losses: list[float], start: int = 0, seconds: float = 2.0) -> list[dict[str, Any]]:
    best = np.fmin.accumulate(losses)
    return [
        {
            "_step": start + i,
            "_timestamp": 1e9 + (start + i) * seconds,
            f"{stage}/loss": float(loss),
            f"{stage}/val_loss": float(loss) * 1.1,
            f"{stage}/grad_norm": 0.1 + 0.01 * i,
            f"{stage}/epoch": i,
            f"{stage}/epoch_time_sec": seconds,
            f"{stage}/best_loss": float(best[i]),
            "global_step": start + i,
        }
        for i, loss in enumerate(losses)
    ]


def make_run(
    run_id: str = "r0",
    *,
    group: str = "g",
    seed: int = 0,
    nrmse: float | None = 0.1,
    stages: Mapping[str, list[float]] | None = None,
    config: Mapping[str, Any] | None = None,
    summary: Mapping[str, Any] | None = None,
    **more: Any,
) -> Run:
    stages = {"operator": [1.0, 0.5, 0.3], "diff_residual": [0.2, 0.1]} if stages is None else stages
    rows: list[dict[str, Any]] = []
    spans = []
    for name, losses in stages.items():
        start = len(rows)
        rows += stage_rows(name, losses, start)
        spans.append(StageSpan(name, 1e9 + start * 2.0, 1e9 + len(rows) * 2.0))
    final = {} if nrmse is None else {"eval/nrmse": nrmse}
    info = RunInfo(run_id, run_id, "test", f"{run_id}/", group=group, state="finished", started_at=1e9, seed=seed)
    return Run(
        info,
        config={"seed": seed, **(config or {"training": {"batch_size": 12}})},
        summary={**final, **(summary or {})},
        history=History.from_rows(rows),
        hardware=Hardware(cpu="Some CPU", cpu_count=1),
        runtime_s=2.0 * len(rows),
        stages=tuple(spans),
        **more,
    )


def make_group(label: str, values: list[float], **more: Any) -> Group:
    runs = tuple(make_run(f"{label}{i}", group=label, seed=i, nrmse=v, **more) for i, v in enumerate(values))
    return Group(label, label, runs)


@pytest.fixture
def run() -> MakeRun:
    return make_run


@pytest.fixture
def group() -> Callable[..., Group]:
    return make_group
