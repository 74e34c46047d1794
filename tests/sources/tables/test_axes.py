"""Several step axes: rows that interleave, steps that fall back, clocks of any unit."""

from typing import Any

import numpy as np
import pytest

import runcompare
from runcompare.records.run import Attempt, Run

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


def test_time_that_only_grows_is_elapsed_and_time_that_does_not_is_a_metric() -> None:
    grows = from_rows(*[{"step": i, "time": i * 1.5, "loss": 1.0} for i in range(4)])
    assert grows.runtime_s == 4.5
    shakes = from_rows(*[{"step": i, "time": 1.0 + i % 2, "loss": 1.0} for i in range(4)])
    assert (shakes.runtime_s, shakes.summary["time"]) == (None, 2.0)


def test_a_time_that_the_caller_names() -> None:
    run = from_rows(*[{"step": i, "when": i * 3.0, "loss": 1.0} for i in range(4)], time="when")
    assert run.runtime_s == 9


@pytest.mark.parametrize("lengths", [[30, 20, 10], [10, 30, 20], [10, 20, 30]])
def test_steps_beside_episodes_are_their_lengths(lengths: list[int]) -> None:
    rows = [{"episode": i, "return": 10.0 * i, "steps": n} for i, n in enumerate(lengths, start=1)]
    run = from_rows(*rows)
    assert steps(run) == [1, 2, 3]
    assert (run.summary["return"], run.warnings) == (30.0, ())


def test_several_rows_of_an_episode_go_by_their_step() -> None:
    assert steps(from_rows(*[{"episode": i // 2, "step": i, "loss": 1.0} for i in range(6)])) == list(range(6))


@pytest.mark.parametrize(
    "name", ["timesteps", "total_timesteps", "iter", "iteration", "update", "Epoch", "global_step"]
)
def test_usual_names_of_a_step(name: str) -> None:
    assert steps(from_rows(*[{name: i * 5, "loss": 1.0} for i in range(1, 4)])) == [5, 10, 15]
