"""The verdict on one screen."""

import io

from comparisons import make_comparison, make_hostile
from rich.console import Console

from runcompare.comparison.model import Note
from runcompare.reporting import to_terminal


def shown(comparison, **options) -> str:
    out = io.StringIO()
    Console(file=out, width=200, **options).print(to_terminal(comparison))
    return out.getvalue()


def test_headline_quality_cost_and_advice():
    text = shown(make_comparison())
    assert "Inconclusive" in text.splitlines()[0]
    assert "hjnqclgk" in text
    assert "baseline32" in text
    for row in ("Time per run", "Money per run"):
        assert row in text
    assert "Worth it? Find out first" in text
    assert text.splitlines()[-1].endswith("(note)"), "findings stand below, a line each"


def test_reasons_against_the_comparison_are_shown():
    text = shown(make_comparison(verdict="not comparable", incomparable=(Note("data", "Other test data."),)))
    assert "Other test data." in text


def test_names_are_neither_markup_nor_control_sequences():
    text = shown(make_hostile("[red]x[/red]\x1b[2J"))
    assert "\x1b" not in text
    assert "[red]x[/red]" in text
