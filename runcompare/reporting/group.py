"""The faces of a group of runs: which runs it holds, and their value of the most telling metric."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from runcompare.errors import UsageError
from runcompare.metrics.metric import Meanings
from runcompare.metrics.primary import choose_metric
from runcompare.metrics.value import value
from runcompare.records.as_json import json_text, plain
from runcompare.records.run import Group
from runcompare.reporting.brief import bounded
from runcompare.reporting.escape import clean, text, without_mathematics
from runcompare.reporting.html import html_page
from runcompare.reporting.numbers import MISSING
from runcompare.reporting.page import Lines, table
from runcompare.reporting.tables import grid
from runcompare.reporting.words import figure

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["commands", "line", "pictures", "records", "to_brief", "to_html", "to_json", "to_markdown", "to_terminal"]

MOST_RUNS = 20  # of a card; the document has all
HEAD = ("Run", "Name", "Seed", "State", "Started", "Source")


def line(group: Group) -> str:
    """The label, how many runs there are, and their seeds."""
    runs = f"{len(group)} run{'' if len(group) == 1 else 's'}"
    seeds = [clean(run.seed) for run in group.runs if run.seed is not None]
    shown = f", seed{'' if len(seeds) == 1 else 's'} {', '.join(seeds[:10])}" if seeds else ""
    return f"{clean(group.label)}: {runs}{shown}{', ...' if len(seeds) > 10 else ''}"


def to_brief(group: Group) -> str:
    """The runs as a table of at most 20 rows."""
    rows = list(_rows(group))[:MOST_RUNS]
    more = f"{len(group) - MOST_RUNS} more." if len(group) > MOST_RUNS else ""
    return bounded([f"**{text(line(group))}**", "\n".join(table(_head(group), iter(rows))).rstrip()], more)


def to_markdown(group: Group) -> str:
    """All runs as a table, and how the reference was read."""
    return without_mathematics("\n".join(_document(group)).rstrip() + "\n")


def to_html(group: Group) -> str:
    """The table as a page."""
    return html_page(to_markdown(group), group.label)


def to_json(group: Group) -> str:
    """The runs without their histories: what they were told, what they ended with."""
    runs = [
        {**plain(run.info), "config": plain(run.config), "summary": plain(run.summary), "hardware": plain(run.hardware)}
        for run in group.runs
    ]
    head = {"label": group.label, "reference": group.reference, "grouping": str(group.grouping)}
    return json_text({**head, "notes": list(group.notes), "runs": runs})


def to_terminal(group: Group) -> "RenderableType":
    """Something for `rich.print`: the line and the table."""
    from rich.console import Group as Lines
    from rich.text import Text

    rows = ([clean(cell) for cell in row] for row in _plain_rows(group))
    return Lines(Text(line(group), style="bold"), grid(_head(group), rows))


def records(group: Group) -> list[dict[str, object]]:
    """One record a run: what tells it from others, and the numbers that it ended with."""
    return [
        {
            "id": run.id,
            "name": run.name,
            "group": group.label,
            "seed": run.seed,
            "state": run.info.state,
            "started_at": run.info.started_at,
            "source": run.info.source,
            "location": run.info.shown().location,
            **{key: found for key, found in run.summary.items() if isinstance(found, int | float)},
        }
        for run in group.runs
    ]


def commands(group: Group) -> list[str]:
    """None: a group is no result."""
    return []


def pictures(group: Group) -> Mapping[str, Callable[[], Any]]:
    """A curve of each key that a run logged more than once, the most telling metric first."""
    from runcompare.reporting.group_plot import draw_key

    keys = dict.fromkeys([key for key in [_metric(group)] if key is not None])
    keys |= dict.fromkeys(key for run in group.runs for key in run.history.numeric_keys)
    logged = [k for k in keys if any(run.history.has(k) and len(run.history.series(k)) > 1 for run in group.runs)]
    return {key: lambda key=key: draw_key(group, key) for key in logged}  # type: ignore[misc]


def _document(group: Group) -> Lines:
    yield from (f"# {text(group.label)}", "", f"{text(line(group))}. Replicates: {text(group.grouping)}.", "")
    yield from table(_head(group), _rows(group))
    yield from (f"- {text(note)}" for note in group.notes)


def _metric(group: Group) -> str | None:
    try:
        return choose_metric(group, group, Meanings.of(group.runs, {})).metric.key
    except UsageError:
        return None


def _head(group: Group) -> Sequence[str]:
    key = _metric(group)
    return (*HEAD, *([text(key)] if key else ()))


def _rows(group: Group) -> Iterator[Sequence[str]]:
    return (tuple(text(cell) for cell in row) for row in _plain_rows(group))


def _plain_rows(group: Group) -> Iterator[Sequence[str]]:
    key = _metric(group)
    for run in group.runs:
        at = run.info.started_at
        started = MISSING if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}"
        seed = MISSING if run.seed is None else str(run.seed)
        last = (figure(value(run, key)),) if key else ()
        yield run.id, run.name, seed, run.info.state, started, run.info.source, *last
