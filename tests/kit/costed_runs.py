"""Runs made in memory, with clocks, telemetry and hardware of the tests' choice."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from runcompare.costs import (
    PriceBook,
)
from runcompare.records.history import History
from runcompare.records.run import Attempt, Hardware, Run, RunInfo, StageSpan

T0 = 1.7e9
MakeRun = Callable[..., Run]

GPU = Hardware(accelerator="NVIDIA A100-SXM4-80GB", accelerator_count=1)
CPU = Hardware(cpu="Some CPU", cpu_count=1)


def make_run(
    run_id: str = "r0",
    *,
    stages: Sequence[tuple[str, float, float | None]] = (),
    attempts: Sequence[tuple[float, float | None]] = (),
    rows: Sequence[Mapping[str, Any]] = (),
    system: Sequence[Mapping[str, Any]] = (),
    hardware: Hardware = GPU,
    state: Any = "finished",
    **more: Any,
) -> Run:
    """All times are seconds after T0; rows and samples give theirs as "t"."""

    def shifted(entries: Sequence[Mapping[str, Any]]) -> History:
        return History.from_rows([_row(e) for e in entries])

    return Run(
        RunInfo(run_id, run_id, "test", f"{run_id}/", group="g", state=state, started_at=T0),
        hardware=hardware,
        stages=tuple(StageSpan(n, T0 + a, None if b is None else T0 + b) for n, a, b in stages),
        attempts=tuple(Attempt(T0 + a, None if b is None else T0 + b) for a, b in attempts),
        history=shifted(rows),
        system=shifted(system),
        **more,
    )


def _row(entry: Mapping[str, Any]) -> dict[str, Any]:
    row = dict(entry)
    return {"_timestamp": T0 + row.pop("t"), **row} if "t" in row else row


@pytest.fixture
def run() -> MakeRun:
    return make_run


@pytest.fixture
def gpu() -> Hardware:
    return GPU


@pytest.fixture
def cpu() -> Hardware:
    return CPU


@pytest.fixture
def book() -> PriceBook:
    return PriceBook.load(flat=2.0, cpu=0.05)


def samples(key: str, points: list[tuple[float, float]]) -> list[dict[str, float]]:
    return [{"t": t, key: v} for t, v in points]


def every(seconds: float, until: float, watts: float, start: float = 0.0) -> list[tuple[float, float]]:
    n = int((until - start) / seconds)
    return [(start + i * seconds, watts) for i in range(n + 1)]


def falling(run: MakeRun, name: str, losses: Sequence[float], step: float = 600.0) -> Run:
    """One row a step, the first after one step; the run ends with its last row."""
    rows = [{"t": (i + 1) * step, "val": loss} for i, loss in enumerate(losses)]
    return run(name, rows=rows, attempts=[(0, step * len(losses))])


def seeds(run: MakeRun, label: str, values: Sequence[float | None], *, started: bool = True) -> list[Run]:
    """One an hour, the last of the list first."""
    n = len(values)
    return [
        run(
            f"{label}{i}",
            attempts=[(3600.0 * (n - i), 3600.0 * (n - i) + 600)] if started else (),
            runtime_s=600.0,
            summary={} if v is None else {"nrmse": v},
        )
        for i, v in enumerate(values)
    ]
