"""Planned looks and e-values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from runcompare import stats
from runcompare.stats import significance
from runcompare.stats.sequential import Made, seeds_factor


def test_looks_only_at_planned_points():
    new, old = np.array([0.5, 0.51, 0.52, 0.8]), np.array([1.0, 1.01, 1.02, 1.03])
    early = stats.look(new[:2], old[:2])
    assert (early.decided, early.next_look, early.decision.verdict) == (False, 3, "inconclusive")
    third = stats.look(new[:3], old[:3])
    assert (third.decided, third.decision.verdict, third.turn.number) == (True, "better", 1)
    assert third.decision.alpha == pytest.approx(0.0133)
    fourth = stats.look(new, old, made=[Made(3, third.turn.share)])
    assert (fourth.decided, fourth.next_look, fourth.decision.verdict) == (False, 5, "inconclusive")
    assert "between-looks" in {note.code for note in fourth.decision.warnings}


def test_the_last_look_ends_it():
    rng = np.random.default_rng(7)
    new, old = np.exp(0.1 * rng.normal(size=(2, 25)))
    made = [Made(n, 0.266) for n in (3, 5, 8, 12)]
    last = stats.look(new, old, made=made)
    assert (last.decided, last.next_look, last.turn.number) == (True, None, 5)
    assert last.decision.verdict == "inconclusive"
    after = stats.look(new - 5, old, made=[*made, Made(25, 0.266)], scale="linear")
    assert (after.decided, after.next_look, after.decision.verdict) == (True, None, "inconclusive")


def test_a_look_that_nobody_planned_takes_all_but_a_tenth():
    first = stats.turn([], 1, planned=False)
    assert (first.number, first.share, first.due) == (1, 1.0, True)
    second = stats.turn([Made(4, first.share)], 4, planned=False)
    assert (second.number, second.share, second.at, second.due) == (2, pytest.approx(0.0266), 5, False)
    made = [Made(4, 1.0), *(Made(n, 0.0266) for n in (5, 8, 12, 20, 32))]
    assert stats.turn(made, 100).at is None
    assert sum(one.share for one in made) <= 1 + 5 * 0.0266 + 1e-9


def test_looks_go_on_beyond_the_planned_sizes():
    assert stats.planned_sizes(0, 8) == (3, 5, 8, 12, 20, 32, 51, 82)
    assert stats.planned_sizes(12) == (20,)
    assert stats.turn([Made(30, 0.266)], 31).at == 32


def test_a_smaller_level_takes_more_seeds():
    assert seeds_factor(1.0) == pytest.approx(1.0)
    assert seeds_factor(0.0266) == pytest.approx(2.1, abs=0.05)


@given(st.lists(st.tuples(st.integers(1, 60), st.sampled_from([1.0, 0.266, 0.0266])), max_size=8), st.integers(0, 80))
def test_the_next_look_is_beyond_all_others(made, n):
    looks = [Made(*one) for one in made]
    found = stats.turn(looks, n)
    assert found == stats.turn(looks[::-1], n)
    assert found.at is None or found.at > max((one.n for one in looks), default=0)
    assert found.due == (found.at is not None and n >= found.at)
    assert found.share <= 0.266


@pytest.mark.parametrize("planned", [True, False])
@pytest.mark.parametrize("sizes", [(3, 5, 8, 12, 20), (5, 8, 12, 20, 32), (3, 12, 20, 51, 131), (4, 6, 9, 30, 50, 80)])
def test_any_of_the_looks_is_wrong_five_times_in_a_hundred(sizes, planned):
    """20,000 comparisons of what does not differ, each looked at as often as it may be (3 errors: 0.5 %)."""
    rng = np.random.default_rng(3)
    new, old = rng.normal(size=(2, 20_000, max(sizes)))
    wrong, made = np.zeros(20_000, dtype=bool), []
    for n in sizes:
        now = stats.turn(made, n, planned=planned)
        if not now.due:
            continue
        made.append(Made(n, now.share))
        a, b = new[:, :n], old[:, :n]
        law = significance.welch(n, a.var(axis=1, ddof=1), n, b.var(axis=1, ddof=1))
        wrong |= law.p_two_sided(a.mean(axis=1) - b.mean(axis=1)) < now.share * 0.05
    assert 1 < len(made) <= 6
    assert wrong.mean() <= 0.055 + 0.005


def test_e_value_equals_its_integral():
    """Against numerical integration over the effect and the noise, with the mean integrated out."""
    x, y = np.array([0.1, -0.3, 0.2]), np.array([1.0, 0.8])
    size, total, d = 6 / 5, 5, x.mean() - y.mean()
    rest = 2 * x.var(ddof=1) + y.var(ddof=1)
    sigma = np.exp(np.linspace(-6, 8, 4000))
    delta = np.linspace(-8, 8, 1601)

    def marginal(effect):
        inside = -(rest + size * (d - effect * sigma) ** 2) / (2 * sigma**2)
        return np.trapezoid(sigma ** -(total - 1) * np.exp(inside), np.log(sigma))

    mixed = np.trapezoid([marginal(e) * scipy_stats.norm.pdf(e) for e in delta], delta)
    assert stats.e_value(x, y, scale="linear") == pytest.approx(mixed / marginal(0.0), rel=1e-3)


def test_e_value_of_too_few_seeds_is_one():
    assert stats.e_value([1.0], [2.0, 3.0]) == 1.0
