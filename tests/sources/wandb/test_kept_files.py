"""Runs of which only the files beside the log are left."""

import json
from pathlib import Path

import pytest
import wblog

from runcompare.records.run import Attempt, DeclaredMetric, Hardware
from runcompare.sources.listing import list_runs
from runcompare.sources.registry import read_run

SUMMARY = {
    "val/loss": {"min": 0.2},
    "acc": float("nan"),
    "picture": {"_type": "image-file"},
    **{"_step": 9, "_timestamp": 1_700_000_100.0, "_runtime": 100.0, "_wandb": {"runtime": 90}},
}
CONFIG = """
wandb_version: 1
seed: {desc: null, value: 3}
lr: {desc: null, value: 0.1}
_wandb: {value: {m: [{'1': val/loss, '7': [1]}]}}
"""
METADATA = {"gpu": "NVIDIA A100-SXM4-80GB", "gpu_count": 8, "cpu_count": 64, "git": {"commit": "abc"}}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "wandb" / "run-20231114_221320-aaaaaaa1" / "files"
    folder.mkdir(parents=True)
    (folder / "wandb-summary.json").write_text(json.dumps(SUMMARY))
    (folder / "config.yaml").write_text(CONFIG)
    (folder / "wandb-metadata.json").write_text(json.dumps(METADATA))
    return folder


def test_final_values_config_and_machine_speak_without_the_log(files: Path) -> None:
    (info,) = list_runs([files.parents[2]]).runs
    run = read_run(info)
    assert (run.id, run.seed, run.config) == ("aaaaaaa1", 3, {"seed": 3, "lr": 0.1})
    assert run.summary["val/loss.min"] == 0.2
    assert set(run.summary) == {"val/loss.min", "acc"}
    assert run.hardware == Hardware("NVIDIA A100-SXM4-80GB", 8, None, 64)
    assert run.attempts == (Attempt(1_700_000_000.0, 1_700_000_090.0),)
    assert run.metadata == {"git_commit": "abc"}
    assert run.declared == (DeclaredMetric("val/loss", "min", source="W&B's define_metric"),)
    assert any("log is missing" in w for w in run.warnings)


def test_with_the_log_they_are_no_run_of_their_own_but_tell_the_machine(files: Path) -> None:
    log = files.parent / "run-aaaaaaa1.wandb"
    log.write_bytes(wblog.framed(wblog.simple_log([{"val/loss": 1.0}], run_id="aaaaaaa1")))
    (info,) = list_runs([files.parents[2]]).runs
    run = read_run(info)
    assert run.info.location == str(log)
    assert run.hardware == Hardware("NVIDIA A100-SXM4-80GB", 8, None, 64)


@pytest.mark.parametrize("body", ["", "{", "[1]", "\0"])
def test_a_damaged_summary_is_reported(files: Path, body: str) -> None:
    (files / "wandb-summary.json").write_text(body)
    listing = list_runs([files.parents[2]])
    assert listing.runs == ()
    assert any("wandb-summary.json" in w for w in listing.warnings)


def test_missing_or_damaged_files_beside_leave_the_values(files: Path) -> None:
    (files / "config.yaml").write_text("a: [")
    (files / "wandb-metadata.json").unlink()
    (info,) = list_runs([files.parents[2]]).runs
    run = read_run(info)
    assert run.config == {}
    assert run.hardware == Hardware()
    assert any("config.yaml" in w for w in run.warnings)
