"""What runs cost, and what more would."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from runcompare import settings as settings_file
from runcompare.api.loading import load
from runcompare.api.prices import price_book
from runcompare.api.two_sides import compare
from runcompare.errors import UsageError
from runcompare.inputs.groups import Folders, Reference, roots_of
from runcompare.inputs.surroundings import Found, readable_runs

if TYPE_CHECKING:
    from runcompare.comparison.cost_report import CostReport
    from runcompare.comparison.planning import Plan
    from runcompare.costs import Forecast

__all__ = ["cost", "forecast", "plan"]


def cost(
    *references: Reference,
    runs: Folders = None,
    metric: str | None = None,
    direction: Literal["min", "max"] | None = None,
    target: float | None = None,
    region: str | None = None,
    gpu_price: float | None = None,
    cpu_price: float | None = None,
    cloud: str | None = None,
    spot: bool = False,
) -> "CostReport":
    """What groups of runs cost: time, device-hours, energy, money and CO2 by stage, each figure with its source.

    With several references, all but the last are also compared with the last one.

    Args:
        references: Runs as `load` takes them, at least one.
        runs: Folders to look in; those of the settings by default.
        metric: Judge by this metric, and say what it cost to reach `target`.
        direction: Whether low ("min") or high ("max") values of `metric` are better, where that is not known.
        target: The value to reach; by default what the last reference ended with.
        region: Country of the power grid, two letters; the world's average by default.
        gpu_price, cpu_price, cloud, spot: As those of `price_book`.

    Returns:
        Ledgers, ratios, waste, cost at equal quality and to the target, and the frontier of cost and quality.

    Raises:
        UsageError: For a target without a metric, or a metric, a region, a price or a cloud that is none.
        RuncompareError: The errors of `load`.
    """
    from runcompare.comparison.cost_report import cost_report
    from runcompare.metrics.override import Override

    overrides = dict(settings_file.load().metrics)
    if metric is not None and direction is not None:
        overrides[metric] = Override(direction=direction, source="--direction")
    book = price_book(gpu_price=gpu_price, cpu_price=cpu_price, cloud=cloud, spot=spot)
    groups = [load(reference, runs=runs) for reference in references]
    return cost_report(groups, book, metric=metric, target=target, region=region, overrides=overrides)


def plan(
    candidate: Reference, baseline: Reference, *, power: float = 0.8, budget: float | None = None, **options: Any
) -> "Plan":
    """What it would cost to know: seeds a side, device-hours and money for a range of effects.

    Args:
        candidate, baseline: Runs as `load` takes them.
        power: The chance to see an effect that is there.
        budget: USD for the runs still to come; the plan then says which effects it resolves.
        options: Those of `compare`.

    Raises:
        DataError: If nothing is known of the noise, or relative effects of the metric can't be planned for.
        UsageError: For a power outside (0, 1), a budget not above 0, and as `compare`.
    """
    from runcompare.comparison.planning import make_plan

    if options.get("looks") or options.get("keep"):
        raise UsageError("A plan is no look, and keeps nothing.", hint="Leave looks and keep to compare and report.")
    return make_plan(compare(candidate, baseline, **options), power=power, budget=budget)


def forecast(
    config: str | Path | Mapping[str, Any],
    *,
    like: Sequence[Reference] = (),
    runs: Folders = None,
    gpu_price: float | None = None,
    cpu_price: float | None = None,
    cloud: str | None = None,
    spot: bool = False,
) -> "Forecast":
    """What a run of a configuration will cost, from runs that were measured on the same hardware.

    Args:
        config: The path of a YAML file, or the settings themselves. The file of a configuration of our engine is
            filled up with the engine's defaults.
        like: The runs to go by; all that can be read by default.
        runs: Folders to look in; those of the settings by default.
        gpu_price, cpu_price, cloud, spot: As those of `price_book`.

    Returns:
        Time, device-hours and money by stage. Runs that could not be read are among its notes.

    Raises:
        ConfigError: If the file holds no configuration.
        RunNotFound: If there is no run to go by, and the other errors of `load`.
    """
    from runcompare.costs import forecast as forecast_cost
    from runcompare.lab.configs import FullConfig, full_config

    wanted = FullConfig(config) if isinstance(config, Mapping) else full_config(Path(config))
    book = price_book(gpu_price=gpu_price, cpu_price=cpu_price, cloud=cloud, spot=spot)
    found = _named(like, runs) if like else readable_runs(roots_of(runs))
    expected = forecast_cost(wanted.settings, found.runs, book)
    return replace(expected, notes=(*wanted.warnings, *found.warnings, *expected.notes))


def _named(references: Sequence[Reference], runs: Folders) -> Found:
    groups = [load(reference, runs=runs) for reference in references]
    return Found(
        tuple(run for group in groups for run in group.runs), tuple(note for group in groups for note in group.notes)
    )
