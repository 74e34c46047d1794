"""`runcompare recommend CANDIDATE BASELINE`."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runcompare.cli.completion import reference_argument
from runcompare.cli.options import (
    decision_options,
    format_option,
    metric_options,
    runs_option,
    secrets_option,
)
from runcompare.cli.outputs import OUTPUT_FILE
from runcompare.cli.printing import as_json, emit, for_terminal, message
from runcompare.cli.reading import reading_shown

if TYPE_CHECKING:
    from runcompare.lab.jobs import Outcome

__all__ = ["recommend"]

MOST_NAMED = 12  # settings in a message


@click.command()
@reference_argument("candidate")
@reference_argument("baseline")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The candidate's config file, to be changed as text.  [default: the one its runs were started with]",
)
@click.option("-o", "--output", type=OUTPUT_FILE, help="Write the corrected config here: .yaml, .json or .toml.")
@click.option("--verify", is_flag=True, help="Train it, and hold what it reaches against the forecast.")
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="How many seeds to train.")
@click.option(
    "--command", help='Another trainer: "python train.py --config {config} --seed {seed} --out {out}", or {overrides}.'
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("runs"), show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Seeds side by side.")
@click.option("--tried", metavar="REF", help="Runs of the corrected config.  [default: those that were told the same]")
@format_option("md", "json")
@metric_options
@decision_options
@secrets_option
@runs_option
def recommend(candidate: str, baseline: str, format_: str, **options: Any) -> None:
    """What should be run next, and what should the candidate's config have been?

    Recommendations come by expected benefit per dollar; each names the finding (RC501: `runcompare explain RC501`) or
    the attribution that it rests on. The corrected config keeps what paid and undoes the rest: a change of the
    candidate's own file at exactly the lines that differ, each with its reason. Nothing is written without -o or
    --verify.

    --verify trains it: seeds that end are kept when others fail, and the same command goes on with those.

    \b
    Examples:
      runcompare recommend hjnqclgk baseline32
      runcompare recommend hjnqclgk baseline32 --config examples/hjnqclgk.yaml -o v3.yaml
      runcompare recommend hjnqclgk baseline32 -o v3.yaml --verify --seeds 3 --jobs 2
    """
    from runcompare import api
    from runcompare.errors import DataError
    from runcompare.records.counted import few
    from runcompare.records.redact import MARK
    from runcompare.reporting.recommended import shown, to_markdown

    with nullcontext() if options["verify"] else reading_shown():  # its trainings tell what they do themselves
        found = api.recommend(candidate, baseline, on_done=_say, **options)
    if format_ == "json":
        emit(as_json(shown(found)))
    else:
        emit(for_terminal(to_markdown(found)))
    if options["output"] is not None:
        message(f"wrote {options['output']}")
        if found.draft is not None and (left := [setting.path for setting in found.draft.patched.refused]):
            settings = few(left, MOST_NAMED)
            message(f"{options['output']} is not all of the corrected config: {settings} could not be changed in it.")
        if found.draft is not None and MARK in found.draft.patched.text:
            message(f"{options['output']} has {MARK} where the runs had secrets: fill them in by hand.")
    if found.failed:
        hint = "Those that ended are counted; the same command goes on with the others."
        raise DataError(f"Not every seed ended: {'; '.join(found.failed)}.", hint=hint)


def _say(outcome: "Outcome") -> None:
    """One line on stderr for each seed that ends, which takes long."""
    ended = "ended" if outcome.code == 0 else f"failed with code {outcome.code}"
    message(f"seed {outcome.seed} {ended}: {outcome.folder}")
