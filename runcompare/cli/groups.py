"""`runcompare runs --groups` and `--explain`."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcompare.cli.printing import as_json, emit, listing, message, messages
from runcompare.cli.reading import reading_shown
from runcompare.errors import RunNotFound, UsageError
from runcompare.records.redact import redact

if TYPE_CHECKING:
    from runcompare.references.groups import FoundGroup, FoundGroups

__all__ = ["show_explained", "show_groups"]


def show_groups(format_: str, runs: Sequence[Path] | None, metric: str | None) -> None:
    """The groups as a table, CSV or JSON."""
    from runcompare import api, settings
    from runcompare.comparison.group_summary import summarise_groups
    from runcompare.reporting.listing import GROUP_COLUMNS, group_cells

    chosen = settings.load()
    found = _found(runs or chosen.runs)
    groups = summarise_groups(found.groups, api.price_book(), metric=metric, overrides=chosen.metrics)
    rows = [group_cells(group) for group in groups]
    emit(listing(format_, GROUP_COLUMNS, rows, groups, whole=("reference",)))
    if any(group.metric is None for group in groups):
        message("Groups without a metric have several results of one kind, or none: name one with --metric KEY.")


def _found(runs: Sequence[Path]) -> "FoundGroups":
    """The groups; what was left out is said. Raises RunNotFound if there is no run."""
    from runcompare.references.groups import found_groups
    from runcompare.references.places import Places

    places = Places(runs)
    with reading_shown():
        found = found_groups(places)
    messages(found.warnings)
    if not found.groups:
        looked, hint = ", ".join(map(str, places.local.looked_in)), "Say where yours are with --runs FOLDER."
        raise RunNotFound(f"There are no runs in {looked}.", hint=" ".join((*places.local.passed_over, hint)))
    return found


def show_explained(format_: str, runs: Sequence[Path] | None) -> None:
    """Each run's logs, its group, and the nearest run that is none of it. JSON where that is asked for."""
    from runcompare import settings
    from runcompare.reporting.escape import printable

    if format_ == "csv":
        raise UsageError("--explain has no table.", hint="Ask for --format json.")
    found = _found(runs or settings.load().runs)
    messages(found.passed_over)
    explained = [one for group in found.groups for one in _explained(group, found)]
    if format_ == "json":
        emit(as_json(explained))
        return
    for one in explained:
        emit(f"{printable(one['run'])}\n")
        for line in one["lines"]:
            emit(f"  {printable(line)}\n")


def _explained(found: "FoundGroup", everyone: "FoundGroups") -> Iterator[dict[str, Any]]:
    from runcompare.references.groups import neighbour
    from runcompare.references.replicates import knows_settings

    group = found.group
    near = neighbour(group, [other.group for other in everyone.groups if other is not found])
    for run in group.runs:
        info = run.info.shown()
        logs = [f"{log.location} ({log.source}){f': {log.why}' if log.why else ''}" for log in info.logs]
        lines = [f"read from {text}" for text in logs or [f"{info.location} ({info.source})"]]
        again = [f"{redact(log.location)} ({log.source})" for log in everyone.again.get(run.id, ())]
        lines += [f"not read, for it is the same run again: {text}" for text in again]
        if len(group) > 1:
            others = ", ".join(one.id for one in group.runs if one is not run)
            lines.append(f"a replicate of {others}: {group.grouping}")
        elif not knows_settings(run):
            lines.append("its settings are not known: no replicate of another unless you name them together")
        if near is not None and near.apart:
            what = "; ".join(f"{key} is {a} here and {b} there" for key, (a, b) in list(near.apart.items())[:4])
            lines.append(f"no replicate of {near.run.id}: {what}")
        elif near is not None:
            lines.append(
                f"not known to be a replicate of {near.run.id}: nothing says that they differ by the seed only"
            )
        yield {"run": run.id, "group": group.reference, "logs": logs, "again": again, "lines": lines}
