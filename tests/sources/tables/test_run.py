"""Runs of a table: names, times, stages."""

from pathlib import Path
from typing import Any

import runcompare
from runcompare.records.as_json import rows_of
from runcompare.records.run import Run
from runcompare.references.resolve import resolve
from runcompare.sources.tables.source import TableFiles


def logged(run: Run) -> list[dict[str, Any]]:
    """Rows without our own axes; NaN as a word, so that rows compare."""
    own = ("_step", "_timestamp", "_runtime")
    return [{k: v for k, v in row.items() if k not in own} for row in rows_of(run.history)]


def from_rows(*rows: dict[str, Any], **more: Any) -> Run:
    return runcompare.from_frame(list(rows), **more)


def test_elapsed_seconds_over_attempts() -> None:
    rows = [{"step": i, "_runtime": float(i), "loss": 1.0} for i in range(5)]
    rows += [{"step": i, "_runtime": float(i - 3), "loss": 2.0} for i in range(3, 8)]
    assert from_rows(*rows).runtime_s == 4 + 4


def test_stages_have_their_wall_time_from_the_clock() -> None:
    """Each stage's rows tell how long it took, where rows carry the run's clock."""
    rows = [{"step": i, "_runtime": 2.0 * i, "operator/loss": 1 / i} for i in range(1, 11)]
    rows += [{"step": i, "_runtime": 20.0 + 5.0 * (i - 10), "diffusion/loss": 1 / i} for i in range(11, 21)]
    comparison = runcompare.compare(
        from_rows(*rows, id="a", summary={"eval/nrmse": 0.1}), from_rows(*rows, id="b", summary={"eval/nrmse": 0.2})
    )
    assert [stage.name for stage in comparison.stages] == ["operator", "diff_residual"]


def test_a_run_column_makes_several_runs(tmp_path: Path) -> None:
    path = tmp_path / "sweep.csv"
    path.write_text("run,seed,step,loss,only_b\n007,1,0,1,\nb,2,0,2,9\n007,1,1,0.5,\n,3,0,0,\n")
    runs = [TableFiles().read(info.location) for info in TableFiles().scan_named(path)]
    assert [(run.id, run.info.group, run.seed) for run in runs] == [("007", "sweep", 1), ("b", "sweep", 2)]
    assert [row["loss"] for row in logged(runs[0])] == [1, 0.5]
    assert "only_b" not in runs[0].history.keys
    assert all(run.lost.records == 1 for run in runs)  # a row without a name may be any run's
    assert resolve("sweep", roots=[path]).runs[1].id == "b"


def test_a_seed_column_makes_replicates(tmp_path: Path) -> None:
    path = tmp_path / "base.csv"
    path.write_text("seed,step,loss\n0,0,1\n0,1,2\n1,0,3\n")
    group = resolve(str(path), roots=[])
    assert [(run.id, run.seed, run.config) for run in group.runs] == [
        ("base-s0", 0, {"seed": 0}),
        ("base-s1", 1, {"seed": 1}),
    ]


def test_a_group_column_names_the_sides(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("run,group,step,loss\na,new,0,1\nb,new,0,2\nc,old,0,3\n")
    assert [run.id for run in resolve("new", roots=[tmp_path]).runs] == ["a", "b"]
