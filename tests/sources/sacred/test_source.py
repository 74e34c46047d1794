"""Sacred's folders, written by Sacred where it is installed, else files of its format."""

import json
from pathlib import Path
from typing import Any

import pytest

from runcompare.records.run import Run
from runcompare.sources import list_runs
from runcompare.sources.registry import read_run

TIMES = ["2026-11-26T11:00:00.5", "2026-11-26T11:00:01.5"]
RECORD = {
    "experiment": {"name": "exp"},
    "host": {"cpu": "Test CPU", "gpus": {"gpus": [{"model": "A100"}, {"model": "A100"}]}},
    "start_time": "2026-11-26T11:00:00",
    "heartbeat": "2026-11-26T11:00:05",
    "stop_time": "2026-11-26T11:00:10",
    "status": "COMPLETED",
    "result": 0.75,
}
METRICS = {"loss": {"steps": [0, 10], "values": [1.0, 0.5], "timestamps": TIMES}}


def only(folder: Path) -> Run:
    (info,) = list_runs([folder]).runs
    return read_run(info)


def written(folder: Path, **fields: Any) -> None:
    home = folder / "runs" / "7"
    home.mkdir(parents=True)
    (home / "run.json").write_text(json.dumps({**RECORD, **fields}))
    (home / "config.json").write_text('{"lr": 0.1, "seed": 3}')
    (home / "metrics.json").write_text(json.dumps(METRICS))


def test_settings_curves_and_result(tmp_path: Path) -> None:
    written(tmp_path)
    run = only(tmp_path)
    assert (run.name, run.info.project, run.info.state, run.seed) == ("exp-7", "exp", "finished", 3)
    assert run.history.series("loss").step.tolist() == [0, 10]
    assert run.summary == {"loss": 0.5, "result": 0.75}
    assert run.runtime_s == 10
    assert (run.hardware.accelerator, run.hardware.accelerator_count) == ("A100", 2)


@pytest.mark.parametrize(
    ("status", "state"), [("RUNNING", "interrupted"), ("FAILED", "failed"), ("INTERRUPTED", "interrupted")]
)
def test_a_killed_run_is_not_running(tmp_path: Path, status: str, state: str) -> None:
    written(tmp_path, status=status, stop_time=None)
    run = only(tmp_path)
    assert (run.info.state, run.runtime_s) == (state, 5)


def test_another_programs_run_json_is_none(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"status": "ok"}')
    (tmp_path / "config.json").write_text("{}")
    assert not list_runs([tmp_path]).runs


def test_sacred_itself(tmp_path: Path) -> None:
    sacred = pytest.importorskip("sacred", reason="the extra 'layouts' is not installed")
    from sacred.observers import FileStorageObserver

    experiment = sacred.Experiment("exp", save_git_info=False)
    experiment.observers.append(FileStorageObserver(str(tmp_path / "runs")))
    experiment.add_config(lr=0.1, model={"dim": 3})

    @experiment.main
    def main(_run: Any) -> float:
        for step in range(3):
            _run.log_scalar("val.acc", 0.25 * step, step)
        return 0.5

    experiment.run(config_updates={"seed": 3}, options={"--loglevel": "ERROR", "--capture": "no"})
    run = only(tmp_path)
    assert (run.config["model"], run.seed, run.info.state) == ({"dim": 3}, 3, "finished")
    assert run.history.series("val.acc").value.tolist() == [0, 0.25, 0.5]
    assert run.summary["result"] == 0.5
