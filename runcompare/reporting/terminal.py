"""The verdict on one screen of 80 columns: what, how sure, at what price, why, and what to type next."""

import io
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Row
from runcompare.reporting import words
from runcompare.reporting.brief import finding_line, first_command, shown_rows, top_findings
from runcompare.reporting.escape import clean
from runcompare.reporting.page import judgement
from runcompare.reporting.panels import short
from runcompare.reporting.summary_text import run_lines
from runcompare.reporting.tables import grid
from runcompare.reporting.verdict_text import headline, worth_text

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

__all__ = ["as_text", "style_of", "to_terminal"]

STYLES = {"better": "bold green", "worse": "bold red", "equivalent": "bold cyan", "not comparable": "bold red"}
MARKS = {" (estimated)": "e", " (reported)": "r", " (assumed)": "a"}  # what a cell says of a figure, and its mark
LEGEND = {"e": "e estimated", "r": "r reported", "a": "a assumed"}
NARROW, WIDE = 40, 100  # columns between which the summary keeps, whatever the terminal has


def style_of(verdict: str) -> str:
    """The style of a headline."""
    return STYLES.get(verdict, "bold yellow")


def to_terminal(comparison: Comparison) -> "RenderableType":
    """Something for `rich.print`: headline, reasons against the comparison, runs that don't count, quality, time and
    cost, whether it is worth it, findings in a line each."""
    from rich.console import Group
    from rich.text import Text

    reasons = [Text(clean(note.text), style="red") for note in comparison.incomparable]
    runs = [Text(line, style="yellow") for line in run_lines(comparison)]
    worth = [Text(f"Worth it? {text}")] if (text := worth_text(comparison)) else []
    found = [_one_line(f"- {finding_line(finding, 'plain')}") for finding in top_findings(comparison)]
    found = [Text(""), *found] if found else []
    head = Text(headline(comparison), style=style_of(comparison.verdict))
    return Group(head, *reasons, *runs, Text(""), *_table(comparison), Text(""), *worth, *found)


def as_text(summary: "RenderableType", commands: Sequence[str] = ()) -> str:
    """A summary as the terminal shows it, folded to its width, and the first command on a line of its own, whole."""
    from rich.console import Console

    out = io.StringIO()
    width = max(NARROW, min(Console().width, WIDE))
    Console(file=out, force_terminal=sys.stdout.isatty(), width=width, highlight=False).print(summary)
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    command = first_command(commands)
    return "\n".join([*lines, *(["", "Next:", f"  {command}"] if command else [])]) + "\n"


def _one_line(line: str) -> "RenderableType":
    from rich.text import Text

    return Text(line, no_wrap=True, overflow="ellipsis")


def _table(comparison: Comparison) -> "list[Table | RenderableType]":
    from rich.text import Text

    quality = comparison.quality
    sides = ((comparison.baseline.label, quality.baseline.n), (comparison.candidate.label, quality.candidate.n))
    rows = [_cells(row) for row in shown_rows(comparison)]
    text = " ".join(cell for row in rows for cell in row[1:3] if isinstance(cell, str))
    marks = [words for mark, words in LEGEND.items() if re.search(rf" {mark}(?: |$)", text)]
    legend = [Text(", ".join(marks), style="dim")] if marks else []
    return [grid(("", *(f"{short(label, 20)} ({n})" for label, n in sides), "difference"), rows), *legend]


def _cells(row: Row) -> Sequence[object]:
    sides = (_marked(words.sample(side, row.metric)) for side in (row.baseline, row.candidate))
    size, bracket, interval = words.difference(row).partition(" [")
    judged = ", ".join(filter(None, judgement(row)))
    lines = (size, *([f"[{interval}"] if bracket else []), *([judged] if judged else []))
    return short(row.metric.label, 24), *sides, lines


def _marked(cell: str) -> str:
    for word, mark in MARKS.items():
        cell = cell.replace(word, f" {mark}")
    return cell
