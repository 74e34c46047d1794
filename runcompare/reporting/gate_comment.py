"""A gate as a comment under a merge request: its lines, then the report, cut by whole sections to what fits."""

import re

from runcompare.comparison.gate import Gate
from runcompare.reporting.escape import code, lines_of
from runcompare.reporting.gate_text import STATES, gate_title, line
from runcompare.reporting.markdown import to_markdown
from runcompare.reporting.page import table

__all__ = ["MARKER", "MOST_BYTES", "cut_by_section", "to_comment"]

MARKER = "<!-- runcompare gate -->"  # by which the next comment finds the one to replace
MOST_BYTES = 64_000  # of UTF-8: GitHub takes 65,536 characters
_SIGNS = {"fail": "❌", "pass": "✅", "not shown": "☑️", "unknown": "⚠️"}


def to_comment(gate: Gate, *, most: int = MOST_BYTES) -> str:
    """Markdown that begins with the hidden marker, and has `most` bytes at most."""
    cells = ((f"{_SIGNS[one.state]} {STATES[one.state]}", code(one.condition), one) for one in gate.judged)
    rows = ([state, condition, line(gate, one, "markdown")] for state, condition, one in cells)
    top = "\n".join([MARKER, "", f"## {gate_title(gate, 'markdown')}", "", *table(("", "Condition", "Evidence"), rows)])
    return cut_by_section(_unmentioned(top), _unmentioned(to_markdown(gate.comparison)), most)


_CODE_OR_CALL = re.compile(
    r"(?P<code>(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\2(?!`))|(?P<sign>@(?=\w)|(?<!\()#(?=\d)|\bGH-(?=\d))"
)


def _unmentioned(markdown: str) -> str:
    """A name that a run chose calls nobody and no issue: behind each @ and #1 outside of code a joiner of no width."""
    return _CODE_OR_CALL.sub(lambda found: found["code"] or found["sign"] + "\u2060", markdown)


def cut_by_section(top: str, document: str, most: int) -> str:
    """`top`, then the sections of the document that fit after it, with a line that says which were left out.

    A section begins at a heading outside of code blocks. Once one does not fit, none after it is taken: what is there
    reads on. What is left is valid markdown, since no section is cut in two.
    """
    sections = _sections(document)
    kept: list[str] = []
    for i in range(len(sections) + 1):
        text = _joined(top, sections[:i], sections[i:])
        if len(text.encode("utf-8", "replace")) > most:
            break
        kept = [text]
    if kept:
        return kept[0]
    return f"{MARKER}\n\n## The gate's result is too long for a comment: it is in the log of the job.\n"


def _joined(top: str, taken: list[str], left: list[str]) -> str:
    parts = [top.rstrip(), "", "---", "", *taken] if taken else [top.rstrip()]
    if left:
        names = "; ".join(_heading(section) for section in left)
        parts += ["", f"*Left out, since a comment holds no more: {names}.*"]
    return "\n".join(parts).rstrip() + "\n"


def _heading(section: str) -> str:
    return section.splitlines()[0].lstrip("#").strip().replace("*", "")


def _sections(document: str) -> list[str]:
    """The document from heading to heading of the first two levels; a `#` in a code block is none."""
    found: list[list[str]] = [[]]
    for text, is_code in lines_of(document):
        if not is_code and re.match(r"##? ", text):
            found.append([])
        found[-1].append(text)
    return ["\n".join(part).rstrip() + "\n" for part in found if any(line.strip() for line in part)]
