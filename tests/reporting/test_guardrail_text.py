"""What a report says of guardrails."""

from comparisons import make_comparison, make_row, sample

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Guard, Noise
from runcompare.reporting import to_markdown
from runcompare.reporting.summary_text import summary
from runcompare.reporting.verdict_text import headline, worth_text

KNOWN = Noise("replicates", cv=0.02, sd=0.02, df=4.0)


def with_guard(guard: Guard, **more: object) -> Comparison:
    row = make_row("latency", sample([10.1, 10.2, 10.0]), sample([10.0, 10.1, 9.9]), role="guardrail", guard=guard)
    return make_comparison(metrics=(row,), **more)


def line(c: Comparison) -> str:
    (found,) = (text for text in summary(c) if text.startswith("Guardrails"))
    return found


def test_held_says_what_was_ruled_out() -> None:
    c = with_guard(Guard("held", "2%", p_held=0.01, noise=KNOWN))
    assert "latency: held: worse by 2% or more is ruled out (p = 0.01;" in line(c)
    assert "held (p = 0.01, n = 3 + 3)" in to_markdown(c)


def test_without_a_margin_it_says_what_these_seeds_could_have_seen() -> None:
    c = with_guard(Guard("not shown", p_violated=0.4, q_violated=0.4, detectable=0.12, noise=KNOWN))
    assert "not shown to have got worse" in line(c)
    assert "these seeds could have seen 12 % worse at 80 % power" in line(c)


def test_violated_vetoes_in_every_place() -> None:
    c = with_guard(Guard("violated", "2%", p_violated=0.001, q_violated=0.001, noise=KNOWN), worth="drop")
    assert "but the guardrail latency got worse" in headline(c)
    assert worth_text(c) == "Drop it: the guardrail latency got worse."
    assert "a margin of 2% does not cover it" in line(c)


def test_an_open_one_says_how_many_seeds_would_tell() -> None:
    c = with_guard(Guard("can't tell", "2%", seeds=(8, 20), noise=KNOWN), worth="find out", verdict="better")
    assert "can't tell whether it holds within 2%" in line(c)
    assert worth_text(c) == (
        "Find out first: latency is not shown to hold within 2%; 8 to 20 seeds a side would show that it holds, "
        "if nothing changed."
    )
    unknown = with_guard(Guard("can't tell", "2%"), worth="find out", verdict="better")
    assert "nothing is known of its noise" in worth_text(unknown)
