"""Rules that no tiny training shows: each on runs on which it fires, and on runs on which it does not."""

import pytest
from drawn_runs import STEPS, found, group

from runcompare.records.history import History
from runcompare.records.run import Group, Hardware, Run


def test_a_plateau_is_named_where_the_other_side_went_on():
    flat = group("new", loss=lambda i: max(1.0, 2.0 * 0.8**i))
    on = group("baseline", loss=lambda i: 2.0 * 0.95**i)
    assert found(flat, on)["stalled"]["role"] == "candidate"
    assert "stalled" not in found(group("new"), group("baseline"))


def test_near_chance_needs_like_learning_rates():
    def side(name: str, level: float, lr: float) -> Group:
        return group(
            name,
            loss=lambda i: level + 2.0 * 0.5**i,
            val_loss=lambda i: level + 2.1 * 0.5**i,
            config={"lr": lr},
        )

    assert found(side("new", 2.9, 1e-3), side("baseline", 0.5, 1e-3))["at_chance"]["role"] == "candidate"
    assert "at_chance" not in found(side("new", 2.9, 1e-5), side("baseline", 0.5, 1e-3))


def test_a_gap_that_the_baseline_lacks():
    wide = group("new", loss=lambda i: 2.0 * 0.7**i + 0.01, val_loss=lambda i: 0.5 + 1.5 * 0.7**i)
    near = group("baseline", loss=lambda i: 0.3 + 1.7 * 0.7**i, val_loss=lambda i: 0.35 + 1.7 * 0.7**i)
    assert found(wide, near)["generalisation_gap"]["role"] == "candidate"
    assert "generalisation_gap" not in found(near, near_again := group("old", loss=near_loss, val_loss=near_held))
    assert near_again.runs


def near_loss(i: int) -> float:
    return 0.3 + 1.7 * 0.7**i


def near_held(i: int) -> float:
    return 0.35 + 1.7 * 0.7**i


@pytest.mark.parametrize(("test_accuracy", "fires"), [(0.8, True), (0.9, False)])
def test_test_results_that_fall_behind_validation(test_accuracy, fires):
    new = group("new", summary={"val/accuracy": 0.91, "test/accuracy": test_accuracy})
    old = group("baseline", summary={"val/accuracy": 0.9, "test/accuracy": 0.89})
    assert ("test_gap" in found(new, old, "val/accuracy")) == fires


def test_a_learning_rate_that_did_not_arrive():
    def side(name: str, told: float) -> Group:
        one = group(name, config={"lr": told})
        rows = [{**row, "lr": 0.01} for row in one.runs[0].history.frame.to_dicts()]
        runs = [Run(r.info, r.config, r.summary, History.from_rows(rows)) for r in one.runs]
        return Group(name, name, tuple(runs))

    assert found(side("new", 0.1), side("baseline", 0.01))["setting_without_effect"]["logged"] == 0.01
    assert "setting_without_effect" not in found(side("new", 0.01), side("baseline", 0.01))


def test_settings_of_the_data_and_lengths_that_differ():
    new = group("new", config={"train_size": 100, "lr": 1e-3})
    old = group("baseline", config={"train_size": 900, "lr": 1e-3}, steps=36)
    rules = found(new, old)
    assert rules["data_differ"]["paths"] == ["train_size"]
    assert rules["lengths_differ"]["role"] == "candidate"
    same = found(group("new", config={"lr": 1e-2}), group("baseline", config={"lr": 1e-3}))
    assert not {"data_differ", "lengths_differ"} & {*same}


def test_evidence_that_one_side_lacks():
    rules = found(group("new"), group("baseline", val_loss=lambda i: 2.2 * 0.9**i))
    assert rules["missing_evidence"] == {"role": "candidate", "what": ["validation loss"]}


@pytest.mark.parametrize(("speed", "fires"), [(50.0, True), (95.0, False)])
def test_fewer_samples_a_second(speed, fires):
    new = group("new", summary={"train_samples_per_second": speed})
    old = group("baseline", summary={"train_samples_per_second": 100.0})
    assert ("throughput_lower" in found(new, old)) == fires


@pytest.mark.parametrize(("used", "fires"), [(20.0, True), (88.0, False)])
def test_accelerators_that_wait(used, fires):
    def side(name: str, percent: float) -> Group:
        runs = []
        for run in group(name).runs:
            rows = [{"_timestamp": 1.7e9 + i, "system.gpu.0.gpu": percent + 0.1 * i} for i in range(STEPS)]
            hardware = Hardware(accelerator="A100", accelerator_count=1)
            runs.append(Run(run.info, {}, {}, run.history, system=History.from_rows(rows), hardware=hardware))
        return Group(name, name, tuple(runs))

    rules = found(side("new", used), side("baseline", 90.0))
    assert ("device_idle" in rules) == fires


@pytest.mark.parametrize(("searched", "fires"), [(0.0999, True), (0.08, False)])
def test_a_search_that_bought_nothing(searched, fires):
    def side(name: str) -> Group:
        return group(name, summary={"eval/baseline_nrmse": 0.1, "eval/ttc_nrmse": searched, "eval/nrmse": searched})

    assert ("search_wasted" in found(side("new"), side("baseline"), "eval/nrmse")) == fires
