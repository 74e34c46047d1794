"""One group of runs against a claimed number."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from summed_runs import summed_group

from runcompare.comparison.request import Request
from runcompare.comparison.target import TargetReport, judge_target
from runcompare.errors import UsageError
from runcompare.metrics.override import Override
from runcompare.records.run import PICK, Searched
from runcompare.stats import decide_target

LOSSES = (3.2765, 3.2781, 3.2773, 3.2790, 3.2769)
RNG = np.random.default_rng(0)


def judged(values: Any = LOSSES, target: float = 3.28, key: str = "val_loss", **more: Any) -> TargetReport:
    return judge_target(summed_group("new", key, values), target, Request(metric=key, **more))


def test_it_is_the_test_of_the_statistics_on_the_values_as_they_are_logged() -> None:
    found = judged()
    assert found.test == decide_target(LOSSES, 3.28)
    assert (found.test.verdict, found.metric.scale, found.metric.direction) == ("reached", "linear", "min")
    assert found.sample.center == pytest.approx(np.mean(LOSSES))
    assert {c.what for c in found.choices} == {"direction", "value", "noise"}


def test_what_is_better_is_never_guessed() -> None:
    found = judged(key="zebra")
    assert (found.test.verdict, found.is_directed, found.to_target) == ("below", False, None)
    stated = judged(key="zebra", primary=Override(direction="max", source="--direction"))
    assert stated.test.verdict == "missed"


def test_a_logarithm_is_taken_where_the_user_names_it() -> None:
    values = (0.1, 0.4, 0.2)
    assert judged(values, 0.3).sample.center == pytest.approx(np.mean(values))
    found = judged(values, 0.3, primary=Override(scale="log", source="--scale"))
    assert found.test.mean == pytest.approx(0.2)


@pytest.mark.parametrize(("level", "key"), [(30.0, "val_loss"), (0.3, "val_loss")])
def test_history_at_another_level_is_brought_to_this_one(level: float, key: str) -> None:
    """Noise of 0.1 % stays 0.1 %, whatever the other groups' losses are."""
    past = [summed_group(f"g{i}", key, level * np.exp(0.001 * RNG.normal(size=4)), lr=float(i)) for i in range(12)]
    found = judged((3.27,), history=past)
    assert found.test.verdict == "reached"
    assert found.test.noise.sd == pytest.approx(0.0033, rel=0.25)
    assert len(found.noise_groups) == 12
    assert judged((3.27,)).test.verdict == "can't tell"


def test_history_of_a_share_has_less_noise_near_its_end() -> None:
    odds = [math.log(0.5 / 0.5) + 0.1 * RNG.normal(size=4) for _ in range(12)]
    past = [summed_group(f"g{i}", "accuracy", 1 / (1 + np.exp(-x)), lr=float(i)) for i, x in enumerate(odds)]
    middle, end = (judged((level,), 0.4, "accuracy", history=past).test.noise.sd or 0 for level in (0.5, 0.99))
    assert end == pytest.approx(middle * 0.99 * 0.01 / 0.25, rel=1e-6)


def test_a_share_has_no_target_outside_of_it() -> None:
    with pytest.raises(UsageError, match="is a share from 0 to 1, and the target is 93") as error:
        judged((0.91, 0.92), 93.0, "accuracy")
    assert error.value.hint == "Write 0.93."
    assert judged((91.0, 92.0), 93.0, "accuracy").metric.full == 100


def test_more_runs_have_a_number_and_a_price() -> None:
    found = judged(target=3.2785)
    assert found.test.verdict == "not shown"
    assert found.needed is not None
    assert 5 < found.needed.runs_low < found.needed.runs_high
    assert found.needed.money.is_missing  # nothing is known of these runs' time
    assert [spent.what for spent in found.cost] == ["time", "device-hours", "money"]


def test_runs_that_repeat_a_seed_count_once_and_are_named() -> None:
    group = summed_group("new", "val_loss", LOSSES)
    twice = group.runs + summed_group("again", "val_loss", LOSSES[:1]).runs
    found = judge_target(type(group)("new", "new", twice), 3.28, Request(metric="val_loss"))
    assert found.sample.n == 5
    assert [note.code for note in found.left_out] == ["again0"]
    assert found.test == decide_target(LOSSES, 3.28)


@pytest.mark.parametrize("target", [math.nan, math.inf])
def test_a_target_is_a_finite_number(target: float) -> None:
    with pytest.raises(UsageError, match="no number that a mean can reach"):
        judged(target=target)


def test_a_group_that_was_picked_is_held_to_more() -> None:
    group = replace(summed_group("new", "val_loss", LOSSES), searched=(Searched(20, "val_loss", PICK),))
    found = judge_target(group, 3.28, Request(metric="val_loss"))
    assert found.test == decide_target(LOSSES, 3.28, searched=20)
    assert [(one.n, one.corrected) for one in found.searches] == [(20, True)]
