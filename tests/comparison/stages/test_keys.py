import pytest

from runcompare.comparison.stages.keys import read_key


@pytest.mark.parametrize(
    ("key", "stage", "quantity"),
    [
        ("loss", "", "loss"),
        ("train/loss", "", "loss"),
        ("train_loss", "", "loss"),
        ("training/loss", "", "loss"),
        ("loss/train", "", "loss"),
        ("Loss/train", "", "loss"),
        ("trainLoss", "", "loss"),
        ("epoch_loss", "", "loss"),  # Keras writes it into train/ and validation/
        ("validation/epoch_loss", "", "val_loss"),
        ("train/loss_epoch", "", "loss"),
        ("loss_step", "", "loss"),
        ("val_loss", "", "val_loss"),
        ("val/loss", "", "val_loss"),
        ("Loss/val", "", "val_loss"),
        ("eval_loss", "", "val_loss"),
        ("eval/loss", "", "val_loss"),
        ("test_loss", "", "test_loss"),
        ("train/box_loss", "", "box_loss"),
        ("val/box_loss", "", "val_box_loss"),
        ("losses/policy_loss", "", "policy_loss"),
        ("loss/policy", "", "policy_loss"),
        ("train/nll", "", "nll"),
        ("operator/loss", "operator", "loss"),
        ("operator/val_loss", "operator", "val_loss"),
        ("val/operator/loss", "operator", "val_loss"),
        ("stages/operator/train/loss", "operator", "loss"),
        ("operator/best_loss", "operator", "best_loss"),
        ("one_step_loss", "", "one_step_loss"),
        ("epoch", "", "epoch"),
        ("train/epoch", "", "epoch"),
        ("operator/epoch", "operator", "epoch"),
        ("grad_norm", "", "grad_norm"),
        ("train/grad_norm", "", "grad_norm"),
        ("gradients/norm", "", "grad_norm"),
        ("grad_2.0_norm_total", "", "grad_norm"),
        ("total_norm", "", "grad_norm"),
        ("gradNorm", "", "grad_norm"),
        ("operator/grad_norm", "operator", "grad_norm"),
    ],
)
def test_a_key_has_a_stage_and_a_quantity_and_parts_of_the_data_are_no_stage(key, stage, quantity):
    read = read_key(key)
    assert (read.stage, read.quantity, read.member) == (stage, quantity, "")


@pytest.mark.parametrize(
    ("key", "stage", "member"),
    [
        ("grad_norm/layers.0.weight", "", "layers.0.weight"),
        ("grad_2.0_norm/layers.0.weight", "", "layers.0.weight"),
        ("operator/grad_norm_clipped", "operator", "clipped"),
    ],
)
def test_the_norm_of_a_part_is_not_that_of_the_whole(key, stage, member):
    read = read_key(key)
    assert (read.stage, read.quantity, read.member) == (stage, "grad_norm", member)


@pytest.mark.parametrize(
    "key",
    [
        "loss_scale",
        "losses/entropy",
        "losses/clipfrac",
        "val_grad_norm",
        "best_val_loss",
        "final_loss",
        "val/accuracy",
        "epoch_time_sec",
        "operator/epochs_since_improve",
        "",
        "/",
        "train",
    ],
)
def test_other_keys_are_no_curve_of_a_stage(key):
    assert read_key(key) is None


def test_single_steps_are_marked():
    assert read_key("train_loss_step").per_step
    assert not read_key("train_loss_epoch").per_step
    assert not read_key("one_step_loss").per_step


def test_what_is_measured_on_held_out_data_trains_nothing():
    assert read_key("train/loss").trains
    assert not read_key("val/loss").trains
    assert not read_key("epoch").trains
