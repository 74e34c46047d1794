"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import rich_click as click

__all__ = ["FRACTION", "price_options", "runs_option"]

F = TypeVar("F", bound=Callable[..., Any])


class Fraction(click.ParamType):  # type: ignore[type-arg]
    """A fraction, written as 0.02 or as 2%."""

    name = "fraction"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            number = float(value[:-1]) / 100 if isinstance(value, str) and value.endswith("%") else float(value)
        except ValueError:
            self.fail(f"{value!r} is not a fraction: write 0.02 or 2%.", param, ctx)
        if not 0 < number < 1:
            self.fail(f"{value!r} must lie between 0 and 1: 2 % is 0.02 or 2%.", param, ctx)
        return number


FRACTION = Fraction()


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
