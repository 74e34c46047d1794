"""The markdown report: templates, and the few lookups that they need."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import jinja2

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Row, main_cost
from runcompare.errors import DataError
from runcompare.reporting import escape, numbers, words
from runcompare.reporting.cost_text import missing_reason
from runcompare.reporting.learned_text import known, not_known
from runcompare.reporting.next_steps import config_block, next_commands
from runcompare.reporting.sentences import finding_sentence, recommendation_sentence
from runcompare.reporting.summary_text import level, noise_size, runs_of, summary
from runcompare.reporting.verdict_text import headline, would_change

__all__ = ["Notes", "assessment", "environment", "first_advice", "template_folder", "to_markdown"]

MOST_OTHERS = 60  # rows of the table of other results; the JSON report has all


class Notes:
    """Numbered footnotes, each text once: `ref(text)` is the mark, `listed` the texts in order."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}

    def ref(self, *texts: str) -> str:
        marks = [self._number.setdefault(t, len(self._number) + 1) for t in texts if t]
        return " " + "".join(f"\\[{mark}\\]" for mark in marks) if marks else ""

    @property
    def listed(self) -> list[str]:
        return list(self._number)


def to_markdown(comparison: Comparison, *, plots: Mapping[str, str] | None = None) -> str:
    """The report. `plots` maps a picture's name ("effect" or a stage) to the path to embed."""
    notes, family = Notes(), _family(comparison)
    tables = {stage.name for stage in comparison.stages}
    template = environment().get_template("report.md.j2")
    document = template.render(
        c=comparison,
        plots=dict(plots or {}),
        notes=notes,
        ref=notes.ref,
        family=family,
        others=[row for row in comparison.metrics if row not in family],
        most_others=MOST_OTHERS,
        main_cost=main_cost(comparison.cost),
        headline=headline(comparison, "markdown"),
        summary=summary(comparison, "markdown"),
        would_change=would_change(comparison, "markdown"),
        known=known(comparison, "markdown"),
        not_known=not_known(comparison, "markdown"),
        level=level(comparison),
        runs_of=runs_of(comparison.quality),
        noise_size=noise_size(comparison),
        commands=next_commands(comparison),
        config_block=config_block(comparison.corrected) if comparison.corrected else "",
        findings_of=lambda stage: [f for f in comparison.findings if f.stage == stage],
        general=[f for f in comparison.findings if f.stage not in tables and f.summary != "unknown"],
    )
    return _squeezed(document)


def first_advice(comparison: Comparison) -> str:
    """The first recommendation in one line of plain text; empty if there is none."""
    if not comparison.recommendations:
        return ""
    return escape.clean(recommendation_sentence(comparison.recommendations[0], "plain"))


@cache
def environment(language: Literal["markdown", "html"] = "markdown") -> jinja2.Environment:
    """The templates with our filters. Markdown is escaped by `esc` and `code`, HTML by Jinja."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template_folder()),
        undefined=jinja2.StrictUndefined,
        autoescape=language == "html",
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update({name: getattr(module, name) for module in (numbers, words) for name in module.__all__})
    env.filters.update(esc=escape.text, code=escape.code, fenced=escape.fenced, assessment=assessment, counts=_counts)
    env.filters.update(finding_sentence=finding_sentence, recommendation_sentence=recommendation_sentence)
    env.filters.update(short_path=_short_path, where=_where, missing_reason=missing_reason, url=_url)
    return env


@cache
def template_folder() -> str:
    """The templates inside the installed package, else those at the top of the checkout."""
    package = Path(__file__).parents[1]
    for folder in (package / "templates", package.parent / "templates"):
        if (folder / "report.md.j2").is_file():
            return str(folder)
    raise DataError("The report templates are missing.", hint="Install runcompare again.")


def _family(c: Comparison) -> list[Row]:
    """The guardrails, and the metrics that measure what the primary one does, such as nRMSE without search."""
    kind = c.quality.metric.key.rpartition("/")[2].rpartition("_")[2]
    kin = [row for row in c.metrics if row.metric.key.endswith(kind) and _prefix(row) == _prefix(c.quality)]
    guardrails = [row for row in c.metrics if row.role == "guardrail"]
    return [*guardrails, *(row for row in kin if row.role != "guardrail")]


def _prefix(row: Row) -> str:
    return row.metric.key.rpartition("/")[0]


def _counts(row: Row) -> str:
    return f"n = {row.candidate.n} + {row.baseline.n}"


def _where(row: Row) -> str:
    """Where the row's first known figure comes from."""
    figures = [v.figure for side in (row.candidate, row.baseline) for v in side.values]
    return next((f.source for f in figures if not f.is_missing and f.source), "")


def _url(path: str) -> str:
    """A link's target: nothing in a folder's name ends the link or makes it another scheme."""
    return path if path.startswith("data:") else quote(path, safe="/._-~")


def _short_path(location: str) -> str:
    """The last parts of a path: enough to find it, without the machine around it."""
    return "/".join(Path(location).parts[-3:])


_WORDS = {
    "above range": "above the estimated range",
    "within range": "within the estimated range",
    "below range": "below the estimated range",
    "n/a": "",
    "missing": "one side only",
}


def assessment(row: Row) -> str:
    """The judging word with what it rests on."""
    word = _WORDS.get(row.assessment, str(row.assessment))
    if row.assessment == "missing" and row.candidate.center is None and row.baseline.center is None:
        return "not known"
    test = row.test
    if row.assessment == "can't tell":
        return f"can't tell ({_counts(row)})"
    if test is None or test.p_value is None:
        return word
    p = f"q {numbers.p_value(test.q_value)}" if test.q_value is not None else f"p {numbers.p_value(test.p_value)}"
    return f"{word} ({p}, {_counts(row)})"


def _squeezed(document: str) -> str:
    """At most one empty line in a row, and one line break at the end; code blocks have none to lose."""
    lines: list[str] = []
    for line in document.splitlines():
        if line.strip() or (lines and lines[-1].strip()):
            lines.append(line.rstrip())
    return "\n".join(lines).strip() + "\n"
