"""What runs cost: ledgers with a source on every number, prices, forecasts and cost to target.

Every figure is measured, derived, reported, estimated, assumed or missing, with its source, and a total is as weak as
its weakest part. Names load when they are used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runcompare.costs.forecasts.forecast import Forecast as Forecast
    from runcompare.costs.forecasts.forecast import ForecastLine as ForecastLine
    from runcompare.costs.forecasts.forecast import forecast as forecast
    from runcompare.costs.group_ledgers import GroupLedger as GroupLedger
    from runcompare.costs.group_ledgers import group_ledger as group_ledger
    from runcompare.costs.group_ledgers import mean_cost as mean_cost
    from runcompare.costs.ledgers import Ledger as Ledger
    from runcompare.costs.ledgers import LedgerLine as LedgerLine
    from runcompare.costs.ledgers import figure_of as figure_of
    from runcompare.costs.ledgers import ledger as ledger
    from runcompare.costs.prices.book import PriceBook as PriceBook
    from runcompare.costs.prices.book import price_book as price_book
    from runcompare.costs.prices.offers import Offer as Offer
    from runcompare.costs.quality.cost_curve import CostCurve as CostCurve
    from runcompare.costs.quality.cost_curve import cost_curve as cost_curve
    from runcompare.costs.quality.frontier import Choice as Choice
    from runcompare.costs.quality.frontier import frontier as frontier
    from runcompare.costs.quality.targets import Arrival as Arrival
    from runcompare.costs.quality.targets import IsoQuality as IsoQuality
    from runcompare.costs.quality.targets import TargetCost as TargetCost
    from runcompare.costs.quality.targets import cost_to_target as cost_to_target
    from runcompare.costs.quality.targets import final_value as final_value
    from runcompare.costs.quality.targets import iso_quality as iso_quality
    from runcompare.costs.ratios import ratio as ratio
    from runcompare.costs.wasted.in_groups import search_waste as search_waste
    from runcompare.costs.wasted.in_groups import seed_waste as seed_waste
    from runcompare.costs.wasted.in_run import Waste as Waste
    from runcompare.costs.wasted.in_run import waste as waste

_HOME = {
    "Arrival": "runcompare.costs.quality.targets",
    "Choice": "runcompare.costs.quality.frontier",
    "CostCurve": "runcompare.costs.quality.cost_curve",
    "Forecast": "runcompare.costs.forecasts.forecast",
    "ForecastLine": "runcompare.costs.forecasts.forecast",
    "GroupLedger": "runcompare.costs.group_ledgers",
    "IsoQuality": "runcompare.costs.quality.targets",
    "Ledger": "runcompare.costs.ledgers",
    "LedgerLine": "runcompare.costs.ledgers",
    "Offer": "runcompare.costs.prices.offers",
    "PriceBook": "runcompare.costs.prices.book",
    "TargetCost": "runcompare.costs.quality.targets",
    "Waste": "runcompare.costs.wasted.in_run",
    "cost_curve": "runcompare.costs.quality.cost_curve",
    "cost_to_target": "runcompare.costs.quality.targets",
    "figure_of": "runcompare.costs.ledgers",
    "final_value": "runcompare.costs.quality.targets",
    "forecast": "runcompare.costs.forecasts.forecast",
    "frontier": "runcompare.costs.quality.frontier",
    "group_ledger": "runcompare.costs.group_ledgers",
    "iso_quality": "runcompare.costs.quality.targets",
    "ledger": "runcompare.costs.ledgers",
    "mean_cost": "runcompare.costs.group_ledgers",
    "price_book": "runcompare.costs.prices.book",
    "ratio": "runcompare.costs.ratios",
    "search_waste": "runcompare.costs.wasted.in_groups",
    "seed_waste": "runcompare.costs.wasted.in_groups",
    "waste": "runcompare.costs.wasted.in_run",
}

__all__ = [
    "Arrival",
    "Choice",
    "CostCurve",
    "Forecast",
    "ForecastLine",
    "GroupLedger",
    "IsoQuality",
    "Ledger",
    "LedgerLine",
    "Offer",
    "PriceBook",
    "TargetCost",
    "Waste",
    "cost_curve",
    "cost_to_target",
    "figure_of",
    "final_value",
    "forecast",
    "frontier",
    "group_ledger",
    "iso_quality",
    "ledger",
    "mean_cost",
    "price_book",
    "ratio",
    "search_waste",
    "seed_waste",
    "waste",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'runcompare.costs' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
