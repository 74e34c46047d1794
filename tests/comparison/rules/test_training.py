import numpy as np
from logged_runs import logged_group

from runcompare.comparison.build import Request, build

UP_AGAIN = [*np.linspace(1.0, 0.5, 12), *np.linspace(0.6, 0.8, 8)]


def findings(columns, rule):
    rows = {"val_accuracy": [0.5] * len(UP_AGAIN), **columns}
    c = build(logged_group("a", rows, rows), logged_group("b", rows, rows), Request())
    return [f for f in c.findings if f.rule == rule]


def test_a_loss_that_ends_above_its_best_epoch_says_which():
    found = findings({"loss": UP_AGAIN, "epoch": range(20)}, "worse_than_best")
    assert (found[0].facts["axis"], found[0].facts["best_at"], found[0].facts["last"]) == ("epoch", 12.0, 20.0)


def test_the_lowest_of_single_batches_is_no_best():
    assert not findings({"loss": UP_AGAIN}, "worse_than_best")


def test_validation_that_was_last_improved_long_ago_is_said_in_steps_where_there_are_no_epochs():
    found = findings({"loss": UP_AGAIN, "val_loss": UP_AGAIN, "_step": [100 * i for i in range(20)]}, "wasted_epochs")
    assert (found[0].facts["axis"], found[0].facts["best_at"], found[0].facts["last"]) == ("step", 1100.0, 1900.0)
    assert "of the steps came after it" in found[0].sentence


def test_a_loss_that_still_falls_counts_epochs_not_rows():
    (one, _) = findings({"loss": np.geomspace(1, 0.1, 20), "epoch": [k / 2 for k in range(1, 21)]}, "still_falling")
    assert (one.facts["axis"], one.facts["length"]) == ("epoch", 10)
