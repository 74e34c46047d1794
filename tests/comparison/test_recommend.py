"""What to do next: the choice, more seeds, and what is said before either."""

import pytest
from verdict_cases import Case, comparison_of


def advice(verdict, cost="unknown", guardrail="none", direction="max", *, scale="log"):
    return {r.action: r for r in comparison_of(Case(verdict, cost, guardrail, direction, scale)).recommendations}


@pytest.mark.parametrize(
    ("verdict", "cost", "action", "words"),
    [
        ("better", "less", "adopt", "Adopt"),
        ("better", "more", "weigh", "The gain is real and has a price"),
        ("worse", "less", "weigh", "worse and cheaper"),
        ("worse", "more", "keep_baseline", "is worse and is more expensive"),
        ("worse", "open", "keep_baseline", "is worse and is not shown to be cheaper"),
        ("worse", "unknown", "keep_baseline", "The candidate is worse."),
        ("equivalent", "same", "keep_baseline", "no difference that matters, and costs the same"),
        ("better, small", "more", "keep_baseline", "smaller than what was asked for, and it is more expensive"),
        ("inconclusive", "more", "keep_baseline", "its gain is not shown"),
        ("can't tell", "stated, more", "keep_baseline", "nothing here shows that it is better"),
    ],
)
def test_the_choice_says_why(verdict, cost, action, words):
    assert words in advice(verdict, cost)[action].sentence


@pytest.mark.parametrize("verdict", ["better", "higher", "inconclusive", "can't tell"])
def test_a_guardrail_that_got_worse_decides_without_a_cost(verdict):
    direction = None if verdict == "higher" else "max"
    found = advice(verdict, "unknown", "worse", direction)
    assert found["keep_baseline"].facts["guardrails"] == ["safety"]
    assert set(found) == {"keep_baseline"}


def test_an_unknown_direction_is_asked_for_before_anything_is_chosen():
    for verdict in ("higher", "lower"):
        assert set(advice(verdict, "less", direction=None)) == {"state_direction"}
    assert "keep_baseline" not in advice("inconclusive", "more", direction=None)


@pytest.mark.parametrize("cost", ["unknown", "one run", "open"])
def test_no_cost_that_was_not_shown_makes_a_choice(cost):
    assert not {"adopt", "weigh", "keep_baseline"} & set(advice("inconclusive", cost))
    assert not {"adopt", "weigh", "keep_baseline"} & set(advice("better", cost))


@pytest.mark.parametrize(
    ("scale", "unit"), [("log", "{effect:share}"), ("logit", "{effect:number} {unit}"), ("linear", "{effect:number}")]
)
def test_seeds_are_asked_for_in_the_metrics_units(scale, unit):
    found = advice("inconclusive", scale=scale)["run_seeds"]
    assert f"a difference of {unit} " in found.sentence
    assert found.facts["effect"] == pytest.approx({"log": 0.4, "logit": 2.0, "linear": 12.0}[scale])


@pytest.mark.parametrize("verdict", ["can't tell", "beyond the baseline's seeds"])
def test_without_noise_three_seeds_a_side_give_a_first_estimate(verdict):
    assert advice(verdict)["run_seeds"].facts["seeds_low"] == 3
