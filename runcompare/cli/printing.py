"""What the command line prints: messages and progress on stderr, and documents as JSON, CSV and tables."""

import csv
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import click
from click.exceptions import Exit

from runcompare.errors import DataError
from runcompare.reporting.escape import printable

__all__ = [
    "CUT",
    "as_json",
    "emit",
    "for_terminal",
    "is_watched",
    "listing",
    "message",
    "messages",
    "progress_bar",
    "safe_line",
    "status_line",
    "stdout_failed",
]

CUT = 141  # 128 and the number of SIGPIPE, as the shell has it
_ELSEWHERE = "Free some space, or write elsewhere."


def emit(document: str | bytes) -> None:
    """Write a document to stdout, all of it. Raises DataError if it can't be written, Exit if nobody reads it all."""
    try:
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer is None:
            sys.stdout.write(document if isinstance(document, str) else document.decode())
        else:
            sys.stdout.flush()
            left = memoryview(document if isinstance(document, bytes) else _encoded(document))
            while left:  # without a buffer a write may be short, and the text layer would not tell
                left = left[buffer.write(left) or 0 :]
        sys.stdout.flush()
    except BrokenPipeError as error:
        stdout_failed(error)
        raise Exit(CUT) from None
    except OSError as error:
        raise stdout_failed(error) from None


def for_terminal(text: str) -> str:
    """The text without control characters but line breaks, if it goes to a terminal: none moves what stands there."""
    return "\n".join(map(printable, text.split("\n"))) if sys.stdout.isatty() else text


def stdout_failed(error: OSError) -> DataError:
    """Our error for what stdout raised; nothing more is tried there, not at exit either."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return DataError(f"Can't write stdout: {error.strerror}.", hint=_ELSEWHERE)


def _encoded(text: str) -> bytes:
    errors = sys.stdout.errors or "strict"
    return text.encode(sys.stdout.encoding or "utf-8", "replace" if errors == "strict" else errors)


def message(text: str, hint: str = "") -> None:
    """One line on stderr, safe for a terminal, and what to do next on another."""
    with suppress(OSError):  # stderr may be closed or full, and the exit code still tells
        click.echo(f"runcompare: {safe_line(text)}", err=True)
        if hint:
            click.echo(f"  {safe_line(hint)}", err=True)


def safe_line(text: str) -> str:
    """A message on one line, without secrets and control characters."""
    from runcompare.records.redact import redact

    return printable(redact(" ".join(text.split())))


def can_ask() -> bool:
    """Whether somebody sits there who can answer."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def confirm(text: str, question: str) -> None:
    """Show a text on stderr and ask about it; Enter is yes. Raises click.Abort on no."""
    click.echo(for_terminal(text), err=True)
    click.confirm(question, default=True, abort=True, err=True)


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
    from runcompare.records.export import no_formula

    safe = ([no_formula(cell) if isinstance(cell, str) else cell for cell in row] for row in (columns, *rows))
    return for_terminal("".join(map(_csv_line, safe)))


def _csv_line(cells: Sequence[Any]) -> str:
    """Ends in a line feed; a carriage return within a cell is quoted only by a writer that ends lines with one."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().removesuffix("\r\n") + "\n"


def is_watched() -> bool:
    """Whether stderr is a terminal."""
    return sys.stderr is not None and sys.stderr.isatty()


def status_line(text: Any) -> Any:
    """rich's line on stderr with a sign that turns: to be started, updated and stopped."""
    from rich.console import Console

    return Console(stderr=True).status(text)


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, if that is a terminal; yields what takes the number done and the number of all."""
    if not is_watched():
        yield lambda done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title)
        yield lambda done, of: bar.update(task, completed=done, total=of)
