from dataclasses import replace

import pytest
from logged_runs import logged_sides

from runcompare.comparison.rows import Policy
from runcompare.comparison.stages.metric_curve import metric_curve
from runcompare.metrics.metric import Meanings

ACCURACY = Meanings().metric("val_accuracy")
UP = {"val_accuracy": [0.5, 0.9, 0.8], "epoch": [0, 1, 2]}


def values(curve):
    return {row.metric.key.removeprefix(f"{curve.metric.key}/"): row.candidate.center for row in curve.rows}


def test_a_score_has_its_final_its_highest_value_and_where():
    curve = metric_curve(*logged_sides([UP, UP], [UP, UP]), ACCURACY, Policy())
    assert values(curve) == pytest.approx({"final": 0.8, "best": 0.9, "best_epoch": 2})
    assert [(c.role, c.axis, c.n) for c in curve.curves] == [
        ("candidate", "epoch", (2, 2, 2)),
        ("baseline", "epoch", (2, 2, 2)),
    ]


def test_the_best_of_an_error_is_its_lowest():
    rows = {"val_loss": [0.5, 0.3, 0.4]}
    curve = metric_curve(*logged_sides([rows], [rows]), Meanings().metric("val_loss"), Policy())
    assert values(curve) == pytest.approx({"final": 0.4, "best": 0.3, "best_step": 1})


def test_without_a_direction_nothing_is_called_best():
    rows = {"foo": [0.5, 0.3, 0.4]}
    curve = metric_curve(*logged_sides([rows], [rows]), Meanings().metric("foo"), Policy())
    assert values(curve) == pytest.approx(
        {"final": 0.4, "lowest": 0.3, "lowest_step": 1, "highest": 0.5, "highest_step": 0}
    )


def test_a_metric_that_was_logged_once_has_no_curve():
    assert metric_curve(*logged_sides([{"val_accuracy": [0.5]}], [{"other": [1.0]}]), ACCURACY, Policy()) is None


def test_a_run_that_is_left_out_is_not_on_the_curve():
    new, old = logged_sides([UP, {**UP, "val_accuracy": [0.0, 0.0, 0.0]}], [UP])
    curve = metric_curve(replace(new, left_out={"a1": "failed"}), old, ACCURACY, Policy())
    assert curve.curves[0].n == (1, 1, 1)
    assert values(curve)["final"] == pytest.approx(0.8)


def test_the_epochs_of_the_metrics_own_stage_come_first():
    rows = {"operator/val_nrmse": [0.5, 0.3], "operator/epoch": [0, 1], "epoch": [7, 8]}
    curve = metric_curve(*logged_sides([rows], [rows]), Meanings().metric("operator/val_nrmse"), Policy())
    assert curve.curves[0].at == (1.0, 2.0)
