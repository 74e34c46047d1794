"""The verdict on one screen: what, how sure, at what price, and what to do next."""

from typing import TYPE_CHECKING

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Row
from runcompare.reporting import words
from runcompare.reporting.escape import clean
from runcompare.reporting.markdown import first_advice
from runcompare.reporting.page import assessment
from runcompare.reporting.summary_text import run_lines
from runcompare.reporting.tables import grid
from runcompare.reporting.verdict_text import headline, worth_text

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

__all__ = ["to_terminal"]

STYLES = {"better": "bold green", "worse": "bold red", "equivalent": "bold cyan", "not comparable": "bold red"}


def to_terminal(comparison: Comparison) -> "RenderableType":
    """Something for `rich.print`: headline, reasons against the comparison, runs that don't count, quality, time and
    cost, whether it is worth it, first advice."""
    from rich.console import Group
    from rich.text import Text

    style = STYLES.get(comparison.verdict, "bold yellow")
    reasons = [Text(clean(note.text), style="red") for note in comparison.incomparable]
    runs = [Text(line, style="yellow") for line in run_lines(comparison)]
    worth = [Text(f"Worth it? {text}")] if (text := worth_text(comparison)) else []
    advice = [Text(f"Next: {first}")] if (first := first_advice(comparison)) else []
    return Group(Text(headline(comparison), style=style), *reasons, *runs, _table(comparison), *worth, *advice)


def _table(comparison: Comparison) -> "Table":
    names = clean(comparison.baseline.label), clean(comparison.candidate.label)
    shown = [row for row in comparison.cost if row.metric.key in ("cost/time", "cost/money")]
    return grid(("", *names, "difference", ""), [_cells(row) for row in (comparison.quality, *shown)])


def _cells(row: Row) -> tuple[str, ...]:
    sides = (words.sample(side, row.metric) for side in (row.baseline, row.candidate))
    return clean(row.metric.label), *sides, words.difference(row), assessment(row)
