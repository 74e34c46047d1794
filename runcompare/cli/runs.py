"""`runcompare runs` and `runcompare export`."""

import csv
import io
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from runcompare.cli.options import runs_option, store_option
from runcompare.errors import DataError, RunNotFound

if TYPE_CHECKING:
    from runcompare.records.run import RunInfo

__all__ = ["runs"]

COLUMNS = ("id", "name", "group", "seed", "state", "started", "source", "location")
MANY = 100  # runs that a search reads before it says how to keep them


@click.command()
@click.option("--format", "format_", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@click.option("--where", metavar="SQL", help="Only runs for which this holds, in the store too; see below.")
@runs_option
@store_option
def runs(format_: str, where: str | None, runs: Sequence[Path] | None, store: Path | str) -> None:
    """List the runs there are, oldest first.

    With --where, the runs of the folders and of the store are searched, or those of the folders named with --runs only.
    What the store lacks is read for the search and not kept: after `runcompare pull` it is faster. The condition is
    SQL over the columns id, name, group, project, state, seed, tags, started_at, runtime_s, rows, config['KEY'] and
    summary['KEY'].

    \b
    Examples:
      runcompare runs
      runcompare runs --runs experiments --format csv
      runcompare runs --where "config['lr'] > 1e-3 AND summary['eval/nrmse'] < 0.1"
    """
    from runcompare import settings
    from runcompare.sources import list_runs

    if where is not None:
        click.echo(_LISTINGS[format_](_matching(where, runs, store)), nl=False)
        return
    listing = list_runs(runs or settings.load().runs)
    _warn(listing.warnings)
    if not listing.runs:
        places = ", ".join(str(path) for path in listing.looked_in)
        raise RunNotFound(f"There are no runs in {places}.", hint="Say where yours are with --runs FOLDER.")
    click.echo(_LISTINGS[format_](listing.runs), nl=False)


def _matching(where: str, runs: Sequence[Path] | None, store: Path | str) -> "list[RunInfo]":
    from runcompare import settings
    from runcompare.cli.printing import progress_bar
    from runcompare.pull.pull import Selection, select
    from runcompare.pull.search import search
    from runcompare.store.store import Store

    selection = Selection()
    try:
        selection = select((), list(runs or settings.load().runs))
    except DataError:
        if runs or not Store(store).infos():
            raise
    with progress_bar("reading runs") as progress:
        matches = search(where, selection, store, progress=progress)
    _warn(matches.problems)
    if matches.read > MANY:
        _warn([f"{matches.read} runs were read for this search. Keep them for the next with: runcompare pull"])
    ids = {info.id for info in selection.runs}
    found = [info for info in matches.runs if not runs or info.id in ids]
    _warn([] if found else [f"No run matches {where}"])
    return found


def _warn(messages: Sequence[str]) -> None:
    for message in messages:
        click.echo(f"runcompare: {_printable(message)}", err=True)


def _printable(text: str) -> str:
    """Names come from anywhere: no control character of theirs reaches a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _cells(run: "RunInfo") -> dict[str, Any]:
    started = datetime.fromtimestamp(run.started_at, UTC) if run.started_at is not None else None
    shown = {c: getattr(run, c) for c in COLUMNS if c != "started"} | {"location": _near(run.location)}
    return {c: started.strftime("%Y-%m-%d %H:%M:%SZ") if c == "started" and started else shown.get(c) for c in COLUMNS}


def _near(location: str) -> str:
    """A path relative to the working folder, if it lies below it."""
    path = Path(location)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else location


def _as_table(found: Sequence["RunInfo"]) -> str:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*COLUMNS, box=None, pad_edge=False)
    for run in found:
        table.add_row(*(Text(_printable(str("" if v is None else v))) for v in _cells(run).values()))
    out = io.StringIO()
    terminal = sys.stdout.isatty()
    Console(file=out, force_terminal=terminal, width=None if terminal else 10_000).print(table)
    return "".join(line.rstrip() + "\n" for line in out.getvalue().splitlines())


def _as_json(found: Sequence["RunInfo"]) -> str:
    from runcompare.records.as_json import plain

    return json.dumps([plain(run) for run in found], indent=2, allow_nan=False) + "\n"


def _as_csv(found: Sequence["RunInfo"]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_cells(run) for run in found)
    return out.getvalue()


_LISTINGS: dict[str, Callable[[Sequence["RunInfo"]], str]] = {"table": _as_table, "json": _as_json, "csv": _as_csv}
