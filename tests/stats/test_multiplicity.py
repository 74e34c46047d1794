"""Corrections against worked examples."""

import math

import pytest
from scipy import stats as scipy_stats

from runcompare import stats
from runcompare.errors import UsageError


def test_corrections_agree_with_worked_examples():
    p = [0.01, 0.04, 0.03, 0.005]
    assert stats.holm(p) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert stats.benjamini_hochberg(p) == pytest.approx(scipy_stats.false_discovery_control(p))
    assert len(stats.holm([])) == 0


@pytest.mark.parametrize("p", [[1.2], [-0.1], [math.nan], [[0.1]]])
def test_corrections_refuse_what_is_no_p_value(p):
    with pytest.raises(UsageError):
        stats.holm(p)
