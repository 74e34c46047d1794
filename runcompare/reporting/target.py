"""One group against a claimed number as markdown, HTML, JSON and a terminal's lines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from runcompare.comparison.target import TargetReport
from runcompare.records.as_json import json_text
from runcompare.reporting.escape import code, fenced, text
from runcompare.reporting.html import html_page
from runcompare.reporting.next_steps import target_commands
from runcompare.reporting.numbers import MISSING, share
from runcompare.reporting.page import Lines, table
from runcompare.reporting.target_text import headline, lines, value_text

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["TargetText", "to_html", "to_json", "to_markdown", "to_terminal"]

STYLES = {"reached": "bold green", "missed": "bold red"}


@dataclass(frozen=True, slots=True)
class TargetText:
    """The sentences of the report, in plain text."""

    headline: str
    summary: list[str]


def to_json(r: TargetReport) -> str:
    """One object as `to_json` of a comparison writes it; `text` holds what the report says."""
    words = TargetText(headline(r), lines(r))
    return json_text({**msgspec.to_builtins(r, enc_hook=str), "text": msgspec.to_builtins(words)})


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
    return "\n".join(_document(r)).rstrip() + "\n"


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
