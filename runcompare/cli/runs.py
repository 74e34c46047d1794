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

from runcompare.cli.completion import reference_argument
from runcompare.cli.options import runs_option, store_option
from runcompare.errors import DataError, RunNotFound, UsageError

if TYPE_CHECKING:
    from runcompare.records.run import Group, RunInfo

__all__ = ["export", "runs"]

COLUMNS = ("id", "name", "group", "seed", "state", "started", "source", "location")


@click.command()
@click.option("--format", "format_", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@click.option("--where", metavar="SQL", help="Only runs for which this holds. Searches the store too; see below.")
@runs_option
@store_option
def runs(format_: str, where: str | None, runs: Sequence[Path] | None, store: Path | str) -> None:
    """List the runs there are, oldest first.

    With --where, the runs of the folders are read into the store first, those that changed only, and what it holds is
    searched: every run of it, or those of the folders named with --runs. The condition is SQL over the columns id,
    name, group, project, state, seed, tags, started_at, runtime_s, rows, config['KEY'] and summary['KEY'].

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
    from runcompare.cli.store import progress_bar
    from runcompare.pull.pull import Selection, pull, select
    from runcompare.store.sql import matching
    from runcompare.store.store import Store

    selection = Selection()
    try:
        selection = select((), list(runs or settings.load().runs))
    except DataError:
        if runs or not Store(store).infos():
            raise
    with progress_bar("reading runs") as progress:
        _warn(pull(selection, store, progress=progress).problems)
    ids = {info.id for info in selection.runs}
    found = [info for info in matching(Store(store), where) if not runs or info.id in ids]
    _warn([] if found else [f"No run matches {where}"])
    return found


@click.command()
@reference_argument("reference", metavar="REF_OR_PATH")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["json", "jsonl", "csv", "parquet"]),
    default="json",
    show_default=True,
    help="json holds everything; the others hold the history rows.",
)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to FILE, not to stdout.")
@click.option("--strict", is_flag=True, help="Fail with exit code 3 if anything could not be read.")
@runs_option
def export(reference: str, format_: str, output: Path | None, strict: bool, runs: Sequence[Path] | None) -> None:
    """Write everything that was read of a run.

    As JSON it is one object with `run`, `history`, `system`, `lost` and `warnings`; a group of several runs is
    `{"runs": [...]}`. Non-finite numbers are the strings NaN, Infinity and -Infinity. The row formats have a column
    `_run` where there are several runs.

    \b
    Examples:
      runcompare export hjnqclgk > run.json
      runcompare export wandb/offline-run-20261123_013809-hjnqclgk --format parquet -o rows.parquet
    """
    from runcompare import api

    group = api.load(reference, runs=list(runs) if runs else None)
    damage = [*group.notes] + [f"{run.id}: {warning}" for run in group.runs for warning in run.warnings]
    _warn(damage)
    lost = [run.id for run in group.runs if any((run.lost.records, run.lost.bytes, run.lost.rebuilt_rows))]
    if strict and (lost or any(note.startswith("Left out") for note in group.notes)):
        raise DataError(
            f"Not all of {', '.join(lost) or reference} could be read.",
            hint="Without --strict, what was read is written.",
        )
    _write(_EXPORTS[format_](group), output)


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


def _export_json(group: "Group") -> bytes:
    from runcompare.records.as_json import run_document

    documents = [run_document(run) for run in group.runs]
    whole = documents[0] if len(documents) == 1 else {"runs": documents}
    return json.dumps(whole, allow_nan=False).encode() + b"\n"


def _export_jsonl(group: "Group") -> bytes:
    from runcompare.records.as_json import rows_of

    several = len(group) > 1
    rows = ({**({"_run": run.id} if several else {}), **row} for run in group.runs for row in rows_of(run.history))
    return b"".join(json.dumps(row, allow_nan=False).encode() + b"\n" for row in rows)


def _export_csv(group: "Group") -> bytes:
    from runcompare.records.export import csv_bytes

    return csv_bytes(group)


def _export_parquet(group: "Group") -> bytes:
    from runcompare.records.export import parquet_bytes

    return parquet_bytes(group)


_EXPORTS: dict[str, Callable[["Group"], bytes]] = {
    "csv": _export_csv,
    "json": _export_json,
    "jsonl": _export_jsonl,
    "parquet": _export_parquet,
}


def _write(content: bytes, output: Path | None) -> None:
    from runcompare.records.atomic import write_whole

    if output is not None:
        try:
            write_whole(output, content)
        except OSError as error:
            raise DataError(f"Can't write {output}: {error.strerror}.", hint="Choose another -o.") from None
        click.echo(f"runcompare: wrote {output}", err=True)
    elif sys.stdout.isatty() and content.startswith(b"PAR1"):
        raise UsageError("A Parquet file can't go to the terminal.", hint="Name a file with -o FILE.")
    else:
        sys.stdout.buffer.write(content)
