"""`runcompare explain`."""

import click

from runcompare.cli.options import format_option
from runcompare.cli.printing import as_json, emit, listing

__all__ = ["explain"]

COLUMNS = ("code", "name", "family", "alone", "title")


@click.command()
@click.argument("code", required=False)
@format_option("text", "json")
def explain(code: str | None, format_: str) -> None:
    """What a finding means: what it sees, how it tests that, how often it is wrong, and what would confirm it.

    CODE is a finding's code, as reports print it, or its name. Without one, all are listed; "alone" are those that
    `runcompare check` runs on one run without a baseline.

    \b
    Examples:
      runcompare explain RC203
      runcompare explain overfitting
      runcompare explain
    """
    from runcompare.comparison.rules.catalogue import explain as explained
    from runcompare.comparison.rules.catalogue import explain_all
    from runcompare.reporting.explain_text import explained_text

    if code is not None:
        rule = explained(code)
        emit(as_json(rule) if format_ == "json" else explained_text(rule))
        return
    rules = explain_all()
    rows = [(r.code, r.name, r.family, "yes" if r.alone else "", r.title) for r in rules]
    emit(as_json(rules) if format_ == "json" else listing("table", COLUMNS, rows, rules, whole=("code", "name")))
