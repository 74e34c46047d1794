"""`runcompare cost`, `runcompare prices` and `runcompare forecast`."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from runcompare.cli.completion import reference_argument
from runcompare.cli.options import price_options, runs_option
from runcompare.errors import ConfigError, RuncompareError, RunNotFound, UsageError

if TYPE_CHECKING:
    from runcompare.costs import PriceBook
    from runcompare.records.run import Group, Run

__all__ = ["cost", "forecast", "prices"]

F = TypeVar("F", bound=Callable[..., Any])


def _price_options(command: F) -> F:
    for option in (
        click.option("--spot", is_flag=True, help="Go by spot prices."),
        click.option("--cloud", help="Go by one cloud's prices."),
        price_options,
        click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True),
    ):
        command = option(command)
    return command


@click.command()
@reference_argument("references", metavar="REF...", nargs=-1, required=True)
@click.option("--region", help="Country of the power grid, two letters.  [default: world average]")
@click.option("--metric", help="Judge by this metric; also what it cost to reach a value of it.")
@click.option("--target", type=float, help="The value to reach.  [default: what the last reference ended with]")
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Draw cost against --metric as a PNG.")
@_price_options
@runs_option
def cost(
    references: Sequence[str],
    region: str | None,
    metric: str | None,
    target: float | None,
    plot: Path | None,
    format_: str,
    runs: Sequence[Path] | None,
    **prices: Any,
) -> None:
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
    from runcompare.comparison import cost_report as quality
    from runcompare.comparison.cost_report import all_waste
    from runcompare.costs import group_ledger, ledger, ratio
    from runcompare.reporting import costs as tables
    from runcompare.reporting import frontier_plot

    if metric is None and (target is not None or plot is not None):
        raise UsageError("--target and --plot need --metric.", hint="Name the metric, such as --metric eval/nrmse.")
    book = _book(**prices)
    groups = _labelled([api.load(reference, runs=list(runs) if runs else None) for reference in references])
    _say(note for group in groups.values() for note in group.notes)
    ledgers = {name: [ledger(run, book, region=region) for run in group.runs] for name, group in groups.items()}
    *others, last = groups
    against = {name: {field: ratio(ledgers[name], ledgers[last], field) for field in RATIOS} for name in others}
    lost = all_waste(groups, ledgers, metric, book)
    equal = quality.at_equal_quality(groups, metric, book)
    reached, choices = quality.by_metric(groups, ledgers, metric, target, book) if metric else ({}, [])
    if metric and plot is not None and choices:
        frontier_plot.draw(choices, groups, ledgers, metric, plot)
        _say([f"wrote {plot}"])
    if format_ == "json":
        parts = [{**tables.ledger_json(n, x, group_ledger(x)), "waste": lost[n]} for n, x in ledgers.items()]
        compared = [{"candidate": name, "baseline": last, "ratios": found} for name, found in against.items()]
        more = {"to_target": reached, "frontier": choices} if metric else {}
        click.echo(tables.as_json({"groups": parts, "ratios": compared, "iso_quality": equal, **more}), nl=False)
        return
    texts = [tables.group_text(name, group_ledger(x)) for name, x in ledgers.items()]
    texts += [tables.ratios_text(name, last, found) for name, found in against.items()]
    texts += [tables.waste_text(lost)] if any(lost.values()) else []
    texts += [tables.iso_text(found) for found in equal]
    shown = len(groups) == 2 and any(t.target == equal[0].target for t in reached.values() if equal)
    texts += [tables.target_text(reached)] if reached and not shown else []
    texts += [tables.frontier_text(choices, frontier_plot.COST_AXIS, metric)] if metric and len(choices) > 1 else []
    click.echo("\n".join(texts), nl=False)


def _labelled(groups: "Sequence[Group]") -> "dict[str, Group]":
    """Groups by label; the reference, and then a number, tells apart those of one label."""
    named: dict[str, Group] = {}
    for group in groups:
        name = group.label if group.label not in named else group.reference
        while name in named:
            name += "'"
        named[name] = group
    return named


RATIOS = ("wall", "train.wall", "eval.wall", "device_hours", "energy", "money")


@click.command()
@click.option("--gpu", help="One accelerator, by any name that trackers give it.")
@_price_options
def prices(gpu: str | None, format_: str, **options: Any) -> None:
    """The dated price book, USD per device-hour, and what a device is charged at.

    \b
    Examples:
      runcompare prices --gpu A100
      runcompare prices --cloud gcp --format json
    """
    from runcompare.reporting import costs as tables

    book = _book(**options)
    offers = book.select(gpu, book.cloud)
    used = book.price(gpu) if gpu else None
    _say([warning] if gpu and (warning := book.warning(gpu)) else [])
    if format_ == "json":
        click.echo(tables.as_json({"price": used, "offers": offers}), nl=False)
        return
    click.echo(tables.prices_text(offers), nl=False)
    if used is not None:
        spread = f" ({used.low:.4g} to {used.high:.4g})" if used.is_range else ""
        charged = "no price" if used.value is None else f"{used.value:.4g}{spread} {used.unit}"
        click.echo(f"\ncharged: {charged}\n  {used.provenance}: {used.source}")


@click.command()
@click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--like", multiple=True, metavar="REF", help="Go by these runs.  [default: all there are]")
@_price_options
@runs_option
def forecast(config: Path, like: Sequence[str], format_: str, runs: Sequence[Path] | None, **prices: Any) -> None:
    """What a run of CONFIG (a YAML file) will cost, from runs that were measured on the same hardware.

    \b
    Examples:
      runcompare forecast examples/v3.yaml
      runcompare forecast new.yaml --like baseline32 --like hjnqclgk --gpu-price 2.10
    """
    from runcompare.costs import forecast as cast_forecast
    from runcompare.reporting import costs as tables

    wanted = _resolved(config)
    cast = cast_forecast(wanted, _runs(like, runs), _book(**prices))
    if format_ == "json":
        click.echo(tables.as_json(cast), nl=False)
    else:
        click.echo(tables.forecast_text(config.name, cast), nl=False)


def _book(gpu_price: float | None, cpu_price: float | None, cloud: str | None, spot: bool) -> "PriceBook":
    from runcompare import settings
    from runcompare.costs import PriceBook

    chosen = settings.load()
    flat = gpu_price if gpu_price is not None else chosen.gpu_price
    cpu = cpu_price if cpu_price is not None else chosen.cpu_price
    return PriceBook.load(chosen.prices, flat, cpu, cloud=cloud, spot=spot)


def _runs(like: Sequence[str], folders: Sequence[Path] | None) -> "list[Run]":
    """The runs named, else all that can be read."""
    from runcompare import api, settings
    from runcompare.references.resolve import resolve
    from runcompare.sources import list_runs

    if like:
        groups = [api.load(reference, runs=list(folders) if folders else None) for reference in like]
        return [run for group in groups for run in group.runs]
    roots = folders or settings.load().runs
    found: list[Run] = []
    for info in list_runs(roots).runs:
        try:
            found += resolve(f"id:{info.id}", roots=roots).runs
        except RuncompareError as error:
            _say([error.message])
    if not found:
        raise RunNotFound("There are no runs to go by.", hint="Say where yours are with --runs FOLDER.")
    return found


def _resolved(path: Path) -> Mapping[str, Any]:
    """A config as the engine would run it; as it stands where it is no config of the engine's."""
    from runcompare.engine.config.read import load_config, to_dict

    plain = _yaml(path)
    try:
        return to_dict(load_config(path))
    except ConfigError as error:
        _say([f"{error.message} Taken as another program's config."])
        return plain


def _yaml(path: Path) -> Mapping[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigError(f"{path} can't be read as YAML: {reason}.", hint="Mend the file.") from None
    if not isinstance(content, Mapping):
        raise ConfigError(f"{path} holds no configuration.", hint="A configuration is a table of settings.")
    return content


def _say(notes: Any) -> None:
    from runcompare.reporting.escape import clean

    for note in notes:
        click.echo(f"runcompare: {clean(note)}", err=True)
