"""A comparison on its way to a document: its footnotes, its pictures, and its rows as cells of a table."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Row
from runcompare.reporting.cost_text import missing_reason
from runcompare.reporting.escape import cell, text
from runcompare.reporting.numbers import p_value
from runcompare.reporting.words import difference, sample

__all__ = [
    "INSIDE",
    "JUDGED",
    "METRICS",
    "NOTE_MARK",
    "QUANTITIES",
    "Judgement",
    "Lines",
    "Notes",
    "Page",
    "assessment",
    "judgement",
    "row_cells",
    "table",
]

Lines = Iterator[str]
JUDGED = "Assessment"  # the column that judges
METRICS = ("Metric", "Baseline", "Candidate", "Difference", JUDGED)
INSIDE = "#picture-"  # what the address of a picture begins with that the page itself holds
# Footnotes on their way to a page: "at" is a reference, "to" the note. `escape.clean` takes these two private
# characters out of everything that a run wrote, so that no name can forge one.
NOTE_MARK = re.compile("\ue000(at|to)(\\d+)\ue001")
QUANTITIES = ("Quantity", *METRICS[1:])


class Notes:
    """Numbered footnotes, each text once: `ref(text)` is the mark, `listed` the texts in order, `lines` a list of them.

    Linked ones have marks that a page makes links of, see `NOTE_MARK`.
    """

    def __init__(self, *, linked: bool = False) -> None:
        self._number: dict[str, int] = {}
        self._linked = linked

    def ref(self, *texts: str) -> str:
        marks = [self._number.setdefault(t, len(self._number) + 1) for t in texts if t]
        form = "\ue000at{}\ue001" if self._linked else "\\[{}\\]"
        return " " + "".join(map(form.format, marks)) if marks else ""

    def lines(self) -> Lines:
        form = "{0}. \ue000to{0}\ue001{1}" if self._linked else "{}. {}"
        yield from (form.format(place, text(note)) for place, note in enumerate(self.listed, start=1))

    @property
    def listed(self) -> list[str]:
        return list(self._number)


@dataclass(frozen=True, slots=True)
class Page:
    """A comparison on its way to a document: its footnotes, and where its pictures lie by name."""

    c: Comparison
    plots: Mapping[str, str]
    notes: Notes
    most_others: int | None = None  # rows of the table of other results; None for all

    @property
    def label(self) -> str:
        return text(self.c.quality.metric.label)

    @property
    def family(self) -> list[Row]:
        """The guardrails, and the metrics that measure what the primary one does, such as nRMSE without search."""
        kind = self.c.quality.metric.key.rpartition("/")[2].rpartition("_")[2]
        kin = [r for r in self.c.metrics if r.metric.key.endswith(kind) and _prefix(r) == _prefix(self.c.quality)]
        guardrails = [row for row in self.c.metrics if row.role == "guardrail"]
        return [*guardrails, *(row for row in kin if row.role != "guardrail")]

    def picture(self, name: str, words: str) -> Lines:
        if name in self.plots:
            yield from (f"![{words}]({_url(self.plots[name])})", "")


def _prefix(row: Row) -> str:
    return row.metric.key.rpartition("/")[0]


def _url(path: str) -> str:
    """A link's target: nothing in a folder's name ends the link or makes it another scheme."""
    return path if path.startswith(INSIDE) else quote(os.fsencode(path), safe="/._-~")  # names are bytes, of any kind


def table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> Lines:
    yield "| " + " | ".join(map(cell, head)) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(map(cell, row)) + " |"
    yield ""


# --- rows


def row_cells(page: Page, row: Row, *, bold: bool = False) -> Sequence[str]:
    b = "**" if bold else ""
    cells = [f"{b}{text(row.metric.label)}{b}{_source_note(page, row)}"]
    cells += [f"{b}{sample(side, row.metric)}{b}" for side in (row.baseline, row.candidate)]
    warnings = page.notes.ref(*(w.text for w in row.test.warnings)) if row.test else ""
    return [*cells, difference(row), f"{assessment(row)}{warnings}"]


def _source_note(page: Page, row: Row) -> str:
    """A footnote that says where a cost comes from, or why a figure is missing."""
    why = missing_reason(row)
    if row.role == "cost" and (where := _where(row) or why):
        mean = "geometric mean over runs, " if row.candidate.n > 1 or row.baseline.n > 1 else ""
        return page.notes.ref(f"{row.metric.label}: {mean}{where}")
    return page.notes.ref(f"{row.metric.label}: {why}") if row.role == "stage" and why else ""


def _where(row: Row) -> str:
    """Where the row's first known figure comes from."""
    figures = [v.figure for side in (row.candidate, row.baseline) for v in side.values]
    return next((f.source for f in figures if not f.is_missing and f.source), "")


_WORDS = {
    "above range": "above the estimated range",
    "within range": "within the estimated range",
    "below range": "below the estimated range",
    "n/a": "",
    "missing": "one side only",
}


def assessment(row: Row) -> str:
    """The judging word with what it rests on: the p-value, and how many runs there are."""
    word, p = judgement(row)
    if row.guard is None and p == "" and word != "can't tell":
        return word
    counts = f"n = {row.candidate.n} + {row.baseline.n}"
    return f"{word} ({p}, {counts})" if p else f"{word} ({counts})"


class Judgement(NamedTuple):
    """The judging word of a row, and its p-value as text; "" where it has none."""

    word: str
    p: str


def judgement(row: Row) -> Judgement:
    """How a row is judged."""
    if row.guard is not None:
        guard = row.guard
        p = guard.p_held if guard.word == "held" else guard.q_violated
        return Judgement(guard.word, f"p {p_value(p)}" if p is not None else "")
    word = _WORDS.get(row.assessment, str(row.assessment))
    if row.assessment == "missing" and row.candidate.center is None and row.baseline.center is None:
        return Judgement("not known", "")
    test = row.test
    if test is None or test.p_value is None or row.assessment == "can't tell":
        return Judgement(word, "")
    return Judgement(word, f"q {p_value(test.q_value)}" if test.q_value is not None else f"p {p_value(test.p_value)}")
