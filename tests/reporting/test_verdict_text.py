"""The verdict's sentences, case by case; `test_no_word_claims_too_much` holds what none of them may say."""

import pytest
from verdict_cases import Case, comparison_of

from runcompare.reporting.learned_text import known, not_known
from runcompare.reporting.verdict_text import headline, worth_text, would_change


def made(verdict, cost="unknown", guardrail="none", direction="max", *, scale="logit"):
    return comparison_of(Case(verdict, cost, guardrail, direction, scale))


@pytest.mark.parametrize(
    ("case", "text"),
    [
        (("better", "more"), "new is better: m 2 points higher, errors 20 % fewer, for 3x the money"),
        (("better, small", "less"), "new is better, by less than the 2% asked for: m 0.2 points higher"),
        (("worse", "open", "none", "min"), "new is worse: m 2 points higher"),
        (("inconclusive", "close"), "Inconclusive: m 2 points higher, errors 20 % fewer, which may be noise"),
        (("inconclusive, two runs",), "which two runs a side can't tell from noise"),
        (("can't tell", "one run"), "Can't tell, one run each: m 2 points higher; in these two runs 15x the money"),
        (
            ("higher", "more", "none", None),
            "new: m 2 points higher, beyond noise, for 3x the money; which is",
        ),
        (("better", "unknown", "worse"), "errors 20 % fewer; but the guardrail safety got worse"),
        (("beyond the baseline's seeds",), "One run beyond the baseline's seeds: m 2 points higher"),
        (("not comparable", "more", "worse"), "Not comparable: the two sides answer different questions"),
    ],
)
def test_headlines(case, text):
    assert text in headline(made(*case))


@pytest.mark.parametrize(
    ("case", "text"),
    [
        (("better", "more"), "A trade-off: better and more expensive; each point of m costs $10.00 more a run."),
        (("worse", "less"), "A trade-off: worse and cheaper."),
        (("better", "close"), "Adopt the candidate: better, and no difference in cost was shown (the money +10 %"),
        (("better", "same"), "Adopt the candidate: better, at the same cost."),
        (("better", "open"), "Better; what it costs is not known well enough (the money 1.8x [0.061x to 55x])."),
        (("better", "one run"), "Better; what it costs is not known, but in these two runs 15x the money."),
        (("better", "unknown"), "Better; what it costs is not known."),
        (("worse", "close"), "Drop it: worse, and no saving was shown"),
        (("better, small", "more"), "Drop it: better by less than the 2% asked for, and more expensive."),
        (("better", "less", "worse"), "Drop it: the guardrail safety got worse."),
        (("better", "less", "inconclusive"), "better and cheaper. Not shown to hold: the guardrail safety."),
        (("lower", "less", "none", None), "Not known: first say which is better, with --direction."),
        (("equivalent", "less", "none", None), "No difference that matters, and the candidate is cheaper."),
        (("not comparable", "more"), ""),
    ],
)
def test_whether_it_is_worth_it(case, text):
    found = worth_text(made(*case))
    assert found.startswith(text) or found.endswith(text)
    assert bool(found) == bool(text)


def test_only_on_the_log_scale_is_there_a_price_of_a_per_cent():
    found = [worth_text(made("better", "more", scale=scale)) for scale in ("log", "logit", "linear")]
    assert [text.split("each ")[1].split(" of")[0] for text in found] == ["per cent", "point", "unit"]


@pytest.mark.parametrize(
    ("case", "text"),
    [
        (("better",), "seeds that bring 0 into the interval."),
        (("inconclusive",), "more seeds. The interval holds 0, so there may be no difference."),
        (("higher", "unknown", "none", None), "Which is better, --direction says."),
        (("beyond the baseline's seeds",), "more seeds of the side that has one run."),
    ],
)
def test_what_would_change_it(case, text):
    assert would_change(made(*case)).endswith(text)


def test_a_cost_that_may_be_the_same_is_not_known():
    shown, hidden = made("better", "more"), made("better", "open")
    assert any("3x slower [2x to 4.5x]" in line for line in known(shown))
    assert not any("Time" in line for line in known(hidden))
    assert any("costs more or less: time per run 1.8x [0.061x to 55x]" in line for line in not_known(hidden))


def test_an_unknown_direction_is_not_known_whatever_was_found():
    for verdict in ("higher", "inconclusive", "can't tell"):
        assert not_known(made(verdict, direction=None))[0] == "Which is better, higher or lower m: say --direction."
