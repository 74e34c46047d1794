"""`runcompare check RUN...`."""

from pathlib import Path
from typing import Any

import click

from runcompare.cli.completion import reference_argument
from runcompare.cli.options import format_option, runs_option, secrets_option
from runcompare.cli.outputs import OUTPUT_FILE
from runcompare.cli.printing import emit, for_terminal, message
from runcompare.cli.reading import reading_shown

__all__ = ["check"]

FAILS = {"suggestive": {"suggestive", "strong"}, "strong": {"strong"}}


@click.command()
@reference_argument("references", nargs=-1, required=True, metavar="RUN...")
@click.option(
    "--fail-on",
    type=click.Choice(list(FAILS)),
    help="Exit 1 where there is a finding that is as strong, or stronger.",
)
@click.option("--history/--no-history", default=True, help="Hold runs against like ones of the project.  [default: on]")
@format_option("text", "md", "json")
@click.option("-o", "--output", type=OUTPUT_FILE, help="Write to FILE, not to stdout.")
@secrets_option
@runs_option
def check(references: tuple[str, ...], fail_on: str | None, format_: str, output: Path | None, **options: Any) -> int:
    """Do these runs show a fault? Each RUN is a run or a group, as for `report`; no baseline is needed.

    Without a baseline a healthy curve and a faulty one can look alike: what is not exact is tested against a fixed
    threshold and called suggestive at most. Where the folders or the store hold three runs or more of the same data and
    losses, with half of the settings alike, the run is held against these as well. The last line says which checks did
    not run, and what they lacked. `runcompare explain CODE` says more of a finding.

    \b
    Examples:
      runcompare check hjnqclgk
      runcompare check hjnqclgk baseline32 --format md
      runcompare check hjnqclgk --fail-on strong
    """
    from runcompare import api
    from runcompare.reporting.check_text import FORMATS
    from runcompare.reporting.write import write_files

    with reading_shown():
        checked = api.check(*references, **options)
    document = FORMATS[format_](checked)
    if output is None:
        emit(for_terminal(document if document.endswith("\n") else f"{document}\n"))
    else:
        write_files({output: document})
        message(f"wrote {output}")
    return int(fail_on is not None and bool(FAILS[fail_on] & checked.strengths))
