"""Fisher's test against scipy; how diverged seeds change a verdict."""

import math

import pytest
from scipy import stats as scipy_stats

from runcompare import stats
from runcompare.stats import decide

CLEARLY = [1.0, 1.02, 0.98, 1.01, 0.99]
LOWER = [0.8, 0.82, 0.79, 0.81, 0.8]


def codes(decision):
    return {note.code for note in decision.warnings}


@pytest.mark.parametrize("table", [(0, 5, 0, 5), (5, 5, 0, 5), (1, 6, 3, 9), (2, 3, 2, 30), (0, 1, 1, 1)])
def test_fisher_agrees_with_scipy(table):
    k1, n1, k2, n2 = table
    theirs = scipy_stats.fisher_exact([[k1, n1 - k1], [k2, n2 - k2]]).pvalue
    assert stats.fisher(*table) == pytest.approx(theirs)


def test_diverged_seeds_are_named():
    found = decide([math.nan, *LOWER], CLEARLY)
    assert found.verdict == "inconclusive"
    assert {"diverged", "hinges"} <= codes(found)
    assert "1 of 6 candidate seeds (at 0)" in " ".join(note.text for note in found.warnings)


def test_divergence_of_the_worse_side_changes_nothing():
    assert decide(LOWER, [math.inf, *CLEARLY]).verdict == "better"


def test_divergence_rates_alone_can_decide():
    found = decide([math.nan] * 6, [1.0, 1.1, 0.9, 1.0, 1.05, 0.95])
    assert found.verdict == "worse"
    assert found.effect is None
    assert found.p_value == pytest.approx(scipy_stats.fisher_exact([[6, 0], [0, 6]]).pvalue)
    assert decide([1.0, 1.1, 0.9, 1.0, 1.05, 0.95], [math.nan] * 6).verdict == "better"
