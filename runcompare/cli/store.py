"""`runcompare pull`, `sql`, `verify` and `gc`: the store."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from runcompare.cli.options import format_option, runs_option, store_option
from runcompare.cli.printing import emit, listing, message, messages, progress_bar
from runcompare.errors import AuthError, DataError
from runcompare.reporting.escape import printable

__all__ = ["gc", "pull", "sql", "verify"]


@click.command()
@click.argument("references", metavar="[REF]...", nargs=-1)
@runs_option
@store_option
@click.option(
    "--workers", type=click.IntRange(1), default=1, show_default=True, help="Read with so many processes of one thread."
)
@click.option("--ray", metavar="ADDRESS", help="Read on a Ray cluster: auto, HOST:PORT, or local to start one here.")
def pull(
    references: Sequence[str], runs: Sequence[Path] | None, store: str | Path, workers: int, ray: str | None
) -> None:
    """Read runs and keep them in the store; those that have not changed since are not read again.

    REF is an id, a name, a group, tag:, name:GLOB, config:KEY=VALUE, a path, or what a server's source understands
    (a URL, entity/project). Without one, every run of the folders. A run that can't be read is named and the others go
    on; exit code 3 only if there is none, or if the store can't be written. The store may be shared: s3://bucket/runs.

    \b
    Examples:
      runcompare pull
      runcompare pull group:baseline32 --workers 4
      runcompare pull hjnqclgk --store shared/runs
    """
    from runcompare import settings
    from runcompare.pull.pull import pull as pull_runs
    from runcompare.pull.pull import select

    start = time.monotonic()
    selection = select(references, list(runs) if runs else settings.load().runs)
    with progress_bar("reading runs") as progress:
        done = pull_runs(selection, store, workers=workers, ray=ray, progress=progress)
    messages([*done.warnings, *done.problems])
    message(
        f"{len(done.kept)} runs kept ({done.rows:,} rows), {len(done.unchanged)} unchanged, "
        f"{len(done.problems)} problems, in {time.monotonic() - start:.1f} s."
    )
    if done.unwritten:
        raise DataError(f"{done.unwritten} runs could not be kept.", hint=f"Check space and rights of {store}.")
    if not done.kept and not done.unchanged:
        if done.refused:
            raise AuthError("Nothing was kept: the server refused.", hint="Log in, then pull again.")
        raise DataError("Nothing was kept.", hint="What went wrong stands above.")


@click.command()
@click.argument("query", metavar="QUERY")
@format_option("table", "json", "csv")
@store_option
def sql(query: str, format_: str, store: str | Path) -> None:
    """Ask the store with one SELECT statement of DuckDB's SQL.

    \b
    Tables:
      runs     id, name, group, project, entity, source, location, state, seed, tags,
               started_at, runtime_s, rows, config, summary
      config   run, key, value (text), number
      summary  run, key, value (text), number
      history  run, and a column a key: "_step", "train/loss", ...
      system   run, and a column a key of the telemetry

    In runs, config['lr'] and summary['eval/nrmse'] are typed values; nested settings are config['optimizer.lr'].
    Names with / or other signs need double quotes, as does "group".

    \b
    Examples:
      runcompare sql "SELECT id, config['latent.tokens'], summary['eval/nrmse'] FROM runs ORDER BY 3"
      runcompare sql 'SELECT run, min("operator/val_nrmse") FROM history GROUP BY run' --format csv
    """
    from runcompare.store.sql import query as ask
    from runcompare.store.store import Store

    table = ask(Store(store), query)
    messages(f"Left out: {problem}" for problem in table.problems)
    rows = [[_cell(value) for value in row] for row in table.rows]
    records = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    emit(listing(format_, table.columns, rows, records))


@click.command()
@store_option
def verify(store: str | Path) -> None:
    """Check every file of the store against its checksum. What is damaged is listed; exit code 3 if anything is.

    The next pull reads the damaged runs again from where they came from.

    \b
    Examples:
      runcompare verify
      runcompare verify --store shared/runs
    """
    from runcompare.store.store import Store

    lake = Store(store)
    damaged = lake.verify()
    for line in damaged:
        emit(f"{printable(line)}\n")
    if damaged:
        raise DataError(
            f"{len(damaged)} of the files and versions in {lake.root} are damaged or gone.",
            hint="Older versions of them may be intact. Read the runs again: runcompare pull",
        )
    message(f"{lake.root}: {len(lake.infos())} runs, all intact.")


@click.command()
@store_option
@click.option(
    "--keep", type=click.IntRange(1), metavar="N", help="Also remove all but the N newest versions of each run."
)
@click.option("--yes", is_flag=True, help="Remove; without it, what would go is only listed.")
def gc(store: str | Path, keep: int | None, yes: bool) -> None:
    """Remove what killed writers left behind (older than a day), and superseded versions with --keep.

    Lists what would go, and removes it with --yes. A run's last intact version always stays.

    \b
    Examples:
      runcompare gc
      runcompare gc --keep 1
      runcompare gc --keep 1 --yes
    """
    from runcompare.store.place import Version
    from runcompare.store.store import Store

    lake = Store(store)
    found = [("left behind", *at) for at in lake.leftovers()]
    found += [("superseded", *at) for at in (lake.superseded(keep) if keep else [])]
    for why, home, version in found:
        emit(printable(f"{why}: {lake.place.address('runs', home, version)}") + "\n")
    if not yes:
        message(f"{len(found)} folders would be removed. Do it with --yes." if found else "There is nothing to remove.")
        return
    message(f"{lake.remove([Version(home, version) for _, home, version in found])} folders removed.")
    lake.write_index(forget=True)


def _cell(value: Any) -> Any:
    """A value as a cell of a table: what is nested as JSON."""
    from runcompare.records.as_json import plain

    if isinstance(value, dict | list | tuple):
        return json.dumps(plain(value))
    return "" if value is None else plain(value)
