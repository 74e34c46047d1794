"""What is known of a cost, and what a verdict is worth at it."""

import pytest

from runcompare.comparison.worth import cost_word, worth_it


@pytest.mark.parametrize(
    ("known", "word"),
    [
        ((None,), "unknown"),
        ((15.0,), "these runs"),
        ((15.0, 4.0, 40.0), "more"),
        ((0.4, 0.3, 0.6), "less"),
        ((1.01, 0.98, 1.04), "same"),
        ((1.02, 1.01, 1.03), "same"),
        ((1.1, 0.8, 1.4), "close"),
        ((0.55, 0.018, 16.0), "open"),
        ((1.8, 0.061, 55.0), "open"),
    ],
)
def test_a_cost_has_the_word_that_its_interval_carries(known, word):
    assert cost_word(*known) == word


@pytest.mark.parametrize(("ratio", "word"), [(15.0, "more"), (0.4, "less"), (1.02, "same")])
def test_a_stated_cost_needs_no_interval(ratio, word):
    assert cost_word(ratio, exact=True) == word


@pytest.mark.parametrize(
    ("verdict", "cost", "worth"),
    [
        ("better", "more", "trade-off"),
        ("better", "less", "adopt"),
        ("better", "same", "adopt"),
        ("better", "close", "adopt"),
        ("better", "open", "find out"),
        ("better", "these runs", None),
        ("better", "unknown", None),
        ("worse", "more", "drop"),
        ("worse", "same", "drop"),
        ("worse", "close", "drop"),
        ("worse", "open", "find out"),
        ("worse", "less", "trade-off"),
        ("worse", "unknown", None),
        ("equivalent", "more", "drop"),
        ("equivalent", "same", "drop"),
        ("equivalent", "less", "adopt"),
        ("equivalent", "unknown", None),
        ("inconclusive", "more", "find out"),
        ("can't tell", "more", "find out"),
        ("beyond the baseline's seeds", "less", "find out"),
        ("higher", "less", "find out"),
        ("lower", "unknown", "find out"),
        ("not comparable", "more", None),
    ],
)
def test_worth_it(verdict, cost, worth):
    assert worth_it(verdict, (None, None), cost) == worth
    if verdict != "inconclusive":
        assert worth_it(verdict, (-0.9, 0.9), cost, higher_is_better=True) == worth


def test_an_interval_without_room_decides_what_it_is_worth():
    worth = worth_it
    assert worth("inconclusive", (-0.01, 0.3), "more", higher_is_better=False, min_effect=0.02) == "drop"
    assert worth("inconclusive", (-0.01, 0.3), "more", higher_is_better=True, min_effect=0.02) == "find out"
    assert worth("inconclusive", (-0.3, 0.01), "less", higher_is_better=False, min_effect=0.02) == "adopt"
    assert worth("inconclusive", (-0.3, 0.3), "less", higher_is_better=False, min_effect=0.02) == "find out"


@pytest.mark.parametrize("verdict", ["better", "worse"])
@pytest.mark.parametrize(
    ("cost", "worth"), [("more", "drop"), ("same", "drop"), ("less", "adopt"), ("open", "find out")]
)
def test_a_difference_smaller_than_asked_for_is_weighed_like_none(verdict, cost, worth):
    assert worth_it(verdict, (0.004, 0.01), cost, higher_is_better=True, min_effect=0.02) == worth


@pytest.mark.parametrize("cost", ["less", "same", "these runs", "unknown"])
def test_a_guardrail_vetoes_at_any_cost(cost):
    assert worth_it("better", (-0.2, -0.1), cost, vetoed=True) == "drop"
