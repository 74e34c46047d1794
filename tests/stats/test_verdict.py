"""The order of the verdict rules."""

import pytest

from runcompare import stats


@pytest.mark.parametrize(
    ("known", "word"),
    [
        ({"comparable": False, "p_value": 0.001, "p_equivalent": 0.9, "improvement": 1.0}, "not comparable"),
        ({"p_value": None, "p_equivalent": None, "improvement": None}, "can't tell"),
        ({"p_value": 0.001, "p_equivalent": 0.9, "improvement": -1.0}, "worse"),
        ({"p_value": 0.5, "p_equivalent": 0.01, "improvement": -1.0}, "equivalent"),
        ({"p_value": 0.001, "p_equivalent": 0.01, "improvement": -1.0}, "worse"),
        ({"p_value": 0.001, "p_equivalent": 0.01, "improvement": 1.0}, "better"),
        ({"p_value": 0.001, "p_equivalent": 0.9, "improvement": 1.0, "directed": False}, "higher"),
        ({"p_value": 0.001, "p_equivalent": 0.9, "improvement": -1.0, "directed": False}, "lower"),
        ({"p_value": 0.5, "p_equivalent": 0.01, "improvement": -1.0, "directed": False}, "equivalent"),
        ({"p_value": 0.001, "p_equivalent": 0.9, "improvement": 1.0}, "better"),
        ({"p_value": 0.2, "p_equivalent": 0.9, "improvement": 1.0}, "inconclusive"),
        ({"p_value": 0.05, "p_equivalent": 0.05, "improvement": 1.0}, "inconclusive"),
    ],
)
def test_verdict_rules(known, word):
    assert stats.verdict(**known) == word
