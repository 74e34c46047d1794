"""What tells two doors to one training from two trainings."""

import numpy as np
import polars as pl
import pytest

from runcompare.records.history import History
from runcompare.records.run import Run, RunInfo
from runcompare.sources.kit.curves import FLOAT32, ROUNDED, compare_curves, is_measured


def run(**columns) -> Run:
    return Run(RunInfo("x", "x", "tables", ""), history=History(pl.DataFrame(columns)))


STEPS = list(range(0, 50, 10))
LOSS = [1.0, 0.51234567, 0.3, 0.21, 0.17]


def test_single_precision_is_the_same_curve():
    single = np.array(LOSS, np.float32).astype(float)
    found = compare_curves(run(_step=STEPS, loss=LOSS), run(_step=STEPS, loss=single), FLOAT32)
    assert (found.is_same, found.is_strong, found.on_steps) == (True, True, True)


def test_rounded_is_the_same_only_where_that_is_allowed():
    rounded = [round(value, 4) for value in LOSS]
    one, other = run(_step=STEPS, loss=LOSS), run(_step=STEPS, loss=rounded)
    assert compare_curves(one, other, ROUNDED).is_same
    noisy = run(_step=STEPS, loss=[value * 1.01 for value in LOSS])
    assert compare_curves(one, noisy, ROUNDED).apart == ("loss",)


def test_names_that_differ_by_separators_or_train_in_front():
    found = compare_curves(
        run(_step=STEPS, **{"eval_loss": LOSS, "loss": LOSS[::-1]}),
        run(_step=STEPS, **{"eval/loss": LOSS, "train/loss": LOSS[::-1]}),
        FLOAT32,
    )
    assert found.same == {"eval/loss": "eval_loss", "train/loss": "loss"}


def test_a_schedule_that_two_seeds_share_is_no_evidence():
    found = compare_curves(run(_step=STEPS, lr=LOSS), run(_step=STEPS, lr=LOSS), FLOAT32)
    assert not found.same


def test_a_constant_is_weak_evidence():
    ones = [1.0] * 5
    assert not compare_curves(run(_step=STEPS, acc=ones), run(_step=STEPS, acc=ones), FLOAT32).is_strong


def test_other_steps_and_other_values_say_nothing():
    found = compare_curves(run(_step=STEPS, loss=LOSS), run(_step=[1, 2, 3], loss=[9.0, 8.0, 7.0]), FLOAT32)
    assert (found.same, found.apart) == ({}, ())


@pytest.mark.parametrize("key", ["lr", "lr-Adam", "train/learning_rate", "epoch", "time/fps", "train_runtime"])
def test_what_is_set_or_counted(key):
    assert not is_measured(key)


@pytest.mark.parametrize("key", ["loss", "eval/accuracy", "rollout/ep_rew_mean", "metrics/mAP50(B)", "step_loss"])
def test_what_is_measured(key):
    assert is_measured(key)
