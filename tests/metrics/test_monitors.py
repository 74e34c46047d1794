"""Which metrics configurations name, as trainers of many kinds write them."""

import pytest

from runcompare.metrics.monitors import leaves, monitors

CHECKPOINT = {
    "class_path": "lightning.pytorch.callbacks.ModelCheckpoint",
    "init_args": {"monitor": "f1", "mode": "max"},
}
STOPPING = {"class_path": "lightning.pytorch.callbacks.EarlyStopping", "init_args": {"monitor": "loss", "mode": "min"}}


def named(config):
    return [(m.name, m.direction, m.purpose) for m in monitors(config)]


@pytest.mark.parametrize(
    ("config", "found"),
    [
        (
            {"trainer": {"callbacks": [CHECKPOINT, STOPPING]}},  # LightningCLI
            [("f1", "max", "checkpoint"), ("loss", "min", "early stopping")],
        ),
        (
            {"callbacks": {"best": {"_target_": "lightning.pytorch.callbacks.ModelCheckpoint", "monitor": "val/acc"}}},
            [("val/acc", None, "checkpoint")],
        ),
        (
            {"callbacks": {"model_checkpoint": {"monitor": "val/acc", "mode": "max"}}},  # Hydra's groups
            [("val/acc", "max", "checkpoint")],
        ),
        (
            {"callbacks": [{"class_name": "EarlyStopping", "config": {"monitor": "val_acc", "mode": "auto"}}]},  # Keras
            [("val_acc", None, "early stopping")],
        ),
        (
            {"trainer/callbacks/checkpoint/monitor": "val/x", "trainer/callbacks/checkpoint/mode": "max"},
            [("val/x", "max", "checkpoint")],
        ),
        ({"lr_scheduler": {"monitor": "val_loss", "mode": "min"}}, [("val_loss", "min", "schedule")]),
        (
            {"exp_manager": {"checkpoint_callback_params": {"monitor": "val_wer", "mode": "min"}}},  # NeMo
            [("val_wer", "min", "checkpoint")],
        ),
        (
            {"default_hooks": {"checkpoint": {"type": "CheckpointHook", "save_best": "coco/mAP", "rule": "greater"}}},
            [("coco/mAP", "max", "checkpoint")],  # MMEngine
        ),
        (
            {"best_checkpoint_metric": "bleu", "maximize_best_checkpoint_metric": True},  # fairseq
            [("bleu", "max", "checkpoint")],
        ),
        (
            {"best_model_criterion": [["valid", "acc", "max"], ["train", "loss", "min"]]},  # ESPnet
            [("acc", "max", "checkpoint"), ("loss", "min", "checkpoint")],
        ),
        ({"early_stopping_criterion": ("valid", "cer", "min")}, [("cer", "min", "early stopping")]),
        ({"searcher": {"metric": "error", "smaller_is_better": True}}, [("error", "min", "other")]),
        ({"tune": {"metric": "mean_accuracy", "mode": "max"}}, [("mean_accuracy", "max", "other")]),
        ({"hpo": {"metric": {"name": "score", "goal": "minimize"}}}, [("score", "min", "other")]),
        ({"metric_for_best_model": "f1", "greater_is_better": True}, [("f1", "max", "checkpoint")]),
        ({"eval_metric": ["logloss", "auc"]}, [("auc", None, "other")]),  # XGBoost stops by the last
        ({"metric": ["auc", "binary_logloss"]}, [("auc", None, "other")]),  # LightGBM has first_metric_only
        ({"metric": "auc, binary_logloss"}, [("auc", None, "other")]),
        ({"eval_metric": "custom", "maximize": True}, [("custom", "max", "other")]),
    ],
)
def test_a_setting_that_names_a_metric(config, found):
    assert named(config) == found


@pytest.mark.parametrize(
    "config",
    [
        {"monitor": None, "mode": "max"},
        {"model": {"metric": {"name": "cosine", "goal": "max"}}},  # a model's option
        {"monitor": "", "metric": [], "eval_metric": [len]},
        {"best_model_criterion": ["valid", "acc"]},
    ],
)
def test_settings_that_name_none(config):
    assert named(config) == []


@pytest.mark.parametrize("more", [{"maximize": False}, {"eval_metric": "x", "maximize": False}, {"mode": "online"}])
def test_options_of_others_are_no_direction(more):
    assert {direction for _, direction, _ in named({"metric": "accuracy", **more})} == {None}


def test_the_name_of_a_run_is_no_purpose():
    assert named({"name": "ckpt-ablation", "monitor": "loss"}) == [("loss", None, "other")]


def test_lists_of_plain_values_are_leaves():
    assert dict(leaves({"a": [1, 2], "b": [{"c": 3}, 4], "d": {}})) == {"a": [1, 2], "b.0.c": 3, "b.1": 4}


def test_a_list_that_holds_itself_ends():
    endless: list[object] = [{"monitor": "loss"}]
    endless.append(endless)
    assert len(named({"callbacks": endless})) < 100
