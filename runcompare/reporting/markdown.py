"""The markdown report: its sections, one after the other."""

from collections.abc import Callable, Mapping
from itertools import chain

from runcompare.comparison.comparison import Comparison
from runcompare.reporting import closing_sections as closing
from runcompare.reporting import escape
from runcompare.reporting import result_sections as result
from runcompare.reporting.attribution_text import causes_section
from runcompare.reporting.escape import without_mathematics
from runcompare.reporting.page import Lines, Notes, Page
from runcompare.reporting.sentences import recommendation_sentence

__all__ = ["document", "first_advice", "to_markdown"]

SECTIONS: tuple[Callable[[Page], Lines], ...] = (
    result.top,
    result.performance,
    causes_section,
    result.training,
    result.findings,
    result.noise,
    closing.iso_cost,
    closing.advice,
    closing.learned,
    closing.provenance,
)


def to_markdown(comparison: Comparison, *, plots: Mapping[str, str] | None = None, full: bool = False) -> str:
    """The report. `plots` maps a picture's name ("effect" or a stage) to its path; `full` leaves no row out."""
    page = Page(comparison, dict(plots or {}), Notes(), None if full else closing.MOST_OTHERS)
    return without_mathematics(document(page))


def document(page: Page) -> str:
    """The sections of a page, one after the other."""
    return _squeezed(chain.from_iterable(section(page) for section in SECTIONS))


def first_advice(comparison: Comparison) -> str:
    """The first recommendation in one line of plain text; empty if there is none."""
    if not comparison.recommendations:
        return ""
    return escape.clean(recommendation_sentence(comparison.recommendations[0], "plain"))


def _squeezed(parts: Lines) -> str:
    """At most one empty line in a row, and one line break at the end; code blocks have none to lose."""
    lines: list[str] = []
    for line in "\n".join(parts).splitlines():
        if line.strip() or (lines and lines[-1].strip()):
            lines.append(line.rstrip())
    return "\n".join(lines).strip() + "\n"
