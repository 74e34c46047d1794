import numpy as np
import pytest
from logged_runs import logged_sides

from runcompare.comparison.rows import Policy
from runcompare.comparison.stages.detect import detect_stages
from runcompare.comparison.stages.families import lay_out
from runcompare.comparison.stages.table import compare_stage, repeats_another, shown_keys

FALLING = np.geomspace(1.0, 0.1, 12)


def table(columns, other=None):
    """The only table of two runs of `columns` against two of `other`."""
    sides = logged_sides([columns, columns], [other or columns] * 2)
    runs = [run.run for side in sides for run in side.runs]
    (stage,) = lay_out(detect_stages(runs), runs).tables
    return compare_stage(*sides, stage, Policy())


def test_losses_and_norms_have_the_rows_of_the_write_up():
    columns = {"train/loss": FALLING, "val/loss": [*FALLING[:11], 0.5], "train/grad_norm": FALLING}
    found = table({**columns, "epoch": np.arange(12)})
    values = {row.metric.label: row.candidate.center for row in found.rows}
    assert values == pytest.approx(
        {
            "Epochs": 12,
            "Final loss": 0.1,
            "Best loss": 0.1,
            "Final validation loss": 0.5,
            "Best validation loss": FALLING[10],
            "Final grad norm": 0.1,
            "Mean grad norm": FALLING.mean(),
            "Largest grad norm": 1.0,
        }
    )


def test_hugging_faces_twelve_rows_are_six_epochs():
    found = table({"epoch": np.arange(1, 13) / 2, "loss": FALLING})
    assert found.row("epochs").candidate.center == 6
    assert found.row("logged_rows") is None


def test_rows_without_an_epoch_are_never_called_epochs():
    found = table({"_step": np.arange(12) * 100, "train/loss": FALLING})
    assert found.row("epochs") is None
    assert found.row("logged_rows").candidate.center == 12
    assert {curve.axis for curve in found.curves} == {"step"}
    assert found.row("final_loss").candidate.values[0].figure.source == "train/loss @ step 1100"


def test_a_policys_loss_has_no_best_and_no_logarithm():
    found = table({"losses/policy_loss": -FALLING, "losses/value_loss": FALLING})
    assert found.row("final_policy_loss").metric.scale == "linear"
    assert found.row("best_policy_loss") is None
    assert found.row("best_value_loss") is not None


def test_only_bests_on_held_out_data_repeat_another_row():
    found = table({"loss": FALLING, "val_loss": FALLING, "test_loss": FALLING})
    repeated = {row.metric.label for row in found.rows if repeats_another(row)}
    assert repeated == {"Best validation loss", "Best test loss"}


def test_what_is_shown_needs_no_other_row():
    sides = logged_sides([{"loss": FALLING, "train_loss": [None] * 11 + [0.5], "lr": FALLING}], [{"loss": FALLING}])
    stages = detect_stages([run.run for side in sides for run in side.runs])
    assert shown_keys(stages, sides) == {"loss"}
