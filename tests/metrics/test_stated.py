"""What runs state of their metrics, alone and together."""

import pytest

from runcompare.metrics.metric import Meanings
from runcompare.metrics.primary import choose_metric
from runcompare.metrics.stated import statements_of
from runcompare.records.run import DeclaredMetric, Group, Run, RunInfo


def run(keys, config=None, name="a", **more):
    return Run(RunInfo(name, name, "test", name), config=config or {}, summary=dict.fromkeys(keys, 0.5), **more)


def callback(kind, monitor, **more):
    return {"class_path": f"lightning.pytorch.callbacks.{kind}", "init_args": {"monitor": monitor, **more}}


def callbacks(*some):
    return {"trainer": {"callbacks": list(some)}}


def primary(config, *keys):
    groups = [Group(n, n, (run(keys, config, n),)) for n in "ab"]
    return choose_metric(*groups, Meanings.of(r for g in groups for r in g.runs)).metric


def test_the_checkpoints_metric_stands_for_a_run_before_that_of_early_stopping():
    keys = ("val/accuracy", "val/f1", "val/auc")
    stopping = callback("EarlyStopping", "val/f1", mode="max")
    assert primary(callbacks(stopping, callback("ModelCheckpoint", "val/auc", mode="max")), *keys).key == "val/auc"
    assert primary(callbacks(stopping), *keys).key == "val/f1"


def test_a_schedules_metric_selects_nothing():
    config = {"lr_scheduler": {"monitor": "val/f1", "mode": "max"}}
    assert primary(config, "val/accuracy", "val/f1").key == "val/accuracy"
    assert statements_of([run(["val/f1"], config)])["val/f1"].direction == "max"


def test_an_unknown_name_has_the_direction_of_its_checkpoint():
    metric = primary(callbacks(callback("ModelCheckpoint", "val/zebra", mode="max")), "val/loss", "val/zebra")
    assert (metric.key, metric.direction, metric.kind) == ("val/zebra", "max", "quality")


def test_keras_auto_leaves_the_direction_to_the_name():
    config = {"callbacks": [{"class_name": "ModelCheckpoint", "config": {"monitor": "val_accuracy", "mode": "auto"}}]}
    metric = Meanings.of([run(["val_accuracy"], config)]).metric("val_accuracy")
    assert (metric.direction, metric.direction_source[:8]) == ("max", "its name")


@pytest.mark.parametrize("modes", [("min", "max"), ("max", "min"), ("max", "min", "max"), ("min", "max", "max")])
def test_directions_that_contradict_each_other_are_none(modes):
    """Not even the name's."""
    kinds = ("ModelCheckpoint", "EarlyStopping", "ModelCheckpoint")
    config = callbacks(*(callback(kind, "val/loss", mode=mode) for kind, mode in zip(kinds, modes, strict=False)))
    metric = Meanings.of([run(["val/loss"], config)]).metric("val/loss")
    assert metric.direction is None
    assert "contradict" in metric.direction_source


def test_runs_that_contradict_each_other_state_none():
    runs = [run(["val/zebra"], {"monitor": "val/zebra", "mode": mode}, mode) for mode in ("min", "max", "max")]
    assert statements_of(runs)["val/zebra"].contradicted
    declared = run(["val/zebra"], declared=(DeclaredMetric("val/zebra", "minimize", source="define_metric"),))
    assert statements_of([declared, runs[0]])["val/zebra"].direction == "min"
    assert statements_of([declared, runs[1]])["val/zebra"].direction is None


@pytest.mark.parametrize(
    ("monitor", "mode", "direction", "kind"),
    [("val_loss", "min", "min", "loss"), ("val_loss", None, "min", "loss"), ("val_acc", "max", "max", "quality")],
)
def test_the_best_score_is_that_of_what_was_monitored(monitor, mode, direction, kind):
    """MLflow's autologging of Lightning writes it, with the settings of early stopping."""
    metric = Meanings.of([run([monitor, "best_score"], {"monitor": monitor, "mode": mode})]).metric("best_score")
    assert (metric.direction, metric.kind) == (direction, kind)
    assert primary({"monitor": monitor, "mode": mode}, monitor, "best_score").key == monitor


def test_the_best_score_of_an_unknown_metric_has_no_direction():
    assert Meanings.of([run(["zebra", "best_score"], {"monitor": "zebra"})]).metric("best_score").direction is None


@pytest.mark.parametrize(
    ("config", "keys", "selected"),
    [
        ({"eval_metric": ["logloss", "auc"]}, ["train-auc", "valid-auc", "valid-logloss"], ["valid-auc"]),
        ({"eval_metric": "rmse"}, ["validation_0-rmse"], ["validation_0-rmse"]),
        ({"metric": "auc,binary_logloss"}, ["valid_0's auc", "valid_0's binary_logloss"], ["valid_0's auc"]),
        ({"metric": "ndcg"}, ["valid_0-ndcg_at_5", "valid_0-map_at_5"], ["valid_0-ndcg_at_5"]),
        ({"metric": "l2"}, ["accuracy", "val_accuracy"], []),  # the distance of a nearest neighbour
        ({"best_model_criterion": [["valid", "acc", "max"]]}, ["train/acc", "valid/acc"], ["valid/acc"]),
        ({"metric_for_best_model": "eval_f1"}, ["eval/f1", "eval/loss"], ["eval/f1"]),
        ({"monitor": "val_loss"}, ["loss"], []),
    ],
)
def test_a_setting_means_the_key_that_was_logged(config, keys, selected):
    assert [key for key, said in statements_of([run(keys, config)]).items() if said.selects] == selected
