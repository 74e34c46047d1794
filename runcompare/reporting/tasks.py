"""Two groups on many tasks as markdown, HTML, JSON and a terminal's lines."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runcompare.comparison.frame import record
from runcompare.comparison.tasks import TasksReport
from runcompare.reporting.brief import bounded
from runcompare.reporting.escape import clean, code, fenced, text, without_mathematics
from runcompare.reporting.html import html_page
from runcompare.reporting.json_document import json_document
from runcompare.reporting.next_steps import tasks_command
from runcompare.reporting.numbers import share
from runcompare.reporting.page import Lines, assessment, table
from runcompare.reporting.tables import grid
from runcompare.reporting.tasks_text import effect_text, headline, lines
from runcompare.reporting.words import difference, sample

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = [
    "TasksText",
    "commands",
    "line",
    "pictures",
    "records",
    "to_brief",
    "to_html",
    "to_json",
    "to_markdown",
    "to_terminal",
]

STYLES = {"better": "bold green", "worse": "bold red", "equivalent": "bold cyan"}
HEAD = ("Task", "Baseline", "Candidate", "Difference", "Effect", "Assessment")


@dataclass(frozen=True, slots=True)
class TasksText:
    """The sentences of the report, in plain text."""

    headline: str
    summary: list[str]


def to_json(r: TasksReport) -> str:
    """One object as `to_json` of a comparison writes it; `text` holds what the report says."""
    words = TasksText(headline(r), lines(r))
    return json_document(r, words)


def to_html(r: TasksReport) -> str:
    """The markdown report as a page."""
    return html_page(to_markdown(r), f"{r.candidate.label} vs {r.baseline.label}, task by task")


def to_terminal(r: TasksReport) -> "RenderableType":
    """Something for `rich.print`: the headline, the tasks, and the lines."""
    from rich.console import Group
    from rich.text import Text

    style = STYLES.get(r.pool.verdict, "bold yellow")
    rows = [[clean(task), *cells] for task, *cells in _rows(r)]
    return Group(Text(headline(r), style=style), grid(HEAD, rows), *(Text(line) for line in lines(r)))


def to_markdown(r: TasksReport) -> str:
    """The report."""
    return without_mathematics("\n".join(_document(r)).rstrip() + "\n")


def to_brief(r: TasksReport) -> str:
    """The headline, the tasks and the lines, as far as they fit into 250 words."""
    rows = "\n".join(table(HEAD, ([text(task), *cells] for task, *cells in _rows(r)))).rstrip()
    blocks = [f"### **{headline(r, 'markdown')}**", *(f"- {line}" for line in lines(r, "markdown")), rows]
    return bounded(blocks, f"Next: {code(tasks_command(r))}")


def commands(r: TasksReport) -> list[str]:
    """What to type next."""
    return [tasks_command(r)]


def line(r: TasksReport) -> str:
    """Both sides, how many tasks there are, and the headline."""
    return f"{clean(r.candidate.label)} vs {clean(r.baseline.label)}, {len(r.tasks)} tasks: {headline(r)}"


def records(r: TasksReport) -> list[dict[str, object]]:
    """One record a task."""
    return [{"task": one.task, **record(one.row), "effect": one.effect} for one in r.tasks]


def pictures(r: TasksReport) -> Mapping[str, Callable[[], Any]]:
    """None: the tasks stand in the table."""
    return {}


def _document(r: TasksReport) -> Lines:
    yield from (f"# Run Comparison: {text(r.candidate.label)} vs {text(r.baseline.label)}, task by task", "")
    yield from (f"## TL;DR: **{headline(r, 'markdown')}**", "")
    yield from (f"- {line}" for line in lines(r, "markdown"))
    yield from ("", "## Tasks", "")
    yield from table(HEAD, ([text(task), *cells] for task, *cells in _rows(r)))
    yield f"Tasks are the values of {code(r.by)}. Cells are means ± standard deviations over runs; q is p after Holm."
    yield ""
    yield from (f"- {text(note.text)}" for note in r.warnings)
    yield from (f"- {text(note)}" for side in (r.candidate, r.baseline) for note in side.notes)
    yield f"- Made by runcompare {r.version}, error rate {share(r.options.alpha)}."
    yield from ("", "## Next steps", "", fenced(tasks_command(r), "bash"))


def _rows(r: TasksReport) -> Iterator[Sequence[str]]:
    for one in r.tasks:
        row = one.row
        sides = (sample(side, row.metric) for side in (row.baseline, row.candidate))
        yield one.task, *sides, difference(row), effect_text(one.effect, r), assessment(row)
