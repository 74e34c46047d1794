"""A comparison on its way to a document: its footnotes, its pictures, and its rows as cells of a table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Row
from runcompare.reporting.cost_text import missing_reason
from runcompare.reporting.escape import text
from runcompare.reporting.guardrail_text import guard_cell
from runcompare.reporting.numbers import p_value
from runcompare.reporting.words import difference, sample

__all__ = ["METRICS", "QUANTITIES", "Lines", "Notes", "Page", "assessment", "row_cells", "table"]

Lines = Iterator[str]
METRICS = ("Metric", "Baseline", "Candidate", "Difference", "Assessment")
QUANTITIES = ("Quantity", *METRICS[1:])


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


@dataclass(frozen=True, slots=True)
class Page:
    """A comparison on its way to a document: its footnotes, and where its pictures lie by name."""

    c: Comparison
    plots: Mapping[str, str]
    notes: Notes

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
    return path if path.startswith("data:") else quote(path, safe="/._-~")


def table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> Lines:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
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
    """The judging word with what it rests on."""
    if row.guard is not None:
        return guard_cell(row, row.guard)
    word = _WORDS.get(row.assessment, str(row.assessment))
    counts = f"n = {row.candidate.n} + {row.baseline.n}"
    if row.assessment == "missing" and row.candidate.center is None and row.baseline.center is None:
        return "not known"
    if row.assessment == "can't tell":
        return f"can't tell ({counts})"
    test = row.test
    if test is None or test.p_value is None:
        return word
    p = f"q {p_value(test.q_value)}" if test.q_value is not None else f"p {p_value(test.p_value)}"
    return f"{word} ({p}, {counts})"
