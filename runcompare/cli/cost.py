"""`runcompare cost`, `runcompare prices` and `runcompare forecast`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from runcompare.cli.completion import complete_metric, complete_region, reference_argument
from runcompare.cli.options import format_option, price_options, runs_option
from runcompare.cli.outputs import OUTPUT_FILE
from runcompare.cli.printing import as_json, emit, message, messages
from runcompare.cli.reading import reading_shown
from runcompare.errors import UsageError

__all__ = ["cost", "forecast", "prices"]

F = TypeVar("F", bound=Callable[..., Any])


def _book_options(command: F) -> F:
    """The options that say what a device-hour is charged at, named as the arguments of `price_book` are."""
    for option in (
        click.option("--spot", is_flag=True, help="Go by spot prices."),
        click.option("--cloud", help="Go by one cloud's prices."),
        price_options,
    ):
        command = option(command)
    return command


@click.command()
@reference_argument("references", metavar="REF...", nargs=-1, required=True)
@click.option(
    "--region", shell_complete=complete_region, help="Country of the power grid, two letters.  [default: world average]"
)
@click.option(
    "--metric", shell_complete=complete_metric, help="Judge by this metric; also what it cost to reach a value of it."
)
@click.option("--target", type=float, help="The value to reach.  [default: what the last reference ended with]")
@click.option("--plot", type=OUTPUT_FILE, help="Draw cost against --metric as a PNG.")
@_book_options
@format_option("table", "json")
@runs_option
def cost(references: Sequence[str], plot: Path | None, format_: str, **options: Any) -> None:
    """What runs cost: time, device-hours, energy, money and CO2 by stage, each figure with its source.

    With several references, all but the last are also compared with the last one, as they are and at equal quality.

    \b
    Examples:
      runcompare cost baseline32
      runcompare cost hjnqclgk baseline32 --gpu-price 2.10
      runcompare cost hjnqclgk baseline32 --metric operator/val_nrmse --target 0.15
      runcompare cost hjnqclgk --region DE --format json
    """
    from runcompare import api
    from runcompare.reporting.costs import cost_document, cost_text

    if options["metric"] is None and plot is not None:
        raise UsageError("--plot needs --metric.", hint="Name the metric, such as --metric eval/nrmse.")
    with reading_shown():
        report = api.cost(*references, **options)
    messages(report.warnings)
    emit(as_json(cost_document(report)) if format_ == "json" else cost_text(report))
    if plot is not None:
        from runcompare.reporting.frontier_plot import draw_frontier

        draw_frontier(report, plot)
        message(f"wrote {plot}")


@click.command()
@click.option("--gpu", help="One accelerator, by any name that trackers give it.")
@_book_options
@format_option("table", "json")
def prices(gpu: str | None, format_: str, **options: Any) -> None:
    """The dated price book, USD per device-hour, and what a device is charged at.

    \b
    Examples:
      runcompare prices --gpu A100
      runcompare prices --cloud gcp --format json
    """
    from runcompare import api
    from runcompare.reporting.costs import prices_text

    book = api.price_book(**options)
    offers = book.select(gpu, book.cloud)
    charged = book.price(gpu) if gpu else None
    if gpu and (warning := book.warning(gpu)):
        message(warning)
    text = as_json({"price": charged, "offers": offers}) if format_ == "json" else prices_text(offers, charged)
    emit(text)


@click.command()
@click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--like", multiple=True, metavar="REF", help="Go by these runs.  [default: all that can be read]")
@_book_options
@format_option("table", "json")
@runs_option
def forecast(config: Path, format_: str, **options: Any) -> None:
    """What a run of CONFIG (a YAML file) will cost, from runs that were measured on the same hardware.

    \b
    Examples:
      runcompare forecast examples/v3.yaml
      runcompare forecast examples/hjnqclgk.yaml --like baseline32 --like v3 --cpu-price 0.02
    """
    from runcompare import api
    from runcompare.reporting.costs import forecast_text

    with reading_shown():
        expected = api.forecast(config, **options)
    emit(as_json(expected) if format_ == "json" else forecast_text(config.name, expected))
