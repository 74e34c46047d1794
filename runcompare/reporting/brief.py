"""What fits a comment on a pull request: the headline, one table, each finding in a line, and the next command."""

import re
from collections.abc import Iterable, Iterator, Sequence

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Finding, Row
from runcompare.reporting.escape import clean, code, text, without_mathematics
from runcompare.reporting.next_steps import next_commands
from runcompare.reporting.page import METRICS, assessment, table
from runcompare.reporting.prose import Language, prose
from runcompare.reporting.summary_text import run_lines
from runcompare.reporting.verdict_text import headline, worth_text
from runcompare.reporting.words import difference, sample

__all__ = ["MOST_WORDS", "bounded", "count_words", "finding_line", "first_command", "shown_rows", "to_brief"]

MOST_WORDS = 250
MOST_FINDINGS = 5
ORDER = ("strong", "suggestive", "note")


def to_brief(c: Comparison) -> str:
    """The report in at most 250 words of markdown."""
    command = first_command(next_commands(c))
    sides = f"{text(c.candidate.label)} vs {text(c.baseline.label)}"
    blocks = [
        f"### {sides}: **{headline(c, 'markdown')}**",
        *(f"- {text(note.text)}" for note in c.incomparable),
        "\n".join(table(METRICS, (_cells(row) for row in shown_rows(c)))).rstrip(),
        *(f"- {line}" for line in run_lines(c, "markdown")),
        *([f"- **Worth it?** {worth}"] if (worth := worth_text(c, "markdown")) else []),
        *(f"- {finding_line(finding, 'markdown')}" for finding in top_findings(c)),
    ]
    return bounded(blocks, f"Next: {code(command)}" if command else "")


def shown_rows(c: Comparison) -> list[Row]:
    """The rows of the one table: the primary metric, guardrails, time and money."""
    guardrails = [row for row in c.metrics if row.role == "guardrail"]
    return [c.quality, *guardrails, *(row for row in c.cost if row.metric.key in ("cost/time", "cost/money"))]


def top_findings(c: Comparison, most: int = MOST_FINDINGS) -> list[Finding]:
    """The findings worth a line, the strongest first; each title once a stage."""
    told: dict[tuple[str | None, ...], Finding] = {}
    for finding in c.findings:
        if finding.title and finding.summary != "nothing":
            told.setdefault((finding.title, finding.stage), finding)
    return sorted(told.values(), key=lambda f: ORDER.index(f.strength))[:most]


def finding_line(finding: Finding, language: Language) -> str:
    """A finding's title, with the stage in which it was seen and how strong it is."""
    write = prose(language)
    where = f" in {write.code(finding.stage)}" if finding.stage else ""
    return f"{write.strong(finding.title)}{where} ({finding.strength})"


def first_command(lines: Sequence[str]) -> str:
    """The first of some lines that is a command and no comment; "" if none is."""
    return next((line for line in lines if not line.startswith("#")), "")


def bounded(blocks: Iterable[str], last: str = "") -> str:
    """Blocks of markdown while they fit into 250 words, `last` among them, each after an empty line but for items of
    one list; what is left out is counted."""
    kept: list[str] = []
    left, room = 0, MOST_WORDS - count_words(last) - 8
    for block in blocks:
        size = count_words(block)
        if size <= room:
            kept.append(block)
            room -= size
        else:
            left += 1
    kept += [f"{left} more in the whole report."] if left else []
    return without_mathematics("\n".join(_spaced([*kept, *([last] if last else [])])) + "\n")


def _spaced(blocks: Sequence[str]) -> Iterator[str]:
    for place, block in enumerate(blocks):
        if place and not (block.startswith("- ") and blocks[place - 1].startswith("- ")):
            yield ""
        yield block


def count_words(markdown: str) -> int:
    """Words as a reader counts them: what white space parts, signs of tables and lists left out."""
    return len(re.findall(r"[^\s|#*>-]\S*", markdown))


def _cells(row: Row) -> Sequence[str]:
    sides = (sample(side, row.metric) for side in (row.baseline, row.candidate))
    return text(clean(row.metric.label)[:60]), *sides, difference(row), assessment(row)
