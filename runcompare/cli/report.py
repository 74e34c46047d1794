"""`runcompare report CANDIDATE BASELINE`."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from runcompare.cli.completion import reference_argument
from runcompare.cli.options import (
    decision_options,
    format_option,
    looks_options,
    metric_options,
    runs_option,
    secrets_option,
)
from runcompare.cli.printing import emit, message
from runcompare.errors import UsageError

__all__ = ["report"]


class Sides(NamedTuple):
    """What is compared with what."""

    candidates: tuple[str, ...]
    baseline: str | None


def _sides(named: Sequence[str], against: str | None) -> Sides:
    """The references as they were typed: with a baseline of its own all others are candidates."""
    if against is not None:
        return Sides(tuple(one for one in named if one != against) or tuple(named), against)
    if len(named) > 2:
        hint = f"Say which of them is the baseline: --baseline {shlex.quote(named[-1])}"
        raise UsageError(f"A report compares two sides, and {len(named)} were named.", hint=hint)
    return Sides((named[0],), named[1] if len(named) > 1 else None)


@click.command()
@reference_argument("candidate")
@reference_argument("baseline", required=False)
@reference_argument("others", nargs=-1, metavar="")
@click.option(
    "--baseline", "against", metavar="REF", help="Several candidates: compare each of the references with this one."
)
@click.option("--target", type=float, help="Instead of BASELINE: is the mean of the runs beyond this number?")
@click.option("--task-key", metavar="KEY", help="Several tasks: the setting that names a run's task, such as env.")
@click.option(
    "--task-metrics",
    metavar="PATTERN",
    help="Several tasks: results of each run, * for the task's name, such as 'eval/*/acc'.",
)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to FILE, not to stdout.")
@format_option("md", "json", "html")
@click.option("--plots", type=click.Path(file_okay=False, path_type=Path), help="Draw the curves into this folder.")
@click.option("--corrected", type=click.Path(dir_okay=False, path_type=Path), help="Write the corrected config here.")
@metric_options
@decision_options
@click.option("--keep", is_flag=True, help="Put runs and look into the store, for later comparisons.")
@looks_options
@secrets_option
@runs_option
def report(
    candidate: str,
    baseline: str | None,
    others: tuple[str, ...],
    against: str | None,
    output: Path | None,
    format_: Any,
    **options: Any,
) -> None:
    """Is CANDIDATE better than BASELINE, what did it cost, and what should be run next?

    With --target there is no BASELINE: the mean of CANDIDATE's runs is tested against a claimed number, one-sided.

    With --task-key or --task-metrics both sides are compared on many tasks: each one, their mean effect, and how often
    CANDIDATE wins.

    With --baseline all references but that one are candidates, each compared with it, at one error rate for all.

    CANDIDATE and BASELINE are run ids, names, groups, aliases or paths; a group is compared as a whole. @latest,
    @best:METRIC, @step=N and @stage=NAME may follow. The report goes to stdout, or with -o to a file with its pictures
    in a folder beside it; nothing else is written, but for the store with --keep and the ledger of --looks.

    \b
    Examples:
      runcompare report hjnqclgk baseline32
      runcompare report hjnqclgk baseline32 -o report.md --gpu-price 2.1
      runcompare report new=v3@latest config:latent.tokens=32
      runcompare report examples/writeup/hjnqclgk.yaml examples/writeup/baseline32.yaml --format json
      runcompare report baseline32 --target 0.095 --metric eval/nrmse --alpha 1%
      runcompare report group:ppo group:sac --task-key env --metric eval/return
      runcompare report hjnqclgk v3 --baseline baseline32
    """
    from runcompare import api

    sides = _sides([candidate, *filter(None, [baseline]), *others], against)
    document = api.report(
        sides.candidates[0], sides.baseline, others=sides.candidates[1:], format=format_, output=output, **options
    )
    if output is None:
        emit(document if document.endswith("\n") else f"{document}\n")
    else:
        message(f"wrote {output}")
