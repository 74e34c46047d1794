"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import rich_click as click

from runcompare.settings import parse_fraction

__all__ = ["COMPLETION_VARIABLE", "FRACTION", "format_option", "price_options", "runs_option", "store_option"]

COMPLETION_VARIABLE = "_RUNCOMPARE_COMPLETE"  # set by a shell that completes a line; click's name for it
F = TypeVar("F", bound=Callable[..., Any])


class Fraction(click.ParamType):  # type: ignore[type-arg]
    """A fraction, written as 0.02 or as 2%."""

    name = "fraction"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            return parse_fraction(value)
        except ValueError as error:
            self.fail(f"{value!r} is not a fraction: {error}.", param, ctx)


FRACTION = Fraction()


def format_option(*formats: str, help: str | None = None) -> Callable[[F], F]:
    """`--format`, passed as `format_`; the first of `formats` is the default."""

    def decorate(command: F) -> F:
        choice = click.Choice(formats)
        return click.option("--format", "format_", type=choice, default=formats[0], show_default=True, help=help)(
            command
        )

    return decorate


def price_options(command: F) -> F:
    """`--gpu-price` and `--cpu-price`; None when not given."""
    for name, unit in (("CPU", "CPU-thread-hour"), ("GPU", "accelerator-hour, whatever the accelerator")):
        command = click.option(
            f"--{name.lower()}-price",
            type=float,
            envvar=f"RUNCOMPARE_{name}_PRICE",
            help=f"USD per {unit}.  [default: your prices, else the price book]",
        )(command)
    return command


def runs_option(command: F) -> F:
    """`--runs FOLDER`, as often as wanted; None when not given."""
    option = click.option(
        "--runs",
        type=click.Path(exists=True, path_type=Path),
        multiple=True,
        callback=lambda ctx, param, value: value or None,
        help="Look for runs in this folder.  [default: settings, else here]",
    )
    return option(command)


def store_option(command: F) -> F:
    """`--store`: a folder or a URL; that of the settings when not given."""
    return click.option(
        "--store",
        metavar="PATH_OR_URL",
        callback=_store,
        help="The store: a folder, or a URL that fsspec opens.  [default: settings, else .runcompare]",
    )(command)


def _store(ctx: click.Context, param: click.Parameter, value: str | None) -> Path | str:
    from runcompare import settings
    from runcompare.store.place import is_url

    if value is None:
        return settings.load().store
    return value if is_url(value) else Path(value).expanduser()
