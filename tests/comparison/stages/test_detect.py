from dataclasses import replace

import pytest
from logged_runs import logged

from runcompare.comparison.stages.detect import canonical, detect_stages, stage_key
from runcompare.records.figure import Figure
from runcompare.records.history import History
from runcompare.records.run import Run, RunInfo


def test_aliases_and_front_prefixes_fold():
    assert canonical("diffusion_residual") == canonical("training/diff_residual") == "diff_residual"


def test_stages_come_in_the_order_they_ran_with_eval_last(run):
    stages = detect_stages([run(stages={"zeta": [1.0, 2.0], "eval": [1.0], "alpha": [1.0]})])
    assert [s.name for s in stages] == ["zeta", "alpha", "eval"]


def test_one_stage_under_two_names(run):
    a = run("a", stages={"diff_residual": [1.0]})
    b = run("b", stages={"training/diffusion_residual": [1.0]})
    (stage,) = detect_stages([a, b])
    assert stage.name == "diff_residual"
    assert stage_key(a, stage, "loss") == "diff_residual/loss"
    assert stage_key(b, stage, "loss") == "training/diffusion_residual/loss"


def test_order_without_spans_follows_the_rows(run):
    bare = replace(run(stages={"second": [1.0], "first": [1.0]}), stages=())
    assert [s.name for s in detect_stages([bare])] == ["second", "first"]


def test_keys_without_prefix_make_one_stage():
    history = History.from_rows([{"loss": 1.0, "grad_norm": 2.0}])
    run = Run(RunInfo("a", "a", "test", "a"), history=history)
    (stage,) = detect_stages([run])
    assert stage.name == "training"
    assert stage_key(run, stage, "loss") == "loss"


def test_a_configured_stage_that_never_ran_is_not_a_stage(run):
    stages = detect_stages([run(stages={"operator": [1.0]}, config={"stages": {"operator": {}, "ghost": {}}})])
    assert [s.name for s in stages] == ["operator"]


def test_hand_written_figures_name_their_stages():
    run = Run(RunInfo("a", "a", "yaml", "a"), figures={"operator/final_loss": Figure(1.0), "cost": Figure(2.0)})
    assert [s.name for s in detect_stages([run])] == ["operator"]


@pytest.mark.parametrize(
    ("train", "held_out"),
    [
        ("train/loss", "val/loss"),
        ("train_loss", "val_loss"),
        ("loss", "val_loss"),
        ("loss/train", "loss/val"),
        ("Loss/train", "Loss/val"),
        ("loss", "eval_loss"),
        ("train/epoch_loss", "validation/epoch_loss"),
        ("training/loss", "validation/loss"),
        ("train/loss_epoch", "val/loss_epoch"),
    ],
)
def test_training_and_validation_are_one_stage(train, held_out):
    run = logged({train: [2.0, 1.0], held_out: [3.0, 2.0]})
    (stage,) = detect_stages([run])
    assert stage.name == "training"
    assert stage_key(run, stage, "loss") == train
    assert stage_key(run, stage, "val_loss") == held_out


def test_validation_alone_is_no_stage():
    assert detect_stages([logged({"eval/mnli/loss": [1.0, 2.0], "val/accuracy": [0.1, 0.2]})]) == ()


def test_several_losses_stand_side_by_side():
    parts = ("box", "cls")
    run = logged({f"{role}/{part}_loss": [1.0, 0.5] for role in ("train", "val") for part in parts})
    (stage,) = detect_stages([run])
    assert stage.losses == ("box_loss", "cls_loss")
    assert stage_key(run, stage, "val_cls_loss") == "val/cls_loss"


def test_the_total_stands_for_the_loss():
    run = logged({"train/total_loss": [1.0, 0.5], "train/kl_loss": [0.1, 0.1]})
    (stage,) = detect_stages([run])
    assert stage.losses == ("loss", "kl_loss")
    assert stage_key(run, stage, "loss") == "train/total_loss"


def test_a_loss_of_no_known_direction_stands_for_nothing():
    (stage,) = detect_stages([logged({"losses/policy_loss": [0.1, -0.1]})])
    assert stage.losses == ("policy_loss",)
    assert not stage.is_lower_better("policy_loss")


def test_a_curve_comes_before_the_mean_that_hugging_face_logs_at_the_end():
    run = logged({"train_loss": [None, None, 0.7], "loss": [1.0, 0.5, None]})
    assert stage_key(run, detect_stages([run])[0], "loss") == "loss"


def test_means_of_epochs_come_before_single_steps():
    run = logged({"train_loss_step": [1.0, 0.8, 0.5, 0.4], "train_loss_epoch": [None, 0.9, None, 0.45]})
    assert stage_key(run, detect_stages([run])[0], "loss") == "train_loss_epoch"


def test_a_stage_without_epochs_has_those_of_the_run():
    run = logged({"actor/loss": [1.0, 0.5], "critic/loss": [1.0, 0.5], "critic/epoch": [1, 2], "epoch": [3, 4]})
    actor, critic = detect_stages([run])
    assert (actor.keys["epoch"], critic.keys["epoch"]) == (("epoch",), ("critic/epoch", "epoch"))


def test_norms_of_layers_belong_to_no_stage_of_their_own():
    run = logged({"grad_norm": [1.0], **{f"grad_norm/layers.{k}.weight": [1.0] for k in range(3)}})
    (stage,) = detect_stages([run])
    assert stage_key(run, stage, "grad_norm") == "grad_norm"
    assert len(stage.parts) == 3
