"""One example for each situation and each kind of bad input."""

import math
import warnings

import numpy as np
import pytest
from scipy import stats as scipy_stats

from runcompare.errors import UsageError
from runcompare.stats import Verdict, decide

CLEARLY = [1.0, 1.02, 0.98, 1.01, 0.99]
LOWER = [0.8, 0.82, 0.79, 0.81, 0.8]
RNG = np.random.default_rng(0)
PAST = [np.exp(0.01 * RNG.normal(size=n)) for n in (3, 4, 5) * 5]


def codes(decision):
    return {note.code for note in decision.warnings}


@pytest.fixture(autouse=True)
def nothing_on_the_screen():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_equals_welch_on_logs():
    found = decide(LOWER, CLEARLY)
    theirs = scipy_stats.ttest_ind(np.log(LOWER), np.log(CLEARLY), equal_var=False)
    interval = theirs.confidence_interval()
    assert found.verdict is Verdict.BETTER
    assert found.p_value == pytest.approx(theirs.pvalue)
    assert found.low == pytest.approx(math.expm1(interval.low))
    assert found.high == pytest.approx(math.expm1(interval.high))
    assert found.effect == pytest.approx(np.exp(np.log(LOWER).mean() - np.log(CLEARLY).mean()) - 1)
    assert found.noise.source == "replicates"
    assert found.noise.runs == 10


def test_equals_welch_on_the_linear_scale():
    found = decide(LOWER, CLEARLY, scale="linear", higher_is_better=True)
    theirs = scipy_stats.ttest_ind(LOWER, CLEARLY, equal_var=False)
    assert found.verdict is Verdict.WORSE
    assert found.p_value == pytest.approx(theirs.pvalue)
    assert found.effect == pytest.approx(np.mean(LOWER) - np.mean(CLEARLY))


def test_one_run_each_and_nothing_else_cannot_tell():
    found = decide([0.0907], [0.0921])
    assert found.verdict == "can't tell"
    assert found.effect == pytest.approx(0.0907 / 0.0921 - 1)
    assert (found.p_value, found.low, found.high, found.seeds_needed) == (None, None, None, None)
    assert "no-noise" in codes(found)


def test_stated_noise_of_the_write_up_is_inconclusive():
    found = decide([0.0907], [0.0921], noise_cv=0.197)
    assert found.verdict == "inconclusive"
    assert found.noise.source == "assumed"
    assert found.noise.cv == pytest.approx(0.197)
    assert found.assumptions[0].code == "stated-noise"
    sd = math.sqrt(math.log1p(0.197**2))
    z = math.log(0.0907 / 0.0921) / (sd * math.sqrt(2))
    assert found.p_value == pytest.approx(2 * scipy_stats.norm.sf(abs(z)))
    assert found.seeds_for_effect is not None
    assert found.seeds_for_effect.low > 1000


def test_noise_relative_to_nothing():
    found = decide([0.0], [0.0], scale="linear", noise_cv=0.1)
    assert (found.verdict, found.p_value) == ("can't tell", None)
    assert "no-noise" in codes(found)


def test_stated_noise_gives_way_to_replicates():
    found = decide(LOWER, CLEARLY, noise_cv=0.5)
    assert found.p_value == decide(LOWER, CLEARLY).p_value
    assert "stated-noise-unused" in codes(found)


def test_one_run_each_with_history():
    found = decide([0.9], [1.0], history=PAST)
    assert found.verdict == "likely better"
    assert found.noise.source == "history"
    assert (found.noise.groups, found.noise.runs) == (15, 60)
    assert found.noise.trust is None
    assert found.placebo_p == 0
    assert decide([1.0], [1.0], history=PAST).placebo_p == 1
    assert "like-history" in {note.code for note in found.assumptions}


@pytest.mark.parametrize(
    ("value", "word"), [(0.99, "inconclusive"), (0.95, "likely better"), (0.7, "better"), (1.05, "likely worse")]
)
def test_one_run_each_is_only_likely_unless_it_holds_with_four_times_the_noise(value, word):
    assert decide([value], [1.0], history=PAST).verdict == word
    assert decide([value], [1.0], history=PAST, higher_is_better=None).verdict in (
        word,
        {"likely better": "likely lower", "likely worse": "likely higher", "better": "lower"}.get(word),
    )


def test_few_history_groups_are_reported():
    found = decide([0.9], [1.0], history=PAST[:2])
    assert "few-groups" in codes(found)
    assert found.noise.df == 5


def test_one_run_against_many_is_a_prediction_interval():
    found = decide([0.9], CLEARLY)
    logs = np.log(CLEARLY)
    t = (math.log(0.9) - logs.mean()) / (logs.std(ddof=1) * math.sqrt(1 + 1 / 5))
    assert found.p_value == pytest.approx(2 * scipy_stats.t.sf(abs(t), 4))
    assert "equal-noise" in {note.code for note in found.assumptions}


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (0.985, "inconclusive"),
        (0.95, "beyond the baseline's seeds"),
        (0.85, "better"),
        (1.05, "beyond the baseline's seeds"),
        (1.2, "worse"),
    ],
)
def test_one_run_against_many_has_a_weaker_word(value, word):
    found = decide([value], CLEARLY)
    assert found.verdict == word
    assert (found.p_value < 0.05) == (word != "inconclusive")


def test_replicates_against_one_run_have_the_same_word():
    assert decide(CLEARLY, [0.95]).verdict == "beyond the candidate's seeds"


def test_one_run_is_not_shown_to_be_equivalent_by_noise_that_it_may_not_have():
    many = np.exp(0.01 * np.random.default_rng(5).normal(size=10))
    assert decide([1.0], many, min_effect=0.035).verdict == "inconclusive"
    assert decide([1.0], many, min_effect=0.08).verdict == "equivalent"


def test_history_helps_few_seeds_that_look_like_it():
    new, old = [0.97, 0.979, 0.987], [1.0, 1.017, 1.009]
    alone, helped = decide(new, old), decide(new, old, history=PAST)
    assert helped.noise.source == "history"
    assert "moderated" in helped.method
    assert helped.high - helped.low < alone.high - alone.low


def test_history_is_not_used_for_seeds_unlike_it():
    new, old = [0.5, 0.8, 0.99], [1.0, 2.0, 1.5]
    assert decide(new, old, history=PAST).p_value == decide(new, old).p_value


def test_equivalence():
    rng = np.random.default_rng(1)
    new, old = np.exp(0.01 * rng.normal(size=(2, 20)))
    found = decide(new, old)
    assert found.verdict == "equivalent"
    assert found.p_equivalent < 0.05
    assert decide(new, old, min_effect=0).verdict == "inconclusive"


def test_a_real_difference_has_its_direction_however_small():
    rng = np.random.default_rng(2)
    new, old = np.exp(0.01 * rng.normal(size=(2, 2000)))
    for direction, word in ((False, "worse"), (True, "better"), (None, "higher")):
        found = decide(new * 1.005, old, higher_is_better=direction)
        assert found.p_value < 0.05
        assert found.verdict == word
        assert found.high < 0.02


def test_nothing_is_equivalent_without_a_smallest_effect():
    rng = np.random.default_rng(2)
    new, old = np.exp(0.001 * rng.normal(size=(2, 20)))
    assert decide(new, old, min_effect=0.02).verdict == "equivalent"
    assert decide(new, old, min_effect=0.0).verdict == "inconclusive"


@pytest.mark.parametrize(("new", "old"), [([], [1.0]), ([1.0], []), ([math.nan], [1.0]), ([], [])])
def test_nothing_finite_on_a_side(new, old):
    found = decide(new, old, history=PAST)
    assert found.verdict == "can't tell"
    assert found.p_value is None
    assert "no-values" in codes(found)


def test_values_that_the_log_scale_cannot_hold():
    found = decide([0.0, 1.0, 1.1], CLEARLY)
    assert found.verdict == "can't tell"
    assert "not-positive" in codes(found)
    assert found.p_value is None
    assert decide([0.0, 1.0, 1.1], CLEARLY, scale="linear").p_value is not None


def test_identical_values_count_as_one_run():
    found = decide([0.5] * 4, [0.6] * 3)
    assert found.verdict == "can't tell"
    assert found.p_value is None
    assert "identical-values" in codes(found)
    assert decide([0.9] * 5, CLEARLY).p_value == pytest.approx(decide([0.9], CLEARLY).p_value)


def test_thousands_of_seeds():
    rng = np.random.default_rng(3)
    new, old = np.exp(0.1 * rng.normal(size=(2, 5000)))
    found = decide(new * 0.9, old)
    assert found.verdict == "better"
    assert found.effect == pytest.approx(-0.1, abs=0.01)


def test_numbers_too_large_or_small_give_no_p_from_nothing():
    for found in (
        decide([1e300, 3e300, 2e300], [1e-300, 1.0, 2.0], scale="linear"),
        decide([1e300, 3e300], [1e-300, 1e-299]),
    ):
        assert (found.verdict, found.p_value) == ("can't tell", None)
        assert "out-of-range" in codes(found)
    assert decide([1e200, 3e200], [1e100, 1e101]).p_value is not None


def test_the_best_of_many_must_be_better_than_chance_makes_the_best():
    alone, best = decide(LOWER, CLEARLY), decide(LOWER, CLEARLY, searched=40)
    assert alone.p_value < best.p_value < 1 - (1 - alone.p_value) ** 40  # Sidak's: they share one estimate of the noise
    assert best.low < alone.low < alone.high < best.high
    assert "searched" in {note.code for note in best.assumptions}
    close = [0.975, 0.985, 0.97, 0.98, 0.965]
    assert decide(close, CLEARLY, min_effect=0).verdict == "better"
    found = decide(close, CLEARLY, min_effect=0, searched=200)
    assert found.verdict == "inconclusive"
    assert found.low < 0 < found.high


@pytest.mark.parametrize(
    "wrong",
    [
        {"scale": "cube"},
        {"alpha": 0},
        {"alpha": 1.5},
        {"min_effect": -0.1},
        {"min_effect": math.nan},
        {"noise_cv": 0.0},
        {"searched": 0},
        {"noise_cv": math.inf},
        {"history": [["a", "b"]]},
        {"history": [[[1.0, 2.0]]]},
    ],
)
def test_options_that_cannot_be_read(wrong):
    with pytest.raises(UsageError) as caught:
        decide(LOWER, CLEARLY, **wrong)
    assert caught.value.hint


@pytest.mark.parametrize("values", [["x"], [[1.0, 2.0]], 3.0])
def test_values_that_are_not_a_flat_list_of_numbers(values):
    with pytest.raises(UsageError):
        decide(values, CLEARLY)


def test_history_groups_without_noise_are_left_out_and_reported():
    found = decide([0.9], [1.0], history=[*PAST, [1.0], [2.0, 2.0], [math.nan, 1.0, -1.0]])
    assert found.noise.groups == 15
    assert "history-left-out" in codes(found)


def test_values_at_the_metrics_limit_are_no_copies():
    seeds, options = [0.98, 0.97, 0.99, 0.98, 0.985], {"scale": "linear", "higher_is_better": True}
    at_limit = decide([1.0] * 5, seeds, limits=(0.0, 1.0), **options)
    nearly = decide([1.0, 1.0, 1.0, 1.0, 0.9999], seeds, **options)
    assert at_limit.verdict == nearly.verdict == "better"
    assert at_limit.p_value == pytest.approx(nearly.p_value, rel=0.05)
    assert "at-limit" in [note.code for note in at_limit.warnings]
    assert decide([0.9] * 5, seeds, limits=(0.0, 1.0), **options).noise.groups == 1
    assert decide([1.0] * 5, [0.0] * 5, limits=(0.0, 1.0), **options).verdict == "can't tell"
