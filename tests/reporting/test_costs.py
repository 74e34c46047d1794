"""Cost reports, prices and forecasts as text and as JSON data."""

import pytest
from costed_groups import costed_group

from runcompare.comparison.cost_report import cost_report
from runcompare.costs import Forecast, ForecastLine, PriceBook
from runcompare.records.figure import Figure, Provenance
from runcompare.reporting.costs import cost_document, cost_text, forecast_text, prices_text

BOOK = PriceBook.load(flat=2.0)
NEW = costed_group("new", [0.05, 0.051, 0.052], seconds=7200)
OLD = costed_group("old", [0.08, 0.09, 0.16])


def section(text: str, head: str) -> str:
    """The lines from the one that begins with `head` up to the next but one empty line."""
    rest = text[text.index(head) :]
    return "\n\n".join(rest.split("\n\n")[:2])


def test_a_group_shows_stages_sums_and_sources():
    text = cost_text(cost_report([OLD], BOOK))
    assert text.startswith("old: 3 runs on 1 x ")
    assert [
        line.split("  ")[0] for line in text.splitlines() if line.startswith(("training", "eval", "one", "all"))
    ] == [
        "training",
        "eval",
        "one run",
        "all 3 runs",
    ]
    assert "money: assumed: " in text
    assert "--gpu-price" in text


def test_a_single_run_has_a_total_and_no_mean():
    text = cost_text(cost_report([costed_group("one", [0.1])], BOOK))
    assert text.startswith("one: 1 run on ")
    assert "\ntotal " in text
    assert "mean" not in text


def test_ratios_have_an_interval_and_a_source():
    text = section(cost_text(cost_report([NEW, OLD], BOOK)), "new over old")
    (money,) = [line for line in text.splitlines() if line.startswith("money")]
    assert money.split()[1].startswith("2x")
    assert "3 and 3 runs" in money
    assert [line.split("  ")[0] for line in text.splitlines()[3:6]] == ["time", "training time", "evaluation time"]


def test_equal_quality_counts_and_lists_those_that_ended_short():
    text = cost_text(cost_report([NEW, OLD], BOOK))
    assert "at equal quality: to reach eval/nrmse 0.1048, where old ended on average" in text
    (censored,) = [line for line in text.splitlines() if "censored" in line]
    assert censored.startswith("  old censored: old2 after 61.2 min")


def test_a_target_that_stands_under_equal_quality_is_not_shown_twice():
    same = cost_text(cost_report([NEW, OLD], BOOK, metric="eval/nrmse"))
    other = cost_text(cost_report([NEW, OLD], BOOK, metric="eval/nrmse", target=0.06))
    assert "\nto reach" not in same
    assert "\nto reach eval/nrmse 0.06, median over seeds" in other
    assert "cost and quality, cheapest first" in other


def test_waste_is_summed_by_kind_and_stage():
    many, others = (costed_group(n, [level + 0.001 * k for k in range(5)]) for n, level in (("a", 0.05), ("b", 0.1)))
    text = section(cost_text(cost_report([many, others], BOOK)), "spent without gain")
    rows = [line for line in text.splitlines() if "seeds beyond the decision" in line]
    assert [row.split()[0] for row in rows] == ["a", "b"]
    assert all("2 runs" in row for row in rows)


def test_names_are_one_printable_line_each():
    text = cost_text(cost_report([costed_group("x\x1b[2J\ny", [0.1])], BOOK))
    assert "\x1b" not in text
    assert text.startswith("x[2J y: 1 run")


def test_the_document_has_training_and_evaluation_of_each_run():
    report = cost_report([OLD], BOOK)
    (group,) = cost_document(report)["groups"]
    for ledger, run in zip(report.groups[0].runs, group["runs"], strict=True):
        parts = run["train"]["wall"]["value"] + run["eval"]["wall"]["value"]
        assert parts == pytest.approx(ledger.total.wall.value)


def test_prices_end_with_what_is_charged():
    book = PriceBook.load()
    text = prices_text(book.select("A100"), book.price("A100"))
    assert text.splitlines()[0].split()[:2] == ["accelerator", "cloud"]
    assert text.splitlines()[-1].startswith("  assumed: price book, ")
    assert "charged: " not in prices_text(book.select("A100"))
    assert "charged: no price" in prices_text((), Figure.missing("unknown", "USD"))


def test_a_forecast_shows_its_intervals_method_and_notes():
    line = ForecastLine(
        "train",
        Figure(100.0, "s", 50.0, float("inf"), Provenance.ESTIMATED, "4 epochs x 25 s"),
        Figure(0.03, "h", provenance=Provenance.ESTIMATED),
        Figure.missing("no price", "USD"),
    )
    text = forecast_text("new.yaml", Forecast(line, (line,), "scaled from one run", ("left out a run",)))
    assert text.startswith("new.yaml: estimated, scaled from one run\n")
    assert "100 s (50 s to no bound)" in text
    assert "  note: left out a run" in text
