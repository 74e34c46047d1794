"""One group against a claimed number as markdown, HTML, JSON and a terminal's lines."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcompare.comparison.target import TargetReport
from runcompare.reporting.brief import bounded, first_command
from runcompare.reporting.escape import clean, code, fenced, text, without_mathematics
from runcompare.reporting.html import html_page
from runcompare.reporting.json_document import json_document
from runcompare.reporting.next_steps import target_commands
from runcompare.reporting.numbers import MISSING, share
from runcompare.reporting.page import Lines, table
from runcompare.reporting.target_text import headline, lines, value_text

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = [
    "TargetText",
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

STYLES = {"reached": "bold green", "missed": "bold red"}


@dataclass(frozen=True, slots=True)
class TargetText:
    """The sentences of the report, in plain text."""

    headline: str
    summary: list[str]


def to_json(r: TargetReport) -> str:
    """One object as `to_json` of a comparison writes it; `text` holds what the report says."""
    words = TargetText(headline(r), lines(r))
    return json_document(r, words)


def to_html(r: TargetReport) -> str:
    """The markdown report as a page."""
    return html_page(to_markdown(r), f"{r.side.label} against {value_text(r.target, r, 8)}")


def to_terminal(r: TargetReport) -> "RenderableType":
    """Something for `rich.print`: the headline and the lines under it."""
    from rich.console import Group
    from rich.text import Text

    return Group(Text(headline(r), style=STYLES.get(r.test.verdict, "bold yellow")), *(Text(line) for line in lines(r)))


def to_markdown(r: TargetReport) -> str:
    """The report."""
    return without_mathematics("\n".join(_document(r)).rstrip() + "\n")


def to_brief(r: TargetReport) -> str:
    """The headline and the lines under it, as far as they fit into 250 words."""
    blocks = [f"### **{headline(r, 'markdown')}**", *(f"- {line}" for line in lines(r, "markdown"))]
    command = first_command(target_commands(r))
    return bounded(blocks, f"Next: {code(command)}" if command else "")


def commands(r: TargetReport) -> list[str]:
    """What to type next."""
    return target_commands(r)


def line(r: TargetReport) -> str:
    """The group, the target and the headline."""
    return f"{clean(r.side.label)} against {value_text(r.target, r, 8)}, {len(r.side.runs)} runs: {headline(r)}"


def records(r: TargetReport) -> list[dict[str, object]]:
    """One record a run."""
    return [
        {"id": run.id, "seed": run.seed, "state": run.state, r.metric.key: found.figure.mid, "target": r.target}
        for run, found in zip(r.side.runs, r.sample.values, strict=True)
    ]


def pictures(r: TargetReport) -> Mapping[str, Callable[[], Any]]:
    """None: the runs' values stand in the table."""
    return {}


def _document(r: TargetReport) -> Lines:
    yield from (f"# {text(r.side.label)} against a target of {value_text(r.target, r, 8)}", "")
    yield from (f"## TL;DR: **{headline(r, 'markdown')}**", "")
    yield from (f"- {line}" for line in lines(r, "markdown"))
    yield from ("", "## Runs", "")
    yield from table(("Run", "Seed", "State", "Source", text(r.metric.label)), _runs(r))
    yield from (f"- {text(note.text)}" for note in (*r.test.assumptions, *r.test.warnings))
    yield from (f"- {text(note.text)}" for note in r.warnings)
    yield from (f"- {text(note)}" for note in r.side.notes)
    yield _made_by(r)
    yield from ("", "## Next steps", "", fenced("\n".join(target_commands(r)), "bash"))


def _runs(r: TargetReport) -> Iterator[Sequence[str]]:
    for run, found in zip(r.side.runs, r.sample.values, strict=True):
        place = code("/".join(Path(run.location).parts[-3:]))
        seed = MISSING if run.seed is None else text(run.seed)
        value = MISSING if found.figure.is_missing else value_text(found.figure.mid, r, 6)
        yield code(run.id), seed, text(run.state), f"{text(run.source)}: {place}", value


def _made_by(r: TargetReport) -> str:
    return f"- Made by runcompare {r.version} with metric {code(r.metric.key)}, error rate {share(r.options.alpha)}."
