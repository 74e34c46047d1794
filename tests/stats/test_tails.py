"""Final values from the tails of curves."""

import math

import numpy as np
import pytest
from scipy.signal import lfilter

from runcompare.errors import UsageError
from runcompare.stats import final_values


def curves(seed, n, *, rho=0.3, evaluation=0.2, seeds=0.1, length=400):
    rng = np.random.default_rng(seed)
    noise = lfilter([math.sqrt(1 - rho**2)], [1, -rho], rng.normal(size=(n, length + 100)))[:, 100:]
    return list(np.exp(seeds * rng.normal(size=(n, 1)) + evaluation * noise))


def test_noisy_stationary_tails_are_averaged():
    new, old = curves(0, 3), curves(1, 4)
    found = final_values(new, old)
    assert found.rule == "mean-last"
    assert found.candidate == pytest.approx([np.exp(np.log(c[-40:]).mean()) for c in new])
    assert (len(found.candidate), len(found.baseline)) == (3, 4)


def test_noise_is_split_into_that_of_evaluations_and_that_of_seeds():
    noise = final_values(curves(2, 40), curves(3, 40)).noise
    assert noise.evaluation_sd == pytest.approx(0.2, rel=0.1)
    assert noise.seed_sd == pytest.approx(0.1, rel=0.2)
    assert noise.correlation == pytest.approx(0.3, abs=0.1)
    assert noise.effective == pytest.approx(40 * 0.7 / 1.3, rel=0.2)


def test_evaluations_that_are_all_alike_are_not_averaged():
    new, old = curves(4, 3, rho=0.995), curves(5, 3, rho=0.995)
    found = final_values(new, old)
    assert found.rule == "last"
    assert found.candidate == pytest.approx([c[-1] for c in new])


def test_tails_that_still_fall_are_not_averaged():
    falling = [c * np.exp(-np.linspace(0, 20, 400)) for c in curves(6, 6, rho=0.0)]
    assert final_values(falling[:3], falling[3:]).rule == "last"


def test_the_rule_does_not_depend_on_the_difference():
    new, old = curves(7, 3), curves(8, 3)
    there, far = final_values(new, old), final_values([c * 50 for c in new], old)
    assert there.rule == far.rule
    assert there.noise.effective == pytest.approx(far.noise.effective)
    assert far.candidate == pytest.approx(50 * there.candidate)


def test_a_run_that_ends_without_a_finite_value_has_diverged():
    new, old = curves(9, 3), curves(10, 2)
    new[1][-1] = math.nan
    new[2][-5] = math.nan
    found = final_values(new, old)
    assert np.isnan(found.candidate).tolist() == [False, True, False]
    assert found.candidate[2] == pytest.approx(np.exp(np.nanmean(np.log(new[2][-40:]))))


def test_short_curves_give_their_last_value():
    found = final_values([[3.0, 2.0, 1.0]], [[2.0]], scale="linear")
    assert (found.rule, found.noise) == ("last", None)
    assert (found.candidate.tolist(), found.baseline.tolist()) == ([1.0], [2.0])
    assert found.notes[0].code == "short-tails"


def test_one_run_a_side_shows_no_noise_between_seeds():
    assert final_values(curves(11, 1), curves(12, 1)).noise.seed_sd is None


def test_constant_curves():
    found = final_values([[1.0] * 100] * 2, [[2.0] * 100] * 2)
    assert found.candidate.tolist() == [1.0, 1.0]
    assert found.noise.evaluation_sd == 0


@pytest.mark.parametrize("wrong", [{"share": 0.0}, {"share": 1.5}])
def test_options_that_cannot_be_read(wrong):
    with pytest.raises(UsageError):
        final_values(curves(13, 1), curves(14, 1), **wrong)
    with pytest.raises(UsageError, match="empty"):
        final_values([[]], [[1.0]])
