"""`runcompare gate CANDIDATE BASELINE`."""

from pathlib import Path
from typing import Any

import click

from runcompare.cli.completion import reference_argument
from runcompare.cli.options import (
    decision_options,
    format_option,
    looks_options,
    metric_options,
    runs_option,
)
from runcompare.cli.outputs import OUTPUT_FILE
from runcompare.cli.printing import emit, for_terminal, message
from runcompare.cli.reading import reading_shown
from runcompare.errors import DataError

__all__ = ["gate"]


@click.command()
@reference_argument("candidate")
@reference_argument("baseline")
@click.option(
    "--fail-on",
    multiple=True,
    metavar="CONDITIONS",
    help="What fails the gate, with commas between: worse, likely-worse, guardrail, dominated, inconclusive, "
    "cant-tell, and limits such as cost>1.5x on cost, time, device-hours, money, energy.  "
    "[default: settings, else worse, and guardrail where one is named]",
)
@format_option("text", "github", "junit", "sarif", "json", "slack", "comment")
@click.option(
    "-o",
    "--output",
    "files",
    multiple=True,
    type=OUTPUT_FILE,
    help="Also write a file: .xml JUnit, .sarif, .json, .txt, or .md, a comment with the report. As often as wanted.",
)
@click.option(
    "--webhook",
    envvar="RUNCOMPARE_WEBHOOK",
    metavar="URL",
    help="Also send the message of --format slack to this incoming webhook. Nothing is sent without one.",
)
@metric_options
@decision_options
@click.option("--keep", is_flag=True, help="Put runs and look into the store, for later comparisons.")
@looks_options
@runs_option
def gate(
    candidate: str,
    baseline: str,
    fail_on: tuple[str, ...],
    format_: str,
    files: tuple[Path, ...],
    webhook: str | None,
    **options: Any,
) -> int:
    """Does CANDIDATE meet a condition that it must not, held against BASELINE?

    One line a condition, with its evidence. `worse` fails where the candidate is shown to be worse; a weaker word
    (likely worse) can't be judged. A limit such as cost>1.5x fails where the whole interval of the ratio lies above it,
    and without an interval where these runs measured more. What the data leave open passes, and is called not shown.

    Exit codes: 0 passed; 1 failed; 2 usage; 3 a condition could not be judged, or data could not be had; 4 login.

    \b
    Examples:
      runcompare gate v3 baseline32
      runcompare gate v3 baseline32 --fail-on "worse,dominated,cost>1.5x"
      runcompare gate v3 baseline32 --guardrail diff_residual/best_loss:min:20%
      runcompare gate v3 baseline32 --format github -o gate.xml -o gate.sarif -o comment.md
    """
    from runcompare import api
    from runcompare.reporting.gate_formats import check_suffixes, gate_document, write_gate

    check_suffixes(files)
    if webhook:
        from runcompare.cli.notify import check_webhook, post_json

        check_webhook(webhook)
    with reading_shown():
        judged = api.gate(candidate, baseline, fail_on=fail_on or None, **options)
    emit(for_terminal(gate_document(judged, format_)))
    write_gate(judged, files)
    if webhook:
        try:
            post_json(webhook, gate_document(judged, "slack"))
        except DataError as error:  # the gate has judged: its exit code stands
            message(error.message, error.hint)
    return judged.exit_code
