"""Final values made ready for a comparison."""

import math

import numpy as np
import pytest

from runcompare.errors import UsageError
from runcompare.stats.arms import read_arm, read_history, read_values


def test_values_that_cannot_be_used_keep_their_places():
    arm = read_arm([1.0, math.nan, -1.0, math.e, math.inf], "log", "candidate")
    assert arm.values == pytest.approx([0, 1])
    assert (arm.seeds, arm.diverged, arm.refused) == ((0, 3), (1, 4), (2,))
    assert (arm.n, arm.total) == (2, 4)


def test_the_linear_scale_refuses_nothing_finite():
    arm = read_arm([-1.0, 0.0, 4.0], "linear", "candidate")
    assert arm.refused == ()
    assert (arm.mean, arm.variance) == (1.0, 7.0)


@pytest.mark.parametrize("scale", ["log", "linear"])
def test_copies_of_one_number_are_worth_one_run(scale):
    arm = read_arm([0.3] * 4, scale, "candidate")
    assert (arm.identical, arm.informative, arm.n) == (True, 1, 4)
    assert not read_arm([0.3, 0.3000001], scale, "candidate").identical


def test_history_holds_the_variance_of_each_usable_group():
    past = read_history([[1.0, 2.0, 4.0], [5.0], [3.0, 3.0], [2.0, math.nan, 8.0]], "linear")
    assert past.variances == pytest.approx([np.var([1, 2, 4], ddof=1), 18.0])
    assert past.df.tolist() == [2, 1]
    assert past.group.tolist() == [0, 0, 0, 1, 1]
    assert (past.groups, past.runs, past.left_out) == (2, 5, 2)


@pytest.mark.parametrize(
    ("values", "message"), [(["x"], "numbers"), ([[1.0]], "one dimension"), (1.0, "one dimension")]
)
def test_what_is_no_flat_list_of_numbers_is_refused(values, message):
    with pytest.raises(UsageError, match=f"the loss must .*{message}") as caught:
        read_values(values, "the loss", one_per="epoch")
    assert "epoch" in caught.value.hint
