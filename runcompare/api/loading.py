"""Runs: those that a reference names, all of some folders, and the groups that they make."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runcompare import settings as settings_file
from runcompare.api.prices import price_book
from runcompare.inputs.groups import Folders, Reference, as_keys, is_at_hand, load_group, places_of, roots_of
from runcompare.records.run import Group

if TYPE_CHECKING:
    from runcompare.comparison.group_summary import GroupSummary
    from runcompare.records.run import RunInfo
    from runcompare.reporting.listing import Listing

__all__ = ["groups", "load", "runs"]


def load(reference: Reference, *, runs: Folders = None, replicate_key: str | Sequence[str] = ()) -> Group:
    """The runs that a reference names, as one group.

    Args:
        reference: An id, a name, a group, an alias, `tag:`, `name:GLOB`, `config:KEY=VALUE` or a path, several with
            commas or, of conditions, with AND, which `@latest`, `@best:METRIC`, `@step=N` or `@stage=NAME` may follow;
            or runs at hand: a run, a group, or a list of runs that differ by seed only; or what a tracker calls a run
            that goes on: `wandb.run`, an MLflow run, a `Recorder`.
        runs: Folders to look in; those of the settings by default. What is in none of them is looked for in the store.
        replicate_key: Settings besides the seed in which replicates may differ, such as `fold`.

    Raises:
        RunNotFound: If nothing matches.
        AmbiguousReference: If the runs that match are not replicates of one another.
        UnreadableRun: If nothing of a run could be read.
        UsageError: For a reference that is none.
    """
    return load_group(reference, None if is_at_hand(reference) else places_of(runs), as_keys(replicate_key))


def runs(*folders: str | Path) -> "Listing[RunInfo]":
    """The runs in the folders, oldest first: each training once, however many logs it has.

    Args:
        folders: Where to look; the folders of the settings by default.

    Returns:
        A sequence that shows itself as a table, with `to_frame()` for pandas and `warnings` for what was left out.
    """
    from runcompare.reporting.listing import of_runs
    from runcompare.sources import list_runs

    found = list_runs(roots_of(folders or None))
    return of_runs(found.runs, found.warnings)


def groups(
    *, runs: Folders = None, metric: str | None = None, replicate_key: str | Sequence[str] = ()
) -> "Listing[GroupSummary]":
    """The groups of replicates in the folders, the largest first, each with the reference that names it; a sequence
    that shows itself as a table and has `to_frame()`.

    Args:
        runs: Folders to look in; those of the settings by default. Every run is read.
        metric: The metric to show; the most telling one of each group by default.
        replicate_key: Settings besides the seed in which replicates may differ, such as `fold`.
    """
    from runcompare.comparison.group_summary import summarise_groups
    from runcompare.references.groups import found_groups
    from runcompare.reporting.listing import of_groups

    found = found_groups(places_of(runs), as_keys(replicate_key))
    summaries = summarise_groups(found.groups, price_book(), metric=metric, overrides=settings_file.load().metrics)
    return of_groups(summaries, found.warnings)
