"""`runcompare runs --groups` and `--explain`."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from runcompare.cli.printing import as_json, listing, messages
from runcompare.errors import UsageError

if TYPE_CHECKING:
    from runcompare.comparison.group_summary import GroupSummary
    from runcompare.references.groups import FoundGroup

__all__ = ["show_explained", "show_groups"]

COLUMNS = ("reference", "runs", "seeds", "differs", "metric", "mean ± sd", "time", "money")
LONGEST = 60  # characters of the settings that a table shows


def show_groups(format_: str, runs: Sequence[Path] | None, metric: str | None) -> None:
    """The groups as a table, CSV or JSON."""
    from runcompare import api

    found = api.groups(runs=runs, metric=metric)
    rows = [_cells(group) for group in found]
    click.echo(listing(format_, COLUMNS, rows, found, whole=("reference",)), nl=False)


def _cells(group: "GroupSummary") -> tuple[Any, ...]:
    from runcompare.reporting.numbers import duration, money, plus_minus, quantity

    mean = None if group.mean is None else quantity(group.mean)
    if group.mean is not None and group.sd is not None:
        mean = plus_minus(group.mean, group.sd)
    return (
        group.reference,
        len(group.runs),
        ", ".join(map(str, group.seeds)),
        _settings(group.differs),
        group.metric,
        mean,
        None if group.duration is None else duration(group.duration),
        None if group.money is None else money(group.money),
    )


def _settings(settings: Mapping[str, Any]) -> str:
    text = ", ".join(f"{key}={value}" for key, value in settings.items())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def show_explained(format_: str, runs: Sequence[Path] | None) -> None:
    """Each run's logs, its group, and the nearest run that is none of it. JSON where that is asked for."""
    from runcompare import settings
    from runcompare.references.groups import found_groups
    from runcompare.references.places import Places
    from runcompare.reporting.escape import printable

    if format_ == "csv":
        raise UsageError("--explain has no table.", hint="Ask for --format json.")
    found = found_groups(Places(runs or settings.load().runs))
    messages(found.warnings)
    explained = [one for group in found.groups for one in _explained(group, found.groups)]
    if format_ == "json":
        click.echo(as_json(explained), nl=False)
        return
    for one in explained:
        click.echo(printable(one["run"]))
        for line in one["lines"]:
            click.echo(f"  {printable(line)}")


def _explained(found: "FoundGroup", everyone: "Sequence[FoundGroup]") -> Iterator[dict[str, Any]]:
    from runcompare.references.groups import neighbour
    from runcompare.references.replicates import knows_settings

    group = found.group
    near = neighbour(group, [other.group for other in everyone if other is not found])
    for run in group.runs:
        logs = [f"{log.location} ({log.source}){f': {log.why}' if log.why else ''}" for log in run.info.logs]
        lines = [f"read from {text}" for text in logs or [f"{run.info.location} ({run.info.source})"]]
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
        yield {"run": run.id, "group": group.reference, "logs": logs, "lines": lines}
