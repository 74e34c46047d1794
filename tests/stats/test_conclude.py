"""From a law to a decision."""

import numpy as np
import pytest

from runcompare.stats.conclude import conclude
from runcompare.stats.decision import Noise
from runcompare.stats.law import Law
from runcompare.stats.situation import Situation
from runcompare.stats.verdict import Question

QUESTION = Question("linear", True, 0.5, 0.05)
LAW = Law(np.asarray(1.0), np.asarray(10.0))
KNOWN = Situation(LAW, Noise("replicates", sd=1.0, df=10.0), "a t test")


def test_interval_p_value_and_power_follow_from_the_law():
    found = conclude(3.0, KNOWN, QUESTION)
    assert found.verdict == "better"
    assert (found.low, found.high) == pytest.approx((3 - LAW.half_width(0.05), 3 + LAW.half_width(0.05)))
    assert found.p_value == pytest.approx(float(LAW.p_two_sided(3.0)))
    assert found.detectable == pytest.approx(float(LAW.half_width(0.05) + LAW.half_width(0.4)))
    assert found.seeds_for_effect.low <= found.seeds_for_min_effect.low


def test_seeds_are_not_promised_from_the_noise_of_test_samples():
    of_samples = Situation(LAW, Noise("test samples", sd=1.0, df=10.0), "a paired t test")
    assert conclude(3.0, of_samples, QUESTION).seeds_needed is None


@pytest.mark.parametrize("se", [0.0, np.inf, np.nan])
def test_a_law_that_is_no_law_cannot_tell(se):
    found = conclude(3.0, Situation(Law(np.asarray(se), LAW.df), KNOWN.noise, "a t test"), QUESTION)
    assert (found.verdict, found.p_value, found.effect) == ("can't tell", None, 3.0)
    assert found.warnings[-1].code == "out-of-range"
