"""Ranks of one job, and logs with the same curves, count once."""

import numpy as np

import runcompare
from runcompare.references.trainings import one_each


def run(name: str, level: float = 1.0, *, noise: int = 0, config=None, group=None):
    rng = np.random.default_rng(noise)
    rows = [{"step": i, "loss": level / (i + 1) * (1 + 0.01 * rng.normal())} for i in range(6)]
    return runcompare.from_frame(rows, name=name, config=config or {"lr": level, "seed": 0}, group=group)


def test_ranks_are_one_training_with_a_world_size():
    each = one_each([run(f"new-rank{i}", noise=i) for i in range(8)])
    (one,) = each.runs
    assert (one.id, one.hardware.world_size) == ("new-rank0", 8)
    assert "processes of one training" in each.notes[0]


def test_ranks_of_other_jobs_are_others():
    runs = [run(f"{job}-rank{i}", noise=i + 10 * k) for k, job in enumerate("ab") for i in range(2)]
    assert [one.id for one in one_each(runs).runs] == ["a-rank0", "b-rank0"]


def test_ranks_by_a_key_of_their_config():
    runs = [run(f"r{i}", noise=i, config={"lr": 1, "seed": 0, "local_rank": i}, group="ddp") for i in range(4)]
    assert len(one_each(runs).runs) == 1


def test_the_same_curves_under_two_names_are_one_training():
    each = one_each([run("csv/s0"), run("tb/s0"), run("csv/s1", noise=1)])
    assert [one.id for one in each.runs] == ["csv/s0", "csv/s1"]
    assert "csv/s0, tb/s0 logged the same curves: one training" in each.notes[0]


def test_seeds_that_changed_nothing_are_said():
    each = one_each([run(f"s{seed}", config={"lr": 1, "seed": seed}) for seed in (0, 1)])
    assert len(each.runs) == 1
    assert "though they state the seeds 0 and 1" in each.notes[0]


def test_settings_that_differ_make_two_trainings_whatever_they_logged():
    assert len(one_each([run("a", config={"lr": 1}), run("b", config={"lr": 2})]).runs) == 2
