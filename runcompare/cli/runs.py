"""`runcompare runs`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runcompare.cli.completion import complete_metric
from runcompare.cli.options import format_option, runs_option, store_option
from runcompare.cli.printing import emit, listing, message, messages, progress_bar
from runcompare.errors import DataError, RunNotFound, UsageError

if TYPE_CHECKING:
    from runcompare.records.run import RunInfo

__all__ = ["runs"]

COLUMNS = ("id", "name", "group", "seed", "state", "started", "source", "location")
MANY = 100  # runs that a search reads before it says how to keep them


@click.command()
@click.argument("folders", nargs=-1, type=click.Path(exists=True, path_type=Path))
@format_option("table", "json", "csv")
@click.option("--groups", is_flag=True, help="Show the groups of replicates instead; reads every run.")
@click.option("--explain", is_flag=True, help="Say of each run what it is read from and what it is a replicate of.")
@click.option(
    "--metric", shell_complete=complete_metric, help="The metric that --groups shows.  [default: the most telling one]"
)
@click.option("--where", metavar="SQL", help="Only runs for which this holds, in the store too; see below.")
@click.option("--kept", is_flag=True, help="List the runs that the store holds instead.")
@runs_option
@store_option
def runs(
    format_: str,
    where: str | None,
    runs: Sequence[Path] | None,
    store: Path | str,
    *,
    folders: tuple[Path, ...],
    groups: bool,
    explain: bool,
    kept: bool,
    metric: str | None,
) -> None:
    """List the runs in the FOLDERS, else those of --runs, oldest first: each training once, however many logs it has.

    With --groups, the groups of replicates that were found, the largest first: the reference to type for each, what
    tells it from the others, its metric (mean and standard deviation), time and money a run. With --explain, for each
    run which logs it is read from, and why it is, or is not, a replicate of others.

    With --where, the runs of the folders and of the store are searched, or those of the folders named with --runs only.
    What the store lacks is read for the search and not kept: after `runcompare pull` it is faster. The condition is
    SQL over the columns id, name, group, project, state, seed, tags, started_at, runtime_s, rows, config['KEY'] and
    summary['KEY']. With --kept, what the store holds is listed, and nothing else.

    \b
    Examples:
      runcompare runs
      runcompare runs --groups
      runcompare runs --explain
      runcompare runs examples/writeup --format csv
      runcompare runs --where "config['latent.tokens'] = 16 AND summary['eval/nrmse'] < 0.04"
    """
    if sum((groups, explain, kept, where is not None)) > 1:
        raise UsageError("--groups, --explain, --kept and --where are four listings.", hint="Ask for one of them.")
    runs = (*folders, *(runs or ())) or None
    if groups or explain:
        from runcompare.cli.groups import show_explained, show_groups

        show_explained(format_, runs) if explain else show_groups(format_, runs, metric)
        return
    found = _kept(store) if kept else _listed(runs) if where is None else _matching(where, runs, store)
    emit(listing(format_, COLUMNS, [_cells(run) for run in found], [run.shown() for run in found], whole=("id",)))


def _listed(runs: Sequence[Path] | None) -> "Sequence[RunInfo]":
    from runcompare import settings
    from runcompare.sources import list_runs

    found = list_runs(runs or settings.load().runs)
    messages(found.warnings)
    if not found.runs:
        places = ", ".join(str(path) for path in found.looked_in)
        hint = "Say where yours are: runcompare runs FOLDER"
        raise RunNotFound(f"There are no runs in {places}.", hint=" ".join((*found.passed_over, hint)))
    return found.runs


def _kept(store: Path | str) -> "Sequence[RunInfo]":
    from runcompare.store.store import Store

    listed = Store(store).listed()
    messages(f"Left out: {problem}" for problem in listed.problems)
    if not listed.infos:
        raise RunNotFound(f"The store {store} holds no runs.", hint="Keep some: runcompare pull")
    return listed.infos


def _matching(where: str, runs: Sequence[Path] | None, store: Path | str) -> "Sequence[RunInfo]":
    from runcompare import settings
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
    messages(matches.problems)
    if matches.read > MANY:
        message(f"{matches.read} runs were read for this search. Keep them for the next with: runcompare pull")
    ids = {info.id for info in selection.runs}
    found = [info for info in matches.runs if not runs or info.id in ids]
    if not found:
        message(f"No run matches {where}")
    return found


def _cells(run: "RunInfo") -> tuple[Any, ...]:
    started = None if run.started_at is None else f"{datetime.fromtimestamp(run.started_at, UTC):%Y-%m-%d %H:%M:%SZ}"
    return run.id, run.name, run.group, run.seed, run.state, started, run.source, _near(run.shown().location)


def _near(location: str) -> str:
    """A path relative to the working folder, if it lies below it."""
    path = Path(location)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else location
