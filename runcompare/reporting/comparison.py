"""The faces of a comparison of two groups."""

from collections.abc import Callable, Mapping
from typing import Any

from runcompare.comparison.comparison import Comparison
from runcompare.reporting.as_json import to_json
from runcompare.reporting.brief import to_brief
from runcompare.reporting.escape import clean
from runcompare.reporting.markdown import to_markdown
from runcompare.reporting.next_steps import next_commands
from runcompare.reporting.terminal import to_terminal
from runcompare.reporting.verdict_text import headline

__all__ = ["commands", "line", "pictures", "records", "to_brief", "to_html", "to_json", "to_markdown", "to_terminal"]


def line(c: Comparison) -> str:
    """Both sides, how many runs they have, and the headline."""
    sides = f"{clean(c.candidate.label)} vs {clean(c.baseline.label)}"
    return f"{sides}, {len(c.candidate.runs)} + {len(c.baseline.runs)} runs: {headline(c)}"


def to_html(c: Comparison, *, full: bool = False) -> str:
    """The page of `reporting/html.py`, which loads when one is made."""
    from runcompare.reporting.html import to_html as page

    return page(c, full=full)


def commands(c: Comparison) -> list[str]:
    """What to type next."""
    return next_commands(c)


def pictures(c: Comparison) -> Mapping[str, Callable[[], Any]]:
    """What draws each picture, by name, the most telling one first."""
    from runcompare.reporting.plots import drawers

    return drawers(c)


def records(c: Comparison) -> list[dict[str, object]]:
    """One record a quantity."""
    from runcompare.comparison.frame import record

    stages = [row for stage in c.stages for row in stage.rows]
    return [record(row) for row in (c.quality, *c.metrics, *c.cost, *stages)]
