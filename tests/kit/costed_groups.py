"""Groups of runs in memory with a stage, a GPU, an hour's price and a result."""

from collections.abc import Sequence

from runcompare.records.history import History
from runcompare.records.run import Attempt, Group, Hardware, Run, RunInfo, StageSpan

T0 = 1.7e9
GPU = Hardware(accelerator="NVIDIA A100-SXM4-80GB", accelerator_count=1)


def costed_run(run_id: str, label: str, *, seconds: float = 3600.0, result: float | None = 0.1) -> Run:
    """A run whose `train` stage took all but the last tenth of its seconds, and `eval` the rest."""
    middle, end = T0 + 0.9 * seconds, T0 + seconds
    rows = [{"_timestamp": T0 + 0.3 * k * seconds, "train/loss": 1.0 / k, "train/epoch": k} for k in (1, 2, 3)]
    return Run(
        RunInfo(run_id, run_id, "test", f"{run_id}/", group=label, state="finished", started_at=T0),
        hardware=GPU,
        attempts=(Attempt(T0, end),),
        stages=(StageSpan("train", T0, middle), StageSpan("eval", middle, end)),
        history=History.from_rows(rows),
        summary={} if result is None else {"eval/nrmse": result},
    )


def costed_group(label: str, results: Sequence[float | None], *, seconds: float = 3600.0) -> Group:
    """One run for each result, each a little longer than the one before."""
    runs = [
        costed_run(f"{label}{k}", label, seconds=seconds * (1 + 0.01 * k), result=value)
        for k, value in enumerate(results)
    ]
    return Group(label, label, tuple(runs))
