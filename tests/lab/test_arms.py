from pathlib import Path

import pytest

from runcompare.costs import PriceBook
from runcompare.engine.config.read import EngineConfig, load_config, to_dict
from runcompare.errors import ConfigError, UsageError
from runcompare.lab.arms import Arm, arm_from_config, arm_from_group, folder_name, is_record
from runcompare.records.run import Group, Run, RunInfo


def run(name, seed=0, started_at=None, config=None, **summary):
    info = RunInfo(name, name, "test", name, group="g", seed=seed, started_at=started_at)
    return Run(info, config=config or {}, summary=summary)


def template(seed, folder):
    return "train", str(seed), str(folder)


def test_jobs_take_the_smallest_seeds_that_are_free(tmp_path):
    arm = Arm("g", tmp_path, template, [run("a", 1), run("b", 3), run("c", None)])
    assert [job.seed for job in arm.jobs(6)] == [0, 2, 4]
    assert arm.jobs(3) == []
    assert arm.jobs(4)[0].command == ("train", "0", str(tmp_path / "s0"))


def test_an_arm_of_unknown_training_asks_for_a_command_only_when_seeds_are_missing(tmp_path):
    arm = Arm("g", tmp_path, None, [run("a")])
    assert arm.jobs(1) == []
    with pytest.raises(UsageError, match="How to train 'g' is not known"):
        arm.jobs(2)


def test_results_come_in_the_order_of_the_runs(tmp_path):
    group = Group("x", "x", (run("late", 5, 20.0, acc=0.2), run("early", 7, 10.0, acc=0.1)))
    arm = arm_from_group(group, tmp_path, command="env {seed}", wandb=False)
    found = arm.results("acc", PriceBook.load())
    assert [(r.run_id, r.seed, r.metric, r.value) for r in found] == [("early", 7, "acc", 0.1), ("late", 5, "acc", 0.2)]


def test_a_run_without_the_metric_is_named(tmp_path):
    arm = Arm("g", tmp_path, None, [run("a", acc=1.0), run("b")])
    with pytest.raises(UsageError, match="Run b of 'g' did not log 'acc'"):
        arm.results("acc", PriceBook.load())


def test_the_group_has_all_runs(tmp_path):
    assert [r.id for r in Arm("g", tmp_path, None, [run("a"), run("b")]).group.runs] == ["a", "b"]


def test_a_logged_configuration_of_ours_trains_again(tmp_path):
    logged = {**to_dict(EngineConfig()), "hardware": {"cpu": "x"}, "git": {}, "parameters": {"operator": 1}}
    arm = arm_from_group(Group("g", "g", (run("a", config=logged),)), tmp_path, command=None, wandb=False)
    (job,) = arm.jobs(2)
    assert job.seed == 1
    assert job.command[-1] == "--no-wandb"
    assert load_config(tmp_path / "g" / "config.yaml") == EngineConfig()


def test_another_trainers_configuration_is_not_trained_by_our_engine(tmp_path):
    arm = arm_from_group(Group("g", "g", (run("a", config={"lr": 0.1}),)), tmp_path, command=None, wandb=False)
    assert arm.template is None
    assert list(tmp_path.iterdir()) == []


def test_a_configuration_is_checked_before_anything_runs_unless_a_command_reads_it(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("lr: 0.1\n")
    with pytest.raises(ConfigError, match="unknown key 'lr'"):
        arm_from_config(path, Path("runs"), command=None, wandb=False)
    arm = arm_from_config(path, Path("runs"), command="env {seed}", wandb=False)
    assert (arm.label, arm.folder, arm.runs) == ("mine", Path("runs/mine"), [])


def test_a_record_written_by_hand_is_no_configuration(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("# a record\nruncompare: 1\n")
    assert is_record(path)
    path.write_text("name: runcompare\n")
    assert not is_record(path)


def test_a_very_long_label_is_a_folder_all_the_same(tmp_path):
    names = {folder_name("é" * 50_000 + end) for end in ("a", "b")}
    assert len(names) == 2
    for name in names:
        (tmp_path / name).mkdir()
