"""`runcompare report CANDIDATE BASELINE`."""

import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from runcompare.cli.completion import reference_argument
from runcompare.cli.options import (
    decision_options,
    looks_options,
    metric_options,
    runs_option,
    secrets_option,
)
from runcompare.cli.outputs import OUTPUT_FILE, OUTPUT_FOLDER, OutputFile, pictures_beside
from runcompare.cli.printing import emit, message, messages
from runcompare.cli.reading import reading_shown
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
@click.option(
    "-o",
    "--output",
    type=OutputFile(pictures_beside),
    help="Write to FILE, not to stdout: .md, .html, .json or .pdf.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["md", "html", "json", "pdf"]),
    help="The document's format.  [default: as FILE's suffix says, else md; a summary on a terminal]",
)
@click.option("--brief", is_flag=True, help="At most 250 words, as for a comment on a pull request.")
@click.option("--full", is_flag=True, help="The whole document on a terminal too, and all rows of all tables.")
@click.option("-q", "--quiet", is_flag=True, help="No messages but errors; on a terminal the headline alone.")
@click.option("-v", "--verbose", is_flag=True, help="Say which logs were read, and how long it took.")
@click.option("--plots", type=OUTPUT_FOLDER, help="Draw the curves into this folder.")
@click.option("--corrected", type=OUTPUT_FILE, help="Write the corrected config here.")
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
    *,
    against: str | None,
    output: Path | None,
    format_: Any,
    brief: bool,
    full: bool,
    quiet: bool,
    verbose: bool,
    **options: Any,
) -> None:
    """Is CANDIDATE better than BASELINE, what did it cost, and what should be run next?

    With --target there is no BASELINE: the mean of CANDIDATE's runs is tested against a claimed number, one-sided.

    With --task-key or --task-metrics both sides are compared on many tasks: each one, their mean effect, and how often
    CANDIDATE wins.

    With --baseline all references but that one are candidates, each compared with it, at one error rate for all.

    CANDIDATE and BASELINE are run ids, names, groups, aliases or paths; a group is compared as a whole. @latest,
    @best:METRIC, @step=N and @stage=NAME may follow. On a terminal a summary is shown; a pipe gets the report as
    markdown, -o FILE one of the format that its suffix says, markdown with its pictures in a folder beside it. Nothing
    else is written, but for the store with --keep and the ledger of --looks.

    \b
    Examples:
      runcompare report hjnqclgk baseline32
      runcompare report hjnqclgk baseline32 -o report.html --gpu-price 2.1
      runcompare report hjnqclgk baseline32 --brief
      runcompare report new=v3@latest config:ttc.candidates=16
      runcompare report examples/writeup/hjnqclgk.yaml examples/writeup/baseline32.yaml --format json
      runcompare report baseline32 --target 0.095 --metric eval/nrmse --alpha 1%
      runcompare report group:ppo group:sac --task-key env --metric eval/return
      runcompare report hjnqclgk v3 --baseline baseline32
    """
    from runcompare import api
    from runcompare.reporting.write import format_of, write_report

    if quiet and verbose:
        raise UsageError("--quiet and --verbose say the opposite.", hint="Leave one of them out.")
    began, kind = time.monotonic(), format_of(output, format_)
    sides = _sides([candidate, *filter(None, [baseline]), *others], against)
    with reading_shown():
        result = api.judge(sides.candidates[0], sides.baseline, others=sides.candidates[1:], **options)
    written = {name: options[name] for name in ("plots", "corrected")}
    if verbose:
        messages(how_it_was_made(result, time.monotonic() - began))
    if output is None and format_ is None and not (brief or full) and sys.stdout.isatty():
        if any(written.values()):
            write_report(result, **written)
        emit(summary(result, quiet=quiet))
        return
    document = write_report(result, format=kind, output=output, brief=brief, full=full, **written)
    if output is None:
        emit(document if document.endswith("\n") else f"{document}\n")
    elif not quiet:
        message(f"wrote {output}")


def summary(result: Any, *, quiet: bool = False) -> str:
    """What a terminal shows of a result; its line alone where that is asked for."""
    from runcompare.reporting.escape import printable
    from runcompare.reporting.renderers import renderer
    from runcompare.reporting.terminal import as_text

    faces = renderer(result)
    if quiet:
        return f"{printable(faces.line(result))}\n"
    return as_text(faces.to_terminal(result), faces.commands(result))


def how_it_was_made(result: Any, seconds: float) -> Iterator[str]:
    """Each run with the logs that it was read from, what the noise was taken from, and how long it took."""
    sides = [side for name in ("candidate", "baseline", "side") if (side := getattr(result, name, None)) is not None]
    for side in sides:
        for run in side.runs:
            logs = ", ".join(run.logs) or f"{run.location} ({run.source})"
            yield f"{side.role} {run.id}, {run.state}: {logs}"
    test = getattr(getattr(result, "quality", None), "test", None) or getattr(result, "test", None)
    if (noise := getattr(test, "noise", None)) is not None:
        yield ", ".join((f"noise: {noise.source}", *getattr(noise, "names", ())))
    yield f"read and compared in {seconds:.1f} s"
