"""Several step axes: rows that interleave, steps that fall back, clocks of any unit."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import wblog
from wandb.proto import wandb_internal_pb2 as pb

import runcompare
from runcompare.records.run import Attempt, Run
from runcompare.sources.kit.attempts import join_attempts
from runcompare.sources.tables.source import TableFiles
from runcompare.sources.wandb.source import WandbOffline

T0 = 1_790_000_000


def from_rows(*rows: dict[str, Any], **more: Any) -> Run:
    return runcompare.from_frame(list(rows), **more)


def steps(run: Run) -> list[float]:
    return run.history.frame["_step"].to_list()


def interleaved() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for i in range(30):
        rows.append({"global_step": i * 10, "train/loss": 1 / (i + 1)})
        if i % 10 == 9:
            rows.append({"epoch": i // 10 + 1, "val/loss": 2 / (i + 1)})
    return rows


def test_rows_of_two_axes_keep_both() -> None:
    run = from_rows(*interleaved())
    train, val = run.history.series("train/loss", "global_step"), run.history.series("val/loss", "epoch")
    assert train.step.tolist() == [i * 10 for i in range(30)]
    assert train.value.tolist() == [1 / (i + 1) for i in range(30)]
    assert val.step.tolist() == [1, 2, 3]
    assert val.value.tolist() == [2 / 10, 2 / 20, 2 / 30]
    assert run.history.series("val/loss").step.tolist() == [90, 190, 290]  # that of the row before
    assert run.history.frame["global_step"].null_count() == 3


def test_a_step_that_falls_gives_way_to_one_that_does_not() -> None:
    rows = [{"step": batch, "epoch": epoch, "loss": 1.0} for epoch in range(3) for batch in range(5)]
    assert steps(from_rows(*rows)) == [epoch for epoch in range(3) for _ in range(5)]


def test_a_step_that_is_always_the_same_is_none() -> None:
    assert steps(from_rows(*[{"step": 0, "epoch": i, "loss": 1.0} for i in range(4)])) == [0, 1, 2, 3]


def test_stages_with_epochs_of_their_own_have_no_common_step() -> None:
    rows = [{"operator/epoch": i, "operator/loss": 1 / i} for i in range(1, 5)]
    rows += [{"diffusion/epoch": i, "diffusion/loss": 2 / i} for i in range(1, 4)]
    run = from_rows(*rows)
    assert "_step" not in run.history.frame.columns
    assert run.history.series("diffusion/loss", "diffusion/epoch").step.tolist() == [1, 2, 3]


def test_a_step_with_a_prefix() -> None:
    rows = [{"time/iterations": i, "time/total_timesteps": i * 2048, "rollout/reward": 1.0} for i in range(1, 4)]
    assert steps(from_rows(*rows)) == [2048, 4096, 6144]


def test_the_callers_step_wins() -> None:
    run = from_rows(*[{"step": i, "samples": i * 64, "loss": 1.0} for i in range(3)], step="samples")
    assert steps(run) == [0, 64, 128]


def resumed(text: str | None) -> list[dict[str, Any]]:
    """Steps 0 to 9, killed, resumed from 6 to 12."""
    first = [{"step": i, "loss": 10.0 - i, "phase": "a"} for i in range(10)]
    again = [{"step": i, "loss": 5.0 - i, "phase": text or "a"} for i in range(6, 13)]
    return first + again


def test_what_a_resumed_run_logs_again_gives_way() -> None:
    run = from_rows(*resumed(None))
    assert steps(run) == list(range(13))
    assert run.history.frame["loss"].to_list() == [10.0 - i if i < 6 else 5.0 - i for i in range(13)]
    assert run.warnings == ("Attempt 2 logged again from _step 6: 4 earlier rows gave way.",)


def test_another_stage_at_the_same_steps_does_not_take_over() -> None:
    run = from_rows(*resumed("b"))
    assert len(run.history) == 17
    assert any("falls back once" in warning for warning in run.warnings)


def test_other_metrics_at_the_same_steps_do_not_take_over() -> None:
    rows = [{"step": i, "train": 1.0} for i in range(10)] + [{"step": i, "test": 2.0} for i in range(5, 10)]
    run = from_rows(*rows)
    assert len(run.history) == 15
    assert any("falls back" in warning for warning in run.warnings)


def test_a_late_row_is_no_attempt() -> None:
    run = from_rows(*[{"step": i, "loss": float(i)} for i in (0, 1, 3, 2, 4)])
    assert steps(run) == [0, 1, 3, 2, 4]
    assert run.warnings == ("The step falls back once; the rows are in the order of the file.",)


def test_batches_counted_anew_in_each_epoch_are_all_kept() -> None:
    run = from_rows(*[{"batch": 1, "iter": i % 5, "loss": float(i)} for i in range(50)])
    assert len(run.history) == 50


def test_the_newest_first_is_turned_round() -> None:
    run = from_rows(*[{"step": i, "loss": float(i)} for i in (3, 2, 1)])
    assert steps(run) == [1, 2, 3]
    assert run.summary["loss"] == 3.0


def test_the_header_again_is_another_attempt(tmp_path: Path) -> None:
    head = "step,loss,timestamp\n"
    lines = [f"{i},{10 - i},{T0 + i}\n" for i in range(5)]
    more = [f"{i},{20 - i},{T0 + 97 + i}\n" for i in range(3, 7)]
    (tmp_path / "a.csv").write_text("".join([head, *lines, head, *more]))
    (info,) = TableFiles().scan_named(tmp_path / "a.csv")
    run = TableFiles().read(info.location)
    assert run.history.frame["loss"].to_list() == [10, 9, 8, 17, 16, 15, 14]
    assert run.attempts == (Attempt(T0, T0 + 4), Attempt(T0 + 100, T0 + 103))
    assert run.runtime_s == 7
    assert run.info.started_at == T0
    assert run.lost.records == 0


@pytest.mark.parametrize(
    ("clock", "scale"),
    [("timestamp", 1), ("wall_time", 1), ("_timestamp", 1), ("time", 1e3), ("ts", 1e6), ("Wall Time", 1e9)],
)
def test_clocks_of_any_unit(clock: str, scale: float) -> None:
    run = from_rows(*[{"step": i, clock: (T0 + i * 2) * scale, "loss": 1.0} for i in range(3)])
    assert run.history.frame["_timestamp"].to_list() == pytest.approx([T0, T0 + 2, T0 + 4])
    assert run.runtime_s == pytest.approx(4)
    assert run.attempts == (Attempt(pytest.approx(T0), pytest.approx(T0 + 4)),)


@pytest.mark.parametrize("zone", ["", "+00:00", "Z"])
def test_iso_times(zone: str) -> None:
    run = from_rows(*[{"step": i, "date": f"2026-09-22T08:00:0{i}{zone}", "loss": 1.0} for i in range(3)])
    assert np.diff(run.history.frame["_timestamp"].to_numpy()).tolist() == [1, 1]
    assert run.info.started_at == 1_790_064_000
    assert run.history.frame["date"][0] == f"2026-09-22T08:00:00{zone}"


def test_elapsed_seconds_over_attempts() -> None:
    rows = [{"step": i, "_runtime": float(i), "loss": 1.0} for i in range(5)]
    rows += [{"step": i, "_runtime": float(i - 3), "loss": 2.0} for i in range(3, 8)]
    assert from_rows(*rows).runtime_s == 4 + 4


def test_time_that_only_grows_is_elapsed_and_time_that_does_not_is_a_metric() -> None:
    grows = from_rows(*[{"step": i, "time": i * 1.5, "loss": 1.0} for i in range(4)])
    assert grows.runtime_s == 4.5
    shakes = from_rows(*[{"step": i, "time": 1.0 + i % 2, "loss": 1.0} for i in range(4)])
    assert (shakes.runtime_s, shakes.summary["time"]) == (None, 2.0)


def test_a_time_that_the_caller_names() -> None:
    run = from_rows(*[{"step": i, "when": i * 3.0, "loss": 1.0} for i in range(4)], time="when")
    assert run.runtime_s == 9


def test_stages_have_their_wall_time_from_the_clock() -> None:
    """Each stage's rows tell how long it took, where rows carry the run's clock."""
    rows = [{"step": i, "_runtime": 2.0 * i, "operator/loss": 1 / i} for i in range(1, 11)]
    rows += [{"step": i, "_runtime": 20.0 + 5.0 * (i - 10), "diffusion/loss": 1 / i} for i in range(11, 21)]
    comparison = runcompare.compare(
        from_rows(*rows, id="a", summary={"eval/nrmse": 0.1}), from_rows(*rows, id="b", summary={"eval/nrmse": 0.2})
    )
    assert [stage.name for stage in comparison.stages] == ["operator", "diff_residual"]


LONG = [("train", 0, "loss", 1.0), ("train", 1, "loss", 0.5), ("val", 1, "loss", 0.75), ("val", 1, "acc", 2**60 + 1)]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "frame"])
def test_long_tables(tmp_path: Path, kind: str) -> None:
    names = ("split", "step", "metric", "value")
    path = tmp_path / f"a.{kind}"
    if kind == "csv":
        path.write_text("\n".join([",".join(names), *(",".join(map(str, row)) for row in LONG), ""]))
    else:
        path.write_text("".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in LONG))
    if kind == "frame":
        run = runcompare.from_frame([dict(zip(names, row, strict=True)) for row in LONG])
    else:
        (info,) = TableFiles().scan_named(path)
        run = TableFiles().read(info.location)
    assert run.history.frame.drop("step").to_dicts() == [
        {"_step": 0, "train/loss": 1.0, "val/loss": None, "val/acc": None},
        {"_step": 1, "train/loss": 0.5, "val/loss": 0.75, "val/acc": 2**60 + 1},
    ]


def test_a_long_table_loses_no_second_value() -> None:
    rows = [{"step": 0, "key": "loss", "value": float(i)} for i in range(4)]
    run = from_rows(*rows, {"step": 0, "key": "acc", "value": 9.0})
    assert run.history.frame["loss"].to_list() == [0, 1, 2, 3]
    assert run.history.frame["acc"].to_list() == [9, None, None, None]


def test_a_long_table_sorted_by_metric() -> None:
    rows = [{"step": i, "tag": tag, "value": float(i)} for tag in ("b", "a") for i in range(5)]
    run = from_rows(*rows)
    assert steps(run) == [0, 1, 2, 3, 4]
    assert run.warnings == ()


def test_a_wandb_log_says_which_metric_has_which_step(tmp_path: Path) -> None:
    records = [wblog.run_record(1)]
    for number, fields in enumerate([{"glob_name": "val/*", "step_metric": "epoch"}, {"name": "epoch"}], start=2):
        records.append(pb.Record(num=number, metric=pb.MetricRecord(**fields)).SerializeToString())
    for i in range(12):
        row = {"train/loss": 1 / (i + 1), "global_step": i} if i % 4 else {"val/loss": 3.0, "epoch": i // 4}
        records.append(wblog.history(len(records) + 1, {**wblog.axes(i), **row}))
    path = tmp_path / "run-a.wandb"
    path.write_bytes(wblog.framed(records))
    run = WandbOffline().read(str(path))
    assert run.metadata["step_metrics"] == {"val/*": "epoch"}
    assert run.history.series("val/loss", "epoch").step.tolist() == [0, 1, 2]
    assert run.history.series("train/loss", "global_step").step.tolist() == [1, 2, 3, 5, 6, 7, 9, 10, 11]
    assert run.history.frame["_step"].to_list() == list(range(12))


SCRIPT = """
import wandb
run = wandb.init(mode="offline", id="axes1")
run.define_metric("epoch")
run.define_metric("val/*", step_metric="epoch")
run.define_metric("train/loss", step_metric="global_step")
for i in range(12):
    run.log({"train/loss": 1 / (i + 1), "global_step": i * 10})
    if i % 4 == 3:
        run.log({"val/loss": 2 / (i + 1), "epoch": i // 4})
run.finish()
"""


def test_the_real_clients_step_metrics(tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("WANDB_")}
    env |= {"WANDB_SILENT": "true", "WANDB_DIR": str(tmp_path), "WANDB_CACHE_DIR": str(tmp_path), "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, env=env, check=True, timeout=120)
    (log,) = tmp_path.glob("wandb/offline-run-*/run-*.wandb")
    run = WandbOffline().read(str(log))
    assert run.metadata["step_metrics"] == {"val/*": "epoch", "train/loss": "global_step"}
    val = run.history.series("val/loss", "epoch")
    assert list(zip(val.step, val.value, strict=True)) == [(0, 2 / 4), (1, 2 / 8), (2, 2 / 12)]
    assert run.history.series("train/loss", "global_step").step.tolist() == [i * 10 for i in range(12)]
    assert pl.Series(run.history.series("val/loss").step).is_sorted()


def attempt(first: int, last: int, value: float) -> pl.DataFrame:
    """Training rows with a step, and every tenth time a validation row without."""
    rows: list[dict[str, Any]] = []
    for i in range(first, last):
        rows.append({"global_step": i, "train/loss": value})
        if i % 10 == 9:
            rows.append({"epoch": i // 10, "val/loss": value})
    rows = [{"_step": n, "_runtime": float(n), **row} for n, row in enumerate(rows)]
    return pl.DataFrame(rows, infer_schema_length=None)


def test_validation_rows_give_way_with_the_steps_they_stood_behind() -> None:
    joined, notes = join_attempts([attempt(0, 35, 1.0), attempt(20, 50, 2.0)], own_steps=False)
    val = joined.filter(pl.col("val/loss").is_not_null())
    assert val["epoch"].to_list() == [0, 1, 2, 3, 4]
    assert val["val/loss"].to_list() == [1, 1, 2, 2, 2]
    assert joined["global_step"].drop_nulls().to_list() == list(range(50))
    assert joined["_step"].is_sorted()
    assert notes == ("Attempt 2 logged again from global_step 20: 16 earlier rows gave way.",)


def test_a_run_that_logs_epochs_only_is_joined_by_them() -> None:
    frames = [
        pl.DataFrame({"_step": range(n), "epoch": range(first, first + n), "val/loss": [level] * n})
        for first, n, level in ((0, 8, 1.0), (5, 6, 2.0))
    ]
    joined, notes = join_attempts(frames, own_steps=False)
    assert joined["epoch"].to_list() == list(range(11))
    assert joined["val/loss"].to_list() == [1.0] * 5 + [2.0] * 6
    assert notes == ("Attempt 2 logged again from epoch 5: 3 earlier rows gave way.",)


def test_stages_are_joined_where_the_new_attempt_begins() -> None:
    """Killed in the second stage, begun anew in the first: what both stages log again gives way."""
    old = pl.DataFrame(
        {
            "a/epoch": [0, 1, 2, 3, None, None],
            "a/loss": [9.0, 8.0, 7.0, 6.0, None, None],
            "b/epoch": [None] * 4 + [0, 1],
            "b/loss": [None] * 4 + [5.0, 4.0],
        }
    )
    new = pl.DataFrame(
        {
            "b/epoch": [None, None, 0],
            "b/loss": [None, None, 0.5],
            "a/epoch": [2, 3, None],
            "a/loss": [0.7, 0.6, None],
        }
    )
    joined, _ = join_attempts([old, new], own_steps=False)
    assert joined["a/loss"].drop_nulls().to_list() == [9.0, 8.0, 0.7, 0.6]
    assert joined["b/loss"].drop_nulls().to_list() == [0.5]
