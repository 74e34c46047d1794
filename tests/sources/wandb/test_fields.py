"""What the records of a W&B log mean."""

import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import wblog
from wandb.proto import wandb_internal_pb2 as pb
from wandb_logs import read_records, rows

from runcompare.records.run import Attempt, Hardware
from runcompare.sources.wandb.source import WandbOffline


def gpu_log(process_gpus: int, config: dict[str, Any]) -> list[bytes]:
    env = pb.Record(num=2)
    env.environment.gpu_count, env.environment.cpu_count_logical, env.environment.cpu_count = 4, 64, 32
    env.environment.cpu.model = "EPYC"
    for _ in range(4):
        env.environment.gpu_nvidia.add(name="NVIDIA A100")
    stats = pb.Record(num=3)
    stats.stats.timestamp.seconds = 1_005
    for i in range(4):
        stats.stats.item.add(key=f"gpu.{i}.powerWatts", value_json="250.5")
    for i in range(process_gpus):
        stats.stats.item.add(key=f"gpu.process.{i}.gpu", value_json="99")
    return [wblog.run_record(1, config=config), env.SerializeToString(), stats.SerializeToString()]


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


@pytest.mark.parametrize(
    ("process_gpus", "config", "expected"),
    [
        (2, {}, Hardware("NVIDIA A100", 2, "EPYC", 64)),
        (2, {"hardware": {"accelerator_count": 3, "world_size": 3}}, Hardware("NVIDIA A100", 2, "EPYC", 64, 3)),
        (0, {"hardware": {"accelerator": None, "accelerator_count": 0}}, Hardware(None, 0, "EPYC", 64)),
        (0, {"hardware": {"accelerator_count": "many", "cpu": 7}}, Hardware("NVIDIA A100", 4, "EPYC", 64)),
        (0, {}, Hardware("NVIDIA A100", 4, "EPYC", 64)),
    ],
)
def test_hardware(tmp_path: Path, process_gpus: int, config: dict[str, Any], expected: Hardware) -> None:
    run = read_records(tmp_path, gpu_log(process_gpus, config))
    assert run.hardware == expected
    assert run.system.frame["gpu.0.powerWatts"].to_list() == [250.5]
    assert run.system.frame["_timestamp"].to_list() == [1_005.0]
    assert any("all counted" in w for w in run.warnings) == (
        not process_gpus and not isinstance(config.get("hardware", {}).get("accelerator_count"), int)
    )


def test_values_and_times_of_an_attempt(tmp_path: Path) -> None:
    run = read_records(tmp_path, wblog.simple_log(rows(5)))
    assert run.attempts == (Attempt(1_000.0, 1_005.0),)
    assert run.runtime_s == 5.0
    assert run.history.frame.schema["n"] == pl.Int64
    assert math.isclose(run.history.frame["loss"].sum(), sum(1 / i for i in range(1, 6)))
