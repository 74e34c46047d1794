"""Logs of one training are one run, however many loggers wrote them; logs of two trainings are two."""

import json
import math
import warnings
from pathlib import Path

import pytest

from runcompare.records.run import Run
from runcompare.sources.listing import list_runs
from runcompare.sources.registry import read_run

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    tensorboard = pytest.importorskip("torch.utils.tensorboard")

CURVE = {"rollout/ep_rew_mean": [(100 * i, 20.0 * math.log(i + 2)) for i in range(12)]}
OTHER = {"rollout/ep_rew_mean": [(100 * i, 19.0 * math.log(i + 2.5)) for i in range(12)]}


def events(folder: Path, curves: dict[str, list[tuple[int, float]]]) -> None:
    with tensorboard.SummaryWriter(str(folder)) as log:
        for key, points in curves.items():
            for step, value in points:
                log.add_scalar(key, value, step)


def table(path: Path, curves: dict[str, list[tuple[int, float]]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    steps = [step for step, _ in next(iter(curves.values()))]
    rows = [",".join(map(str, (step, *(points[i][1] for points in curves.values())))) for i, step in enumerate(steps)]
    path.write_text("\n".join([",".join(("step", *curves)), *rows]) + "\n")


def only(folder: Path) -> Run:
    (info,) = list_runs([folder]).runs
    return read_run(info)


def test_a_csv_and_an_event_file_of_one_folder_are_one_run(tmp_path):
    events(tmp_path / "ppo", CURVE | {"train/loss": [(100 * i, 1.0 / (i + 1)) for i in range(12)]})
    table(tmp_path / "ppo" / "progress.csv", CURVE | {"eval/return": [(100 * i, float(i)) for i in range(12)]})
    run = only(tmp_path)
    assert (run.id, len(run.info.logs)) == ("ppo", 2)
    assert set(run.history.numeric_keys) >= {"rollout/ep_rew_mean", "train/loss", "eval/return"}
    assert len(run.history) == 12
    assert any("One training with 2 logs" in warning for warning in run.warnings)


def test_rows_of_json_beside_an_event_file(tmp_path):
    events(tmp_path / "det", {"total_loss": [(20 * i, 1 / (i + 1)) for i in range(5)]})
    rows = [json.dumps({"iteration": 20 * i, "total_loss": 1 / (i + 1)}) for i in range(5)]
    (tmp_path / "det" / "metrics.json").write_text("\n".join(rows) + "\n")
    assert len(only(tmp_path).info.logs) == 2


def test_the_folders_of_train_and_validation_are_parts_of_one_run(tmp_path):
    for part, level in (("train", 1.0), ("validation", 1.5)):
        events(tmp_path / "fit" / part, {"epoch_loss": [(i, level / (i + 1)) for i in range(4)]})
    run = only(tmp_path)
    assert run.id == "fit"
    assert run.summary["train/epoch_loss"] == pytest.approx(0.25)
    assert run.summary["validation/epoch_loss"] == pytest.approx(0.375)


def test_an_event_file_below_the_trainers_folder_joins_its_state(tmp_path):
    rows = [{"step": 10 * i, "epoch": i / 5, "loss": 2.0 / (i + 1), "learning_rate": 1e-3 / (i + 1)} for i in range(6)]
    state = {"global_step": 50, "max_steps": 50, "log_history": rows}
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "trainer_state.json").write_text(json.dumps(state))
    curves = {"train/loss": [(r["step"], r["loss"]) for r in rows]}
    events(tmp_path / "out" / "runs" / "Nov23_10-11-12_host", curves)
    run = only(tmp_path)
    assert len(run.info.logs) == 2
    assert run.info.started_at is not None


def test_curves_that_disagree_are_two_runs_and_that_is_said(tmp_path):
    events(tmp_path / "ppo", CURVE)
    table(tmp_path / "ppo" / "progress.csv", OTHER)
    listing = list_runs([tmp_path])
    assert len(listing.runs) == 2
    assert any("disagree on rollout/ep_rew_mean" in warning for warning in listing.warnings)


def test_folders_of_seeds_stay_apart(tmp_path):
    for seed in range(3):
        table(tmp_path / f"seed{seed}" / "progress.csv", {"loss": [(i, (1 + 0.01 * seed) / (i + 1)) for i in range(5)]})
    assert [run.id for run in list_runs([tmp_path]).runs] == ["seed0", "seed1", "seed2"]


def test_runs_of_one_table_are_several(tmp_path):
    (tmp_path / "metrics.csv").write_text(
        "run,step,loss\n" + "".join(f"r{r},{i},{1 / (i + 1)}\n" for r in (0, 1) for i in range(5))
    )
    assert len(list_runs([tmp_path]).runs) == 2


def test_a_log_that_is_gone_is_left_out_and_the_rest_is_read(tmp_path):
    events(tmp_path / "ppo", CURVE)
    table(tmp_path / "ppo" / "progress.csv", CURVE)
    (info,) = list_runs([tmp_path]).runs
    second = Path(info.logs[1].location)
    for path in [second] if second.is_file() else list(second.glob("events*")):
        path.unlink()
    run = read_run(info)
    assert len(run.history) == 12
    assert any("Left out" in warning for warning in run.warnings)


def zoo_run(folder: Path) -> tuple[float, float]:
    """A run's folder as RL Zoo lays it out: episodes, and an event file below the folder of the environment's name."""
    settings = folder / folder.name.rpartition("_")[0]
    events(settings / "PPO_1", {"train/loss": [(100 * i, 1.0 / (i + 1)) for i in range(12)]})
    run = read_run(list_runs([settings / "PPO_1"]).runs[0])
    start, end = run.attempts[0].started_at, run.attempts[0].ended_at or 0.0
    (settings / "args.yml").write_text("algo: ppo\nseed: 4\n")
    (settings / "config.yml").write_text("gamma: 0.98\n")
    (folder / "0.monitor.csv").write_text(
        f'#{{"t_start": {start}, "env_id": "X-v1"}}\nr,l,t\n1.0,10,0.0\n2.0,9,{end}\n'
    )
    return start, end


def test_an_event_file_inside_rl_zoos_folder_is_that_runs(tmp_path):
    zoo_run(tmp_path / "ppo" / "X-v1_1")
    zoo_run(tmp_path / "ppo" / "X-v1_2")
    found = {info.id: read_run(info) for info in list_runs([tmp_path]).runs}
    assert set(found) == {"ppo/X-v1_1", "ppo/X-v1_2"}
    run = found["ppo/X-v1_1"]
    assert {"r", "train/loss"} <= set(run.history.numeric_keys)
    assert (run.seed, run.config["algo"], run.config["config"]) == (4, "ppo", {"gamma": 0.98})


def test_an_event_file_of_another_time_in_that_folder_is_another_run(tmp_path):
    start, _ = zoo_run(tmp_path / "X-v1_1")
    (tmp_path / "X-v1_1" / "0.monitor.csv").write_text(f'#{{"t_start": {start + 9_000}}}\nr,l,t\n1.0,10,0.5\n')
    assert len(list_runs([tmp_path]).runs) == 2


def test_trainings_of_one_folder_are_told_apart_by_the_names_of_their_files(tmp_path):
    for name, level in (("small", 0.8), ("large", 0.9)):
        history = {"accuracy": [level, level + 0.01], "loss": [1.0, 0.5]}
        (tmp_path / f"{name}_training_history.json").write_text(json.dumps(history))
        (tmp_path / f"{name}_final_metrics.json").write_text(json.dumps({"test_accuracy": level, "f1_score": 0.7}))
    (tmp_path / "other_metrics.json").write_text(json.dumps({"accuracy": 0.5}))  # no rows beside it
    found = {info.name: read_run(info) for info in list_runs([tmp_path]).runs}
    assert set(found) == {"small", "large"}
    assert found["large"].summary["test_accuracy"] == 0.9
    assert found["large"].history.series("accuracy").value.tolist() == [0.9, 0.91]


def test_many_trainings_of_one_folder_are_too(tmp_path):
    for number in range(20):
        (tmp_path / f"run{number}_history.json").write_text(json.dumps({"loss": [1.0, number]}))
        (tmp_path / f"run{number}_metrics.json").write_text(json.dumps({"accuracy": number / 20}))
    found = list_runs([tmp_path]).runs
    assert sorted(info.name for info in found) == sorted(f"run{number}" for number in range(20))
    assert all(len(info.logs) == 2 for info in found)
