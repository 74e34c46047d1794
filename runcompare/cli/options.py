"""Options that several commands share."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from runcompare.cli.completion import complete_metric, complete_reference
from runcompare.errors import UsageError

__all__ = [
    "EFFECT",
    "FRACTION",
    "decision_options",
    "format_option",
    "looks_options",
    "metric_options",
    "noise_library_option",
    "pair_option",
    "price_options",
    "runs_option",
    "secrets_option",
    "store_option",
    "value_options",
]

F = TypeVar("F", bound=Callable[..., Any])


class Fraction(click.ParamType):  # type: ignore[type-arg]
    """A fraction, written as 0.02 or as 2%."""

    name = "fraction"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        from runcompare.settings import parse_fraction

        try:
            return parse_fraction(value)
        except ValueError as error:
            self.fail(f"{value!r} is not a fraction: {error}.", param, ctx)


FRACTION = Fraction()


class Effect(click.ParamType):  # type: ignore[type-arg]
    """A smallest effect of interest: 2%, 0.5pt, 0.01 or 1sd."""

    name = "effect"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from runcompare.metrics.min_effect import parse_min_effect

        try:
            return str(parse_min_effect(value))
        except UsageError as error:
            self.fail(f"{error.message} {error.hint}", param, ctx)


EFFECT = Effect()


def metric_options(command: F) -> F:
    """`--metric`, `--direction`, `--scale`, `--value` and `--min-effect`: what to judge by, and how."""
    effect = click.option(
        "--min-effect",
        type=EFFECT,
        metavar="2%|0.5pt|0.01|1sd",
        help="Smallest effect worth acting on: of the baseline's level, points of a share, in the metric's units, "
        "or of its noise. Without one nothing is called equivalent.",
    )
    return value_options(effect(command))


def value_options(command: F) -> F:
    """`--metric`, `--direction`, `--scale` and `--value`: which value of a run counts, and what it means."""
    for option in (
        click.option(
            "--value",
            default="final",
            show_default=True,
            metavar="RULE",
            help="What stands for a run: final, best, best-by:KEY, mean-last:10% or auc.",
        ),
        click.option(
            "--scale",
            type=click.Choice(["log", "logit", "linear"]),
            help="Compare ratios, odds of a share, or plain differences.  [default: by the metric's meaning]",
        ),
        click.option(
            "--direction",
            type=click.Choice(["min", "max"]),
            help="Whether low or high is better.  [default: as the runs or the metric's name say]",
        ),
        click.option(
            "--metric",
            shell_complete=complete_metric,
            help="The metric to judge by, as the runs log it.  [default: the most telling one]",
        ),
    ):
        command = option(command)
    return command


def decision_options(command: F) -> F:
    """What decides a comparison of two sides beside its metric: error rate, prices, noise, guardrails, replicates,
    pairs, and whether sides that are not comparable are compared all the same."""
    for option in (
        click.option("--force", is_flag=True, help="Go on where the sides are not comparable."),
        click.option(
            "--ignore",
            multiple=True,
            metavar="KEY",
            help="A setting, section or pattern that differs and is no cause, such as logging or data.cache*.",
        ),
        pair_option,
        click.option(
            "--replicate-key",
            multiple=True,
            metavar="KEY",
            help="A setting besides the seed in which replicates may differ, such as fold.",
        ),
        click.option(
            "--guardrail",
            "guardrails",
            multiple=True,
            metavar="KEY[:min|:max][:MARGIN]",
            help="A metric that must not get worse, or not by a margin that must be ruled out: acc:max:0.5pt, "
            "latency:min:2%.",
        ),
        noise_library_option,
        click.option(
            "--noise-from",
            multiple=True,
            metavar="REF",
            shell_complete=complete_reference,
            help="Take the noise from these replicated groups.",
        ),
        click.option("--noise-cv", type=FRACTION, help="State the seed-to-seed noise by hand, relative to the metric."),
        price_options,
        click.option("--alpha", type=FRACTION, help="Error rate of the verdict.  [default: 5%]"),
    ):
        command = option(command)
    return command


def pair_option(command: F) -> F:
    """`--pair-by`: what runs of both sides share."""
    return click.option(
        "--pair-by",
        metavar="seed|none|KEY",
        help="Runs of both sides with the same seed, or setting (fold, task), are pairs, and the verdict is theirs.  "
        "[default: by seed, where the logs show that pairs started alike and earlier ones that it helps]",
    )(command)


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


def looks_options(command: F) -> F:
    """`--looks FILE` and `--looked`: how often was this comparison looked at?"""
    for option in (
        click.option(
            "--looked", is_flag=True, help="There was a look before that is not in the ledger: it took the error rate."
        ),
        click.option(
            "--looks",
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help="Keep count of looks at these two sides in FILE, so that all of them share the error rate.",
        ),
    ):
        command = option(command)
    return command


def noise_library_option(command: F) -> F:
    """`--noise-library/--no-noise-library`; None when not given."""
    return click.option(
        "--noise-library/--no-noise-library",
        default=None,
        help="Judge one run a side without history by other people's runs of its kind, which calls nothing more than "
        "likely.  [default: on]",
    )(command)


def runs_option(command: F) -> F:
    """`--runs FOLDER`, as often as wanted; None when not given. `--pattern` tells how text logs are read."""
    pattern = click.option(
        "--pattern",
        metavar="REGEX",
        expose_value=False,
        callback=_use_pattern,
        help="Read text logs by this: each line that matches is a row, each named group a column, such as "
        r"'step (?P<step>\d+) loss (?P<loss>\S+)'.",
    )
    option = click.option(
        "--runs",
        type=click.Path(exists=True, path_type=Path),
        multiple=True,
        callback=lambda ctx, param, value: value or None,
        help="Look for runs in this folder.  [default: settings, else here]",
    )
    return option(pattern(command))


def _use_pattern(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    """The flag's pattern, else that of the settings, goes into the environment, so that workers have it as well."""
    from runcompare.settings import load
    from runcompare.sources.pattern.pattern import VARIABLE, checked_pattern, use_setting

    if value:
        os.environ[VARIABLE] = checked_pattern(value)
    else:
        use_setting(lambda: load().pattern)


def secrets_option(command: F) -> F:
    """`--show-secrets`, for as long as the command runs; not passed on."""
    return click.option(
        "--show-secrets",
        is_flag=True,
        expose_value=False,
        callback=_show_secrets,
        help="Don't redact what looks like a secret. Never with the store.",
    )(command)


def _show_secrets(ctx: click.Context, param: click.Parameter, is_given: bool) -> None:
    if is_given:
        from runcompare.records.redact import secrets_shown

        ctx.with_resource(secrets_shown())


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
        from runcompare.cli.printing import messages

        chosen = settings.load()
        messages(chosen.ignored)
        return chosen.store
    return value if is_url(value) else Path(value).expanduser()
