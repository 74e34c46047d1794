"""One run a side on the same test samples."""

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from runcompare import stats
from runcompare.errors import UsageError

RNG = np.random.default_rng(0)
PAST = [np.exp(0.05 * RNG.normal(size=4)) for _ in range(20)]


def test_samples_without_history_is_about_the_checkpoints():
    rng = np.random.default_rng(8)
    hard = np.exp(rng.normal(size=100))
    found = stats.decide_on_samples(hard * 0.9, hard * np.exp(0.01 * rng.normal(size=100)))
    assert found.verdict == "better"
    assert found.claim == "checkpoints"
    assert found.noise.source == "test samples"
    assert found.seeds_needed is None
    assert found.effect == pytest.approx(-0.1, abs=0.01)


def test_samples_with_history_is_about_the_method_and_is_less_sure():
    rng = np.random.default_rng(9)
    hard = np.exp(rng.normal(size=100))
    new, old = hard * 0.9, hard * np.exp(0.01 * rng.normal(size=100))
    alone, helped = stats.decide_on_samples(new, old), stats.decide_on_samples(new, old, history=PAST)
    assert helped.claim == "method"
    assert helped.p_value > alone.p_value
    assert helped.noise.groups == 20


def test_samples_linear_is_the_paired_t_test():
    rng = np.random.default_rng(10)
    new, old = rng.normal(size=(2, 30))
    found = stats.decide_on_samples(new, old, scale="linear")
    assert found.p_value == pytest.approx(scipy_stats.ttest_rel(new, old).pvalue)


def test_samples_bad_input():
    with pytest.raises(UsageError, match="3 against 2"):
        stats.decide_on_samples([1, 2, 3], [1, 2])
    assert stats.decide_on_samples([1.0] * 3, [2.0] * 3).verdict == "can't tell"
    assert stats.decide_on_samples([1.0] * 30, [1.0] * 30).verdict == "can't tell"
    rng = np.random.default_rng(11)
    new, old = np.exp(rng.normal(size=(2, 30)))
    new[4] = math.nan
    assert "left-out" in {w.code for w in stats.decide_on_samples(new, old).warnings}
