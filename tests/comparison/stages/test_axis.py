import numpy as np
import pytest
from logged_runs import logged

from runcompare.comparison.stages.axis import against, axis_of, count_epochs, epochs_at


@pytest.mark.parametrize(
    ("epochs", "count"),
    [
        (np.arange(1, 13) / 2, 6),  # Hugging Face: 0.5, 1.0 ... 6.0
        ([2.5, 5.0, 7.5], 7.5),
        ([0.99, 1.99, 2.98], 3),  # the last batches are dropped
        ([0.0, 0.5, 1.0], 1),
        (np.arange(1.0, 51.0), 50),
        (np.repeat(np.arange(1.0, 4.0), 100), 3),
        ([10.0, 20.0, 30.0], 30),
        ([1.0, 2.0, 5.0], 5),
        ([101.0, 102.0, 103.0], 3),  # another run's training went on
        ([1.0], 1),
        ([0.3], 0.3),
    ],
)
def test_epochs_are_counted_not_rows(epochs, count):
    assert count_epochs(np.asarray(epochs)) == count


def test_whole_epochs_count_from_one():
    run = logged({"epoch": [0, 1, 2], "loss": [3.0, 2.0, 1.0]})
    assert list(epochs_at(run, "loss", ["epoch"])) == [1.0, 2.0, 3.0]


def test_fractions_of_epochs_stay():
    run = logged({"epoch": [0.0, 0.5, 1.0], "loss": [3.0, 2.0, 1.0]})
    assert list(epochs_at(run, "loss", ["epoch"])) == [0.0, 0.5, 1.0]


def test_a_row_without_an_epoch_has_the_one_before():
    run = logged({"epoch": [None, 1, None, 2], "loss": [4.0, 3.0, 2.0, None]})
    assert list(epochs_at(run, "loss", ["epoch"])) == [1.0, 1.0, 1.0]


def test_rows_of_one_epoch_are_averaged():
    run = logged({"epoch": [0, 0, 1, 1], "loss": [4.0, 2.0, 1.0, 0.0]})
    curve = against(run, "loss", "epoch", ["epoch"])
    assert (list(curve.step), list(curve.value)) == ([1.0, 2.0], [3.0, 0.5])


def test_without_epochs_a_curve_goes_by_the_trackers_steps():
    run = logged({"_step": [0, 100, 200], "loss": [3.0, 2.0, 1.0]})
    assert axis_of([run], ["loss"], ["epoch"]) == "step"
    assert list(against(run, "loss", "step", []).step) == [0.0, 100.0, 200.0]


def test_one_run_without_epochs_takes_both_sides_to_steps():
    with_epochs, without = logged({"epoch": [1, 2], "loss": [2.0, 1.0]}), logged({"loss": [2.0, 1.0]})
    assert axis_of([with_epochs], ["loss"], ["epoch"]) == "epoch"
    assert axis_of([with_epochs, without], ["loss"], ["epoch"]) == "step"


def test_few_epochs_of_many_rows_are_drawn_by_step():
    run = logged({"epoch": [0] * 50 + [1] * 50, "loss": list(np.linspace(2, 1, 100))})
    assert axis_of([run], ["loss"], ["epoch"]) == "step"


def test_rows_without_an_evaluation_are_no_part_of_the_curve():
    run = logged({"val/loss": [1.0, np.nan, np.nan, 0.5, np.nan]})
    assert list(against(run, "val/loss", "step", []).value) == [1.0, 0.5]


def test_a_run_that_diverges_stays_so():
    run = logged({"val/loss": [1.0, 0.5, np.nan, np.nan]})
    assert np.isnan(against(run, "val/loss", "step", []).value[-1])
