"""Folders of Stable-Baselines3, written by itself where it is installed, else files of its format."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import runcompare
from runcompare.errors import UnreadableRun
from runcompare.metrics.stated import statements_of
from runcompare.records.run import Attempt, Run
from runcompare.sources import list_runs
from runcompare.sources.registry import read_run
from runcompare.sources.sb3.source import StableBaselines

T0 = 1_700_000_000.0


def only(path: Path) -> Run:
    (info,) = list_runs([path]).runs
    return read_run(info)


def monitor(folder: Path, name: str, start: float, *rows: tuple[float, int, float]) -> Path:
    folder.mkdir(exist_ok=True)
    lines = "".join(f"{r},{length},{t}\n" for r, length, t in rows)
    (folder / name).write_text(f'#{{"t_start": {start}, "env_id": "X-v1"}}\nr,l,t\n{lines}')
    return folder / name


def evaluations(folder: Path, name: str = "evaluations.npz", **arrays: Any) -> Path:
    folder.mkdir(exist_ok=True)
    made = {"timesteps": [1000, 2000], "results": [[1.0, 3.0], [4.0, 8.0]], "ep_lengths": [[10, 20], [30, 50]]}
    np.savez(folder / name, **{key: np.array(value) for key, value in (made | arrays).items()})
    return folder / name


def test_evaluations_go_by_timesteps_with_episodes_as_samples(tmp_path: Path) -> None:
    evaluations(tmp_path / "ppo")
    run = only(tmp_path)
    assert run.name == "ppo"
    series = run.history.series("eval/mean_reward")
    assert (series.step.tolist(), series.value.tolist()) == ([1000, 2000], [2, 6])
    assert run.summary["eval/mean_ep_length"] == 40
    assert run.samples == {"eval/mean_reward": (4.0, 8.0)}


def test_episodes_of_two_runs_are_never_pairs(tmp_path: Path) -> None:
    """Not even where both were evaluated as often; and another number of episodes is no other test set."""
    evaluations(tmp_path / "ppo")
    evaluations(tmp_path / "a2c", results=[[2.0, 4.0], [5.0, 9.0]])
    evaluations(tmp_path / "sac", results=[[2.0, 4.0, 3.0], [5.0, 9.0, 7.0]], ep_lengths=[[1, 2, 3], [1, 2, 3]])
    for other in ("a2c", "sac"):
        compared = runcompare.compare(tmp_path / "ppo", tmp_path / other)
        assert compared.samples is None
        assert compared.verdict != "not comparable"


def test_environments_of_one_run_are_counted_together(tmp_path: Path) -> None:
    monitor(tmp_path / "ppo", "0.monitor.csv", T0, (1.0, 10, 0.5), (3.0, 10, 2.5))
    monitor(tmp_path / "ppo", "1.monitor.csv", T0 + 1, (2.0, 5, 0.5))
    run = only(tmp_path)
    assert run.history.frame.select("_step", "r", "_timestamp").rows() == [
        (10, 1, T0 + 0.5),
        (15, 2, T0 + 1.5),
        (25, 3, T0 + 2.5),
    ]
    assert run.attempts == (Attempt(T0, T0 + 2.5),)
    assert run.config == {"env_id": "X-v1"}
    assert statements_of([run])["r"].direction == "max"


def test_progress_and_episodes_and_evaluations_of_a_folder_are_one_run(tmp_path: Path) -> None:
    evaluations(tmp_path / "ppo")
    monitor(tmp_path / "ppo", "monitor.csv", T0, (1.0, 10, 0.5))
    table = "eval/mean_reward,time/total_timesteps,train/loss\n2.0,1000,\n,1000,0.5\n9.0,2000,0.25\n"
    (tmp_path / "ppo" / "progress.csv").write_text(table)
    run = only(tmp_path)
    assert run.history.series("train/loss").step.tolist() == [1000, 2000]
    assert run.summary["eval/mean_reward"] == 6  # the episodes themselves, not what was logged of them
    assert run.summary["r"] == 1


def test_a_named_file_is_tried(tmp_path: Path) -> None:
    evaluations(tmp_path / "ppo", "late.npz")
    assert only(tmp_path / "ppo" / "late.npz").name == "late"
    path = monitor(tmp_path / "ppo", "1.monitor.csv", T0, (1.0, 10, 0.5))
    assert only(path).summary["r"] == 1


@pytest.mark.parametrize("odd", [{"timesteps": []}, {"results": [1.0, 2.0]}, {"results": [[{}], [{}]]}])
def test_other_arrays_are_an_error_of_ours(tmp_path: Path, odd: dict[str, Any]) -> None:
    path = evaluations(tmp_path / "ppo", **odd)
    with pytest.raises(UnreadableRun, match=r"evaluations\.npz"):
        StableBaselines().read(str(path))


def test_stable_baselines_itself(tmp_path: Path) -> None:
    sb3 = pytest.importorskip("stable_baselines3", reason="the extra 'layouts' is not installed")
    import gymnasium
    from stable_baselines3.common.callbacks import EvalCallback
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.logger import configure
    from stable_baselines3.common.monitor import Monitor, load_results

    folder = str(tmp_path / "ppo")
    environments = make_vec_env("CartPole-v1", n_envs=2, monitor_dir=folder, seed=0)
    model = sb3.PPO("MlpPolicy", environments, n_steps=64, batch_size=32, n_epochs=1, seed=0, device="cpu")
    model.set_logger(configure(folder, ["csv"]))
    judge = EvalCallback(
        Monitor(gymnasium.make("CartPole-v1")), eval_freq=64, n_eval_episodes=3, log_path=folder, verbose=0
    )
    model.learn(256, callback=judge)
    run = only(tmp_path)
    assert run.history.series("r").value.tolist() == load_results(folder)["r"].tolist()
    means = [float(np.mean(results)) for results in judge.evaluations_results]
    assert run.history.series("eval/mean_reward").value.tolist() == pytest.approx(means)
    assert run.history.has("rollout/ep_rew_mean")
