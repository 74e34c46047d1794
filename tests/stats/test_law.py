"""The t law against scipy."""

import numpy as np
import pytest
from scipy import special
from scipy import stats as scipy_stats

from runcompare.stats.law import Law


def test_law_agrees_with_scipy():
    law = Law(np.asarray(2.0), np.asarray(5.0))
    assert law.p_two_sided(3.0) == pytest.approx(2 * scipy_stats.t.sf(1.5, 5))
    assert law.half_width(0.05) == pytest.approx(2 * scipy_stats.t.ppf(0.975, 5))
    assert law.p_equivalent(0.5, 3.0) == pytest.approx(scipy_stats.t.sf(1.25, 5))
    normal = Law(np.asarray(1.0), np.asarray(np.inf))
    assert normal.half_width(0.05) == pytest.approx(scipy_stats.norm.ppf(0.975))


def test_special_functions_in_use_keep_their_limits():
    assert special.stdtr(np.inf, -1.96) == pytest.approx(scipy_stats.norm.cdf(-1.96))
