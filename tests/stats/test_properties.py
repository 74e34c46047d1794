"""Properties that hold for any data."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from runcompare.stats import decide, holm
from runcompare.stats.law import Law
from runcompare.stats.others import Others

BEYOND = ("beyond the baseline's seeds", "beyond the candidate's seeds")
FLIPPED = {
    "better": "worse",
    "worse": "better",
    "likely better": "likely worse",
    "likely worse": "likely better",
    BEYOND[0]: BEYOND[1],
    BEYOND[1]: BEYOND[0],
}
LIBRARIES = [Others(0.01, 1.2, 3, 30, 150), Others(0.001, 1.5, 2, 20, 90, relative=True)]
positive = st.floats(1e-3, 1e3)
arms = st.tuples(st.lists(positive, min_size=1, max_size=8), st.lists(positive, min_size=1, max_size=8))
pasts = st.lists(st.lists(positive, min_size=2, max_size=5), max_size=7)
scales = st.sampled_from(["log", "linear"])
with_gaps = st.lists(st.one_of(positive, st.sampled_from([np.nan, np.inf, -1.0, 0.0])), max_size=6)


@given(arms, pasts, scales, st.sampled_from([None, 0.1]), st.sampled_from([None, *LIBRARIES]))
def test_swapping_the_arms_flips_the_sign_and_keeps_p(sides, past, scale, cv, others):
    new, old = sides
    there = decide(new, old, history=past, scale=scale, noise_cv=cv, others=others)
    back = decide(old, new, history=past, scale=scale, noise_cv=cv, others=others)
    assert back.verdict == FLIPPED.get(there.verdict, there.verdict)
    assert (back.p_value is None) == (there.p_value is None)
    inverse = -there.effect if scale == "linear" else 1 / (1 + there.effect) - 1
    assert back.effect == pytest.approx(inverse, rel=1e-6, abs=1e-9)
    if there.p_value is not None:
        assert back.p_value == pytest.approx(there.p_value, rel=1e-6, abs=1e-12)
        mirrored = -there.high if scale == "linear" else 1 / (1 + there.high) - 1
        assert back.low == pytest.approx(mirrored, rel=1e-6, abs=1e-9)


@given(with_gaps, with_gaps)
def test_swapping_flips_the_verdict_with_bad_values_too(new, old):
    there, back = decide(new, old), decide(old, new)
    assert back.verdict == FLIPPED.get(there.verdict, there.verdict)
    assert (there.p_value is None) == (back.p_value is None)


def good(found) -> int:
    """1 for words that say better, -1 for those that say worse, 0 for the rest."""
    return ("better" in found.verdict) - ("worse" in found.verdict)


@given(arms, pasts, pasts, st.sampled_from([None, *LIBRARIES]))
def test_history_never_turns_a_verdict_round(sides, past, other, others):
    here, there, both = (decide(*sides, history=h, others=others) for h in (past, other, [*past, *other]))
    assert min(good(here) * good(there), good(here) * good(both), good(there) * good(both)) >= 0


@given(st.tuples(positive, positive), scales, st.sampled_from([0.0, 0.5]))
def test_other_peoples_noise_never_says_more_than_likely(values, scale, min_effect):
    new, old = values
    found = decide([new], [old], scale=scale, others=LIBRARIES[0], min_effect=min_effect)
    assert found.verdict in ("can't tell", "likely better", "likely worse")
    assert found.noise.source == "library"
    assert [note.code for note in found.warnings] == ["noise-of-others"]


@given(arms, pasts, st.sampled_from(LIBRARIES))
def test_other_peoples_noise_counts_only_where_nothing_else_is_known(sides, past, others):
    with_them, without = (decide(*sides, history=past, others=o) for o in (others, None))
    assert with_them == without or (without.verdict == "can't tell" and with_them.noise.source == "library")


@given(arms, pasts, st.randoms(use_true_random=False))
def test_the_order_of_seeds_and_groups_changes_nothing(sides, past, random):
    here = decide(*sides, history=past)
    shuffled = [random.sample(values, len(values)) for values in (*sides, *past)]
    there = decide(*shuffled[:2], history=random.sample(shuffled[2:], len(past)))
    assert (there.p_value is None) == (here.p_value is None)
    if here.p_value is not None:
        assert there.p_value == pytest.approx(here.p_value, rel=1e-6, abs=1e-12)


@given(arms, st.integers(1, 500))
def test_a_search_never_makes_a_difference_surer(sides, searched):
    one, many = decide(*sides), decide(*sides, searched=searched)
    if one.p_value is not None:
        assert many.p_value >= one.p_value * (1 - 1e-9)
        assert many.low <= one.low * (1 + np.sign(one.low) * 1e-9) + 1e-12


@given(arms, pasts, st.floats(1e-3, 1e3))
def test_scaling_a_positive_metric_changes_nothing_on_the_log_scale(sides, past, factor):
    assume(all(np.ptp(np.log(side)) > 1e-6 or len(side) == 1 for side in (*sides, *past)))
    here = decide(*sides, history=past)
    there = decide(*(np.multiply(side, factor) for side in sides), history=past)
    assert there.effect == pytest.approx(here.effect, rel=1e-6, abs=1e-8)
    assert (there.p_value is None) == (here.p_value is None)
    if here.p_value is not None:
        assert there.p_value == pytest.approx(here.p_value, rel=1e-4, abs=1e-9)


@given(arms, st.floats(-100, 100))
def test_a_constant_changes_nothing_on_the_linear_scale(sides, constant):
    assume(all(np.ptp(side) > 1e-3 or len(side) == 1 for side in sides))
    here = decide(*sides, scale="linear")
    there = decide(*(np.add(side, constant) for side in sides), scale="linear")
    assert there.effect == pytest.approx(here.effect, rel=1e-6, abs=1e-6)
    if here.p_value is not None:
        assert there.p_value == pytest.approx(here.p_value, rel=1e-4, abs=1e-6)


@given(arms, pasts, scales)
def test_the_interval_excludes_nothing_exactly_when_p_is_small(sides, past, scale):
    found = decide(*sides, history=past, scale=scale)
    if found.p_value is not None and abs(found.p_value - 0.05) > 1e-9:
        assert (found.low > 0 or found.high < 0) == (found.p_value < 0.05)
        assert found.low <= found.effect <= found.high
        assert 0 <= found.p_value <= 1


@settings(max_examples=20)
@given(st.integers(2, 12), st.integers(0, 2**31))
def test_more_seeds_of_the_same_spread_never_widen_the_interval_in_expectation(n, seed):
    rng = np.random.default_rng(seed)

    def width(m):
        both = rng.normal(size=(400, 2, m))
        v = both.var(axis=2, ddof=1)
        se2 = v.sum(axis=1) / m
        df = se2**2 / ((v / m) ** 2 / (m - 1)).sum(axis=1)
        return Law(np.sqrt(se2), df).half_width(0.05).mean()

    assert width(n + 3) < width(n)


@given(arms, pasts)
def test_seed_ranges_are_in_order(sides, past):
    found = decide(*sides, history=past)
    for seeds in (found.seeds_for_effect, found.seeds_for_min_effect):
        assert seeds is None or 2 <= seeds.low <= seeds.high


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_never_lowers_p_and_keeps_the_order(p):
    adjusted = holm(p)
    assert np.all(adjusted >= np.asarray(p))
    assert np.all(np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0)
