import numpy as np
import pytest

from runcompare.stats.designs import Cells, factorial_design, fractional_design, one_in_design, one_out_design


@pytest.mark.parametrize("k", range(1, 11))
@pytest.mark.parametrize("design", [factorial_design, fractional_design, one_out_design, one_in_design])
def test_each_design_holds_both_corners_and_no_arm_twice(design, k):
    levels = design(k)
    assert levels.dtype == bool
    assert levels.shape[1] == k
    assert not levels[0].any()
    assert levels[-1].all()
    assert len(np.unique(levels, axis=0)) == len(levels)


@pytest.mark.parametrize(("k", "arms"), [(1, 2), (2, 4), (3, 8), (4, 8), (5, 16), (8, 16), (9, 32)])
def test_a_fraction_has_twice_as_many_arms_as_a_power_of_two_that_holds_its_factors(k, arms):
    assert len(fractional_design(k)) == arms


@pytest.mark.parametrize("k", range(2, 10))
def test_in_a_fraction_no_main_effect_is_mixed_with_an_interaction_of_two(k):
    signs = np.where(fractional_design(k), 1, -1)
    for i in range(k):
        for j in range(i + 1, k):
            pair = signs[:, i] * signs[:, j]
            assert not (signs.T @ pair).any()
    assert Cells.of(fractional_design(k)).balanced


def test_one_out_and_one_in():
    assert one_out_design(3).tolist() == [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0], [1, 1, 1]]
    assert one_in_design(3).sum(axis=1).tolist() == [0, 1, 1, 1, 3]


def test_weights_of_a_missing_arm_are_none():
    cells = Cells.of(one_out_design(3))
    assert cells.alone(0) is None
    assert cells.last(0) is not None
    assert cells.main(0) is None
    assert not cells.complete


@pytest.mark.parametrize("rows", [[[0, 0], [1, 0]], [[0, 0], [1, 1], [1, 1]]])
def test_cells_want_both_corners_and_each_arm_once(rows):
    with pytest.raises(ValueError, match=r"corner|needed|same combination"):
        Cells.of(np.array(rows, dtype=bool))
