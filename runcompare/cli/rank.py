"""`runcompare rank QUERY`."""

from pathlib import Path
from typing import Any

import click

from runcompare.cli.completion import complete_reference, reference_argument
from runcompare.cli.options import (
    FRACTION,
    format_option,
    price_options,
    runs_option,
    secrets_option,
    value_options,
)
from runcompare.cli.outputs import OUTPUT_FILE
from runcompare.cli.printing import emit, for_terminal, message
from runcompare.cli.reading import reading_shown

__all__ = ["rank"]


@click.command()
@reference_argument("references", nargs=-1, metavar="[QUERY]...")
@value_options
@click.option("--alpha", type=FRACTION, help="Chance that any rank lies outside of its range.  [default: 5%]")
@price_options
@click.option("--noise-cv", type=FRACTION, help="State the seed-to-seed noise of single runs by hand.")
@click.option(
    "--noise-from",
    multiple=True,
    metavar="REF",
    shell_complete=complete_reference,
    help="Take the noise from these replicated groups as well.",
)
@click.option(
    "--replicate-key",
    multiple=True,
    metavar="KEY",
    help="A setting besides the seed in which replicates may differ, such as fold.",
)
@click.option("--force", is_flag=True, help="Rank groups that are not comparable, too.")
@format_option("table", "md", "json")
@click.option("-o", "--output", type=OUTPUT_FILE, help="Write to FILE, not to stdout.")
@click.option("--plot", type=OUTPUT_FILE, help="Draw cost against quality as a PNG.")
@secrets_option
@runs_option
def rank(references: tuple[str, ...], format_: Any, output: Path | None, plot: Path | None, **options: Any) -> None:
    """Which group is the best, and which ranks may the others have?

    A QUERY is a reference whose runs need not be replicates: they are put into groups of equal settings but for the
    seed. Several QUERIES are put together; without one, all groups in the folders are ranked. With 95 % confidence the
    ranges of all ranks hold together. Groups that can't be compared with the rest are told and left out.

    \b
    Examples:
      runcompare rank
      runcompare rank v3 hjnqclgk baseline32 --metric eval/nrmse
      runcompare rank "config:latent.dim=32" --format md -o ranking.md --plot ranking.png
    """
    from runcompare import api
    from runcompare.reporting.ranking_text import FORMATS, draw_ranking
    from runcompare.reporting.write import write_files

    with reading_shown():
        ranked = api.rank(*references, **options)
    document = FORMATS[format_](ranked)
    if output is not None:
        write_files({output: click.unstyle(document)})
        message(f"wrote {output}")
    else:  # a table is made for the terminal, with its colours
        emit(document if format_ == "table" else for_terminal(document))
    if plot is not None:
        draw_ranking(ranked, plot)
        message(f"wrote {plot}")
