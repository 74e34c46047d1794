"""What the command line prints: messages and progress on stderr, and documents as JSON, CSV and tables."""

import csv
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import rich_click as click

from runcompare.reporting.escape import printable

__all__ = ["as_json", "listing", "message", "messages", "progress_bar"]


def message(text: str, hint: str = "") -> None:
    """One line on stderr, safe for a terminal, and what to do next on another."""
    click.echo(f"runcompare: {_line(text)}", err=True)
    if hint:
        click.echo(f"  {_line(hint)}", err=True)


def _line(text: str) -> str:
    from runcompare.records.redact import redact

    return printable(redact(" ".join(text.split())))


def messages(texts: Iterable[str]) -> None:
    """Several messages on stderr."""
    for text in texts:
        message(text)


def as_json(document: Any) -> str:
    """Dataclasses, mappings and sequences as strict, indented JSON that ends with a line break."""
    from runcompare.records.as_json import json_text

    return json_text(document)


def listing(
    format: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], document: Any, *, whole: Sequence[str] = ()
) -> str:
    """Rows as `format` "table" or "csv" says; what `document` holds, as JSON, for "json". The columns of `whole` are
    never folded: what stands there is copied and typed."""
    if format == "json":
        return as_json(document)
    if format == "table":
        from runcompare.reporting.tables import text_table

        return text_table(columns, rows, whole=whole)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, if that is a terminal; yields what takes the number done and the number of all."""
    if not sys.stderr.isatty():
        yield lambda done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title)
        yield lambda done, of: bar.update(task, completed=done, total=of)
