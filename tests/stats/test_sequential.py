"""Planned looks and e-values."""

import numpy as np
import pytest
from scipy import stats as scipy_stats

from runcompare import stats


def test_looks_only_at_planned_points():
    new, old = np.array([0.5, 0.51, 0.52, 0.8]), np.array([1.0, 1.01, 1.02, 1.03])
    early = stats.look(new[:2], old[:2])
    assert (early.decided, early.next_look) == (False, 3)
    third = stats.look(new[:3], old[:3])
    assert (third.decided, third.decision.verdict) == (True, "better")
    assert stats.look(new, old).decision.p_value == third.decision.p_value
    assert third.decision.alpha == pytest.approx(0.0133)


def test_the_last_look_ends_it():
    rng = np.random.default_rng(7)
    new, old = np.exp(0.1 * rng.normal(size=(2, 25)))
    last = stats.look(new, old)
    assert (last.decided, last.next_look) == (True, None)
    assert last.decision.verdict == "inconclusive"


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
