import numpy as np
import pytest
from scipy import stats as peer

from runcompare.stats.arm_noise import ArmNoise


def arms(*values: list[float]) -> ArmNoise:
    return ArmNoise.of([np.array(v) for v in values])


def test_arms_that_agree_are_pooled():
    """Six arms with the same variance: the interval is that of the pooled variance with all degrees of freedom."""
    rows = [[level - 1, level, level + 1] for level in (0.0, 5.0, 2.0, 9.0, 4.0, 7.0)]
    weights = np.array([1.0, -1.0, 0, 0, 0, 0])
    reach = arms(*rows).reach(weights, 0.05)
    assert reach == pytest.approx(peer.t.ppf(0.975, 12) * np.sqrt(2 / 3), rel=0.02)


def test_an_arm_far_noisier_than_the_others_keeps_its_own_noise():
    quiet = [[level, level + 0.01, level - 0.01] for level in range(7)]
    noisy = [10.0, 20.0, 30.0]
    own = arms(*quiet, noisy)
    weights = np.zeros(8)
    weights[-1], weights[0] = 1, -1
    assert own.reach(weights, 0.05) == pytest.approx(peer.t.ppf(0.975, 2) * 10 / np.sqrt(3), rel=0.05)


def test_arms_of_one_run_have_the_noise_of_the_others():
    noise = arms([1.0], [3.0, 4.0, 5.0], [0.0, 1.0, 2.0])
    assert noise.df == 4
    assert noise.reach(np.array([1.0, -1.0, 0.0]), 0.05) == pytest.approx(
        peer.t.ppf(0.975, 4) * np.sqrt(4 / 3), rel=0.1
    )


def test_nothing_is_known_without_replicates_and_all_is_without_noise():
    weights = np.array([1.0, -1.0])
    assert arms([1.0], [2.0]).reach(weights, 0.05) is None
    assert arms([1.0], [2.0]).p_value(weights) is None
    assert arms([1.0, 1.0], [2.0, 2.0]).reach(weights, 0.05) == 0
    assert arms([1.0, 1.0], [2.0, 2.0]).p_value(weights) == 0


def test_a_ratio_to_itself_is_one_and_to_what_may_be_nothing_is_unknown():
    noise = arms([1.0, 1.2, 0.8], [5.0, 5.1, 4.9])
    whole = np.array([-1.0, 1.0])
    low, high = noise.ratio(whole, whole, 0.05)
    assert low == pytest.approx(1)
    assert high == pytest.approx(1)
    same = arms([1.0, 1.2, 0.8], [1.1, 0.9, 1.0])
    assert same.ratio(whole, whole, 0.05) is None
