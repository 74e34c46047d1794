"""The same two methods on many tasks."""

import numpy as np
import pytest
from scipy import stats as scipy_stats

from runcompare.errors import UsageError
from runcompare.stats import pool_tasks

RNG = np.random.default_rng(0)
UNITS = np.array([0.1, 3.0, 500.0, 20.0, 1e4, 7.0])


def values(effect: float = 0.0, n: int = 3, tasks: int = 6, seed: int = 0):
    """Tasks of very unlike scales; the candidate is `effect` sd better on each."""
    rng = np.random.default_rng(seed)
    unit = UNITS[:tasks, None]
    return list(unit * (effect + rng.normal(size=(tasks, n)))), list(unit * rng.normal(size=(tasks, n)))


def test_on_a_common_scale_it_is_the_t_test_of_the_tasks_differences():
    new, old = values()
    found = pool_tasks(new, old, higher_is_better=True)
    differences = [a.mean() - b.mean() for a, b in zip(new, old, strict=True)]
    theirs = scipy_stats.ttest_1samp(differences, 0)
    assert found.p_value == pytest.approx(theirs.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(theirs.confidence_interval(0.95)))
    assert found.effects == pytest.approx(differences)


def test_in_units_of_noise_no_task_counts_for_more_than_another():
    new, old = values(2.0)
    found = pool_tasks(new, old, unit="noise", higher_is_better=True)
    rescaled = pool_tasks(
        [a / u for a, u in zip(new, UNITS, strict=True)],
        [b / u for b, u in zip(old, UNITS, strict=True)],
        unit="noise",
        higher_is_better=True,
    )
    assert found.verdict == "better"
    assert rescaled.effects == pytest.approx(found.effects)
    assert (rescaled.low, rescaled.p_value) == pytest.approx((found.low, found.p_value))
    assert 1 < found.effect < 4


@pytest.mark.parametrize("unit", ["noise", "scale"])
@pytest.mark.parametrize("shared", [False, True])
def test_swapping_the_sides_turns_the_effect_round(unit, shared):
    new, old = values(0.7)
    one = pool_tasks(new, old, unit=unit, higher_is_better=True, shared_runs=shared)
    other = pool_tasks(old, new, unit=unit, higher_is_better=True, shared_runs=shared)
    assert other.effect == pytest.approx(-one.effect)
    assert other.p_value == pytest.approx(one.p_value)
    assert other.improvement.value == pytest.approx(1 - one.improvement.value)
    assert other.improvement.low == pytest.approx(1 - one.improvement.high)
    if one.low is not None:
        assert other.low == pytest.approx(-one.high)
    order = RNG.permutation(6)
    mixed = pool_tasks([new[i] for i in order], [old[i] for i in order], unit=unit, shared_runs=shared)
    assert mixed.p_value == pytest.approx(one.p_value)


def test_the_direction_says_which_is_better():
    new, old = values(3.0)
    words = [pool_tasks(new, old, unit="noise", higher_is_better=d).verdict for d in (True, False, None)]
    assert words == ["better", "worse", "higher"]
    down = pool_tasks(new, old, unit="noise", higher_is_better=False)
    assert down.improvement.value < 0.1


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("unit", ["noise", "scale"])
def test_the_interval_excludes_nothing_exactly_when_p_is_small(unit, seed):
    found = pool_tasks(*values(0.8, seed=seed), unit=unit)
    assert (found.low <= 0 <= found.high) == (found.p_value >= 0.05)
    assert found.low <= found.effect <= found.high


def test_equivalence_needs_a_margin_and_an_interval_inside_it():
    new, old = values(0.0, n=60)
    assert pool_tasks(new, old, unit="noise").verdict == "inconclusive"
    assert pool_tasks(new, old, unit="noise", margin=1.0).verdict == "equivalent"
    assert pool_tasks(new, old, unit="noise", margin=0.01).verdict == "inconclusive"


def test_results_of_the_same_runs_are_no_more_evidence_than_the_runs():
    """Twenty results that all say the same are worth one."""
    new, old = np.array([0.3, 1.9, 1.1]), np.array([0.0, 0.9, -0.4])
    one = scipy_stats.ttest_ind(new, old, equal_var=False)
    jitter = [1e-3 * RNG.normal(size=3) for _ in range(20)]
    found = pool_tasks([new + j for j in jitter], [old + j for j in jitter], shared_runs=True)
    assert found.p_value == pytest.approx(one.pvalue, rel=0.02)
    assert pool_tasks([new + j for j in jitter], [old + j for j in jitter]).p_value < 1e-6  # as if they had their own
    assert pool_tasks([new] * 5, [old] * 5, unit="noise", shared_runs=True).low is None


def test_a_probability_of_improvement_of_one_still_has_a_width():
    new, old = values(50.0, tasks=5)
    found = pool_tasks(new, old, unit="noise", higher_is_better=True).improvement
    assert (found.value, found.high) == (1.0, 1.0)
    assert 0.6 < found.low < 0.8
    assert pool_tasks([[1.0]] * 3, [[1.0]] * 3).improvement.value == 0.5


def test_real_differences_between_tasks_are_told_from_noise():
    rng = np.random.default_rng(3)
    shift = np.array([2.0, -2.0] * 10)[:, None]
    apart = pool_tasks(list(shift + 0.1 * rng.normal(size=(20, 3))), list(0.1 * rng.normal(size=(20, 3))))
    alike = pool_tasks(list(0.1 * rng.normal(size=(20, 3))), list(0.1 * rng.normal(size=(20, 3))))
    assert apart.between == pytest.approx(2.05, abs=0.05)
    assert alike.between < 0.06
    assert apart.verdict == "inconclusive"


def test_one_run_a_side_can_do_over_tasks_on_a_common_scale_but_has_no_noise_to_be_a_unit():
    rng = np.random.default_rng(1)
    new, old = [[v] for v in 1 + 0.1 * rng.normal(size=8)], [[v] for v in 0.1 * rng.normal(size=8)]
    assert pool_tasks(new, old, higher_is_better=True).verdict == "better"
    found = pool_tasks(new, old, unit="noise", higher_is_better=True)
    assert (found.verdict, found.tasks, found.effect) == ("can't tell", 0, None)
    assert pool_tasks(new, old, shared_runs=True).verdict == "can't tell"


def test_diverged_runs_are_named_and_speak_against_better():
    new, old = values(3.0)
    new[0][0] = np.nan
    found = pool_tasks(new, old, unit="noise", higher_is_better=True)
    assert found.verdict == "inconclusive"
    assert "Of the candidate's runs 1 diverged, of the baseline's 0" in found.warnings[0].text
    shared = pool_tasks(new, old, higher_is_better=True, shared_runs=True)
    assert shared.tasks == 6


def test_tasks_that_do_not_match_are_refused():
    with pytest.raises(UsageError, match="same tasks"):
        pool_tasks([[1.0]], [[1.0], [2.0]])
    with pytest.raises(UsageError, match="as many values each"):
        pool_tasks([[1.0], [1.0, 2.0]], [[1.0], [2.0]], shared_runs=True)
