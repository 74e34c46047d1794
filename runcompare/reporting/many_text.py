"""Several candidates against one baseline as markdown, HTML, JSON and a terminal's lines."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.frame import record
from runcompare.comparison.many import ManyReport
from runcompare.comparison.model import main_cost
from runcompare.reporting.brief import bounded, first_command
from runcompare.reporting.cost_text import cost_line
from runcompare.reporting.escape import clean, code, fenced, text, without_mathematics
from runcompare.reporting.html import html_page
from runcompare.reporting.json_document import json_document
from runcompare.reporting.markdown import first_advice
from runcompare.reporting.next_steps import many_commands
from runcompare.reporting.numbers import MISSING, number, share
from runcompare.reporting.page import Lines, assessment, table
from runcompare.reporting.prose import Language, prose
from runcompare.reporting.summary_text import unread_lines
from runcompare.reporting.tables import grid
from runcompare.reporting.verdict_text import headline, worth_text
from runcompare.reporting.words import difference, sample

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = [
    "ManyText",
    "commands",
    "line",
    "many_title",
    "pictures",
    "records",
    "to_brief",
    "to_html",
    "to_json",
    "to_markdown",
    "to_terminal",
]

HEAD = ("Candidate", "{metric}", "Difference", "Assessment", "Cost", "Worth it?")


@dataclass(frozen=True, slots=True)
class ManyText:
    """The sentences of the report, in plain text; `candidates` has a headline each."""

    headline: str
    reading: list[str]
    candidates: list[str]


def many_title(r: ManyReport, language: Language = "plain") -> str:
    """How many candidates are better, and which: "1 of 3 candidates is better than old: new"."""
    write = prose(language)
    than, of = write.text(r.baseline.label), len(r.candidates)
    for word in ("better", "higher", "lower", "worse"):
        found = [write.text(c.candidate.label) for c in r.candidates if c.verdict == word]
        if found:
            who = f"{len(found)} of {of} candidates {'is' if len(found) == 1 else 'are'}"
            return f"{who} {word} than {than}: {', '.join(found)}"
    return f"None of {of} candidates is shown to differ from {than}"


def reading(r: ManyReport, language: Language = "plain") -> list[str]:
    """How the many candidates are corrected for, and what is left out."""
    write = prose(language)
    levels = sorted({c.options.alpha for c in r.candidates})
    shown = share(levels[0]) if len(levels) == 1 else f"{share(levels[0])} to {share(levels[-1])}"
    lines = [
        f"All verdicts together are held to an error rate of {share(r.alpha)} by Holm's procedure: each candidate is "
        f"judged, and its interval told, at the level that it is left ({shown}); q is its p-value after that.",
        f"The baseline is {write.text(r.baseline.label)}: {_baseline(r.candidates[0])}.",
    ]
    sides = (*(c.candidate for c in r.candidates), r.candidates[0].baseline)
    lines += [f"{write.text(note.code)} is left out: {write.text(note.text)}" for note in r.left_out]
    return [*unread_lines(sides, write), *lines]


def _baseline(c: Comparison) -> str:
    return f"{sample(c.quality.baseline, c.quality.metric)} over {number(c.quality.baseline.n)} runs"


def to_json(r: ManyReport) -> str:
    """One object; `text` holds what the report says."""
    words = ManyText(many_title(r), reading(r), [headline(c) for c in r.candidates])
    return json_document(r, words)


def to_html(r: ManyReport) -> str:
    """The markdown report as a page."""
    return html_page(to_markdown(r), f"{len(r.candidates)} candidates vs {r.baseline.label}")


def to_terminal(r: ManyReport) -> "RenderableType":
    """Something for `rich.print`: the headline, the table, and the lines."""
    from rich.console import Group
    from rich.text import Text

    rows = [[clean(c.candidate.label), *_cells(c)] for c in r.candidates]
    return Group(Text(many_title(r), style="bold"), grid(_head(r, "plain"), rows), *map(Text, reading(r)))


def to_markdown(r: ManyReport) -> str:
    """The report."""
    return without_mathematics("\n".join(_document(r)).rstrip() + "\n")


def to_brief(r: ManyReport) -> str:
    """The headline, the table and a line a candidate, as far as they fit into 250 words."""
    rows = ([text(c.candidate.label), *_cells(c)] for c in r.candidates)
    body = "\n".join(table(_head(r, "markdown"), rows)).rstrip()
    found = (f"- **{headline(c, 'markdown')}.**" for c in r.candidates)
    command = first_command(many_commands(r))
    return bounded([f"### {many_title(r, 'markdown')}", body, *found], f"Next: {code(command)}" if command else "")


def commands(r: ManyReport) -> list[str]:
    """What to type next."""
    return many_commands(r)


def line(r: ManyReport) -> str:
    """The headline."""
    return many_title(r)


def records(r: ManyReport) -> list[dict[str, object]]:
    """One record a candidate: its row of the metric that is judged."""
    return [{"label": c.candidate.label, "verdict": c.verdict, **record(c.quality)} for c in r.candidates]


def pictures(r: ManyReport) -> Mapping[str, Callable[[], Any]]:
    """None: each comparison of `candidates` has its own."""
    return {}


def _document(r: ManyReport) -> Lines:
    yield from (f"# Run Comparison: {len(r.candidates)} candidates vs {text(r.baseline.label)}", "")
    yield from (f"## TL;DR: **{many_title(r, 'markdown')}**", "")
    rows = ([text(c.candidate.label), *_cells(c)] for c in r.candidates)
    yield from table(_head(r, "markdown"), rows)
    yield from (f"- {line}" for line in reading(r, "markdown"))
    yield f"- Made by runcompare {r.version}."
    for c in r.candidates:
        yield from ("", f"## {text(c.candidate.label)}", "")
        yield from _about(c)
    yield from ("", "## Next steps", "", fenced("\n".join(many_commands(r)), "bash"))


def _about(c: Comparison) -> Iterator[str]:
    """What is found of one candidate."""
    yield f"- **{headline(c, 'markdown')}.**"
    yield from (f"- {text(note.text)}" for note in c.incomparable)
    if worth := worth_text(c, "markdown"):
        yield f"- **Worth it?** {worth}"
    if advice := first_advice(c):
        yield f"- **Next:** {text(advice)}"
    yield from (f"- {text(note.text)}" for note in (c.quality.test.warnings if c.quality.test else ()))
    yield from (f"- {text(note.code)} does not count: {text(note.text)}" for note in c.left_out)


def _head(r: ManyReport, language: Language) -> Sequence[str]:
    label = prose(language).text(r.candidates[0].quality.metric.label)
    return [name.format(metric=label) for name in HEAD]


def _cells(c: Comparison) -> Iterator[str]:
    """The row of a candidate after its name: figures and words of ours."""
    cost = main_cost(c.cost)
    yield sample(c.quality.candidate, c.quality.metric)
    yield difference(c.quality)
    yield "not comparable" if c.verdict == "not comparable" else assessment(c.quality)
    yield MISSING if cost is None or cost.ratio is None else cost_line(cost)
    yield c.worth or MISSING
