"""The order of the verdict rules, and what a verdict is worth at a price."""

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


@pytest.mark.parametrize(
    ("verdict", "cost", "worth"),
    [
        ("better", 15, "trade-off"),
        ("better", 1.02, "adopt"),
        ("better", 0.5, "adopt"),
        ("worse", 15, "drop"),
        ("worse", 1, "drop"),
        ("worse", 0.2, "trade-off"),
        ("equivalent", 15, "drop"),
        ("equivalent", 1, "drop"),
        ("equivalent", 0.5, "adopt"),
        ("inconclusive", 15, "find out"),
        ("can't tell", 15, "find out"),
        ("not comparable", 15, "find out"),
    ],
)
def test_worth_it(verdict, cost, worth):
    assert stats.worth_it(verdict, (None, None), cost) == worth
    if verdict != "inconclusive":
        assert stats.worth_it(verdict, (-0.9, 0.9), cost, higher_is_better=True) == worth


def test_an_interval_without_room_decides_what_it_is_worth():
    worth = stats.worth_it
    assert worth("inconclusive", (-0.01, 0.3), 15, higher_is_better=False) == "drop"
    assert worth("inconclusive", (-0.01, 0.3), 15, higher_is_better=True) == "find out"
    assert worth("inconclusive", (-0.3, 0.01), 0.5, higher_is_better=False) == "adopt"
    assert worth("inconclusive", (-0.3, 0.3), 0.5, higher_is_better=False) == "find out"


def test_a_guardrail_vetoes():
    assert stats.worth_it("better", (-0.2, -0.1), 0.5, vetoed=True) == "drop"
