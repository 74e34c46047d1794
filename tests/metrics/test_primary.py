"""The primary metric of key sets as trackers and libraries log them."""

import pytest

from runcompare.errors import UsageError
from runcompare.metrics.metric import Meanings
from runcompare.metrics.primary import choose_metric, last_values, other_results
from runcompare.records.history import History
from runcompare.records.run import DeclaredMetric, Group, Run, RunInfo


def side(keys, name="a", **more):
    run = Run(RunInfo(name, name, "test", name), summary=dict.fromkeys(keys, 0.5), **more)
    return Group(name, name, (run,))


def chosen(keys, wanted=None, **more):
    return choose_metric(side(keys), side(keys, "b"), Meanings(), wanted, **more).metric.key


@pytest.mark.parametrize(
    ("keys", "primary"),
    [
        (["eval/nrmse", "eval/mse", "operator/loss"], "eval/nrmse"),
        (["test/loss", "test/accuracy", "val/accuracy"], "test/accuracy"),
        (["loss", "accuracy", "val_loss", "val_accuracy"], "val_accuracy"),  # Keras
        (["train/loss", "val/loss", "epoch", "lr"], "val/loss"),
        (["metrics/mAP50(B)", "metrics/mAP50-95(B)", "metrics/precision(B)", "val/box_loss"], "metrics/mAP50-95(B)"),
        (["eval_loss", "eval_wer", "eval_runtime", "train_loss"], "eval_wer"),
        (["rollout/ep_rew_mean", "rollout/ep_len_mean", "train/value_loss", "time/fps"], "rollout/ep_rew_mean"),
        (["charts/episodic_return", "losses/policy_loss", "charts/SPS"], "charts/episodic_return"),
        (["rmse"], "rmse"),
        (["hellaswag/acc", "hellaswag/acc_norm"], "hellaswag/acc_norm"),
        (["bbox/AP", "bbox/AP50", "bbox/AP75"], "bbox/AP"),
        (["Accuracy/test", "Loss/train", "Loss/test"], "Accuracy/test"),
        (["epoch_loss", "epoch_accuracy"], "epoch_accuracy"),
        (["train/accuracy", "val/loss"], "val/loss"),
    ],
)
def test_primary_of_key_sets_from_the_wild(keys, primary):
    assert chosen(keys) == primary


@pytest.mark.parametrize(
    ("keys", "offered"),
    [
        (["hellaswag/acc", "arc_easy/acc"], "hellaswag/acc"),
        (["blorp", "lr", "epoch", "eval/snark"], "eval/snark"),
        (["lr", "epoch"], "--metric KEY"),
    ],
)
def test_what_can_not_be_chosen_is_asked_for(keys, offered):
    with pytest.raises(UsageError) as asked:
        chosen(keys)
    assert offered in asked.value.hint
    if "eval/snark" in keys:
        assert asked.value.hint.index("eval/snark") < asked.value.hint.index("blorp")
        assert "epoch" not in asked.value.hint


def test_results_that_no_habit_puts_in_an_order_are_asked_for():
    with pytest.raises(UsageError, match="several results"):
        chosen(["val/csig", "val/cbak"])
    with pytest.raises(UsageError, match="several results"):
        chosen(["id/acc", "ood/auroc"])


@pytest.mark.parametrize(
    ("keys", "primary"),
    [
        (["eval_precision", "eval_recall", "eval_f1", "eval_accuracy"], "eval_f1"),
        (["eval_f1", "eval_accuracy"], "eval_accuracy"),
        (["acc", "coco/bbox_mAP"], "coco/bbox_mAP"),
        (["Train/mean_reward", "Metrics/base_velocity/error_vel_xy"], "Train/mean_reward"),
        (["train/accuracy", "quality/zeta_iou"], "quality/zeta_iou"),
        (["val_accuracy", "validation_accuracy"], "val_accuracy"),
        (["test/recall@10", "test/ndcg@10", "test/hit@10"], "test/ndcg@10"),
    ],
)
def test_what_the_kind_of_training_says(keys, primary):
    assert chosen(keys) == primary


def test_a_part_of_a_result_is_not_taken_for_the_whole_where_others_are_unknown():
    assert chosen(["val/precision", "val/loss"]) == "val/precision"
    with pytest.raises(UsageError, match="only parts"):
        chosen(["val/precision", "val/loss", "val/zebra"])
    assert chosen(["val/R@1", "val/R@5", "val/median_rank", "val/zebra"]) == "val/R@1"


def test_an_average_stands_for_several_tasks():
    assert chosen(["hellaswag/acc", "arc_easy/acc", "avg/acc"]) == "avg/acc"


def test_the_runs_own_selection_decides_among_its_kind():
    keys = ["val/accuracy", "val/f1", "val/auc"]
    config = {"trainer": {"callbacks": {"checkpoint": {"monitor": "val/f1", "mode": "max"}}}}
    groups = side(keys, config=config), side(keys, "b", config=config)
    meanings = Meanings.of(run for group in groups for run in group.runs)
    choice = choose_metric(*groups, meanings)
    assert choice.metric.key == "val/f1"
    assert "checkpoint.monitor" in choice.why
    assert choice.next_best == ("val/accuracy", "val/auc")


def test_losses_of_changed_loss_functions_are_not_taken():
    assert chosen(["val/loss", "val/miou"], changed_loss=True) == "val/miou"
    with pytest.raises(UsageError):
        chosen(["val/loss"], changed_loss=True)
    assert chosen(["val/loss"], "val/loss", changed_loss=True) == "val/loss"


def test_a_metric_that_only_the_rows_hold_counts():
    rows = History.from_rows([{"_step": 0, "val/accuracy": 0.5}, {"_step": 1, "val/accuracy": 0.6}])
    groups = [Group(n, n, (Run(RunInfo(n, n, "test", n), history=rows),)) for n in "ab"]
    assert choose_metric(*groups, Meanings()).metric.key == "val/accuracy"


def test_an_unknown_metric_is_an_error_with_the_near_one():
    with pytest.raises(UsageError) as error:
        chosen(["eval/nrmse"], "eval/nmrse")
    assert "eval/nrmse" in error.value.hint


def test_other_results_leave_out_bookkeeping_and_training_curves():
    rows = History.from_rows([{"_step": 0, "train/loss": 1.0, "epoch": 0}])
    run = Run(RunInfo("a", "a", "test", "a"), summary={"train/loss": 1.0, "epoch": 0, "eval/mse": 1.0}, history=rows)
    group = Group("a", "a", (run,))
    primary = Meanings().metric("eval/nrmse")
    assert [m.key for m in other_results(group, group, Meanings(), primary)] == ["eval/mse"]


def test_what_a_tracker_was_told_wins_over_the_name():
    declared = (DeclaredMetric("score", "minimize", source="define_metric"),)
    runs = [Run(RunInfo("a", "a", "test", "a"), summary={"score": 1.0}, declared=declared)]
    metric = Meanings.of(runs).metric("score")
    assert (metric.direction, metric.direction_source) == ("min", "define_metric")


def test_last_values_are_what_is_left_judged_ones_first():
    rows = History.from_rows([{"_step": 0, "lr": 0.1, "epoch": 0, "foo": 1.0, "val_loss": 1.0, "grad_norm": 1.0}])
    group = Group("a", "a", (Run(RunInfo("a", "a", "test", "a"), history=rows),))
    assert [m.key for m in last_values(group, group, Meanings(), {"val_loss"})] == ["foo", "grad_norm", "epoch", "lr"]
