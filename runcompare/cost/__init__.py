"""What runs cost: ledgers with a source on every number, prices, forecasts and cost to target.

Every figure says whether it was measured, derived, reported, estimated, assumed or is missing, and a total is as weak
as its weakest part. Names load when they are used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runcompare.cost.equal_quality import IsoQuality as IsoQuality
    from runcompare.cost.equal_quality import iso_quality as iso_quality
    from runcompare.cost.forecasting import Forecast as Forecast
    from runcompare.cost.forecasting import ForecastLine as ForecastLine
    from runcompare.cost.forecasting import forecast as forecast
    from runcompare.cost.frontiers import Choice as Choice
    from runcompare.cost.frontiers import frontier as frontier
    from runcompare.cost.groups import GroupLedger as GroupLedger
    from runcompare.cost.groups import group_ledger as group_ledger
    from runcompare.cost.ledgers import Ledger as Ledger
    from runcompare.cost.ledgers import LedgerLine as LedgerLine
    from runcompare.cost.ledgers import ledger as ledger
    from runcompare.cost.picture import draw_frontier as draw_frontier
    from runcompare.cost.prices import Offer as Offer
    from runcompare.cost.prices import PriceBook as PriceBook
    from runcompare.cost.progress import CostCurve as CostCurve
    from runcompare.cost.progress import cost_curve as cost_curve
    from runcompare.cost.ratios import ratio as ratio
    from runcompare.cost.surplus import search_waste as search_waste
    from runcompare.cost.surplus import seed_waste as seed_waste
    from runcompare.cost.targets import Arrival as Arrival
    from runcompare.cost.targets import TargetCost as TargetCost
    from runcompare.cost.targets import cost_to_target as cost_to_target
    from runcompare.cost.targets import final_value as final_value
    from runcompare.cost.wasted import Waste as Waste
    from runcompare.cost.wasted import waste as waste

_HOME = {
    "Arrival": "runcompare.cost.targets",
    "Choice": "runcompare.cost.frontiers",
    "CostCurve": "runcompare.cost.progress",
    "Forecast": "runcompare.cost.forecasting",
    "ForecastLine": "runcompare.cost.forecasting",
    "GroupLedger": "runcompare.cost.groups",
    "IsoQuality": "runcompare.cost.equal_quality",
    "Ledger": "runcompare.cost.ledgers",
    "LedgerLine": "runcompare.cost.ledgers",
    "Offer": "runcompare.cost.prices",
    "PriceBook": "runcompare.cost.prices",
    "TargetCost": "runcompare.cost.targets",
    "Waste": "runcompare.cost.wasted",
    "cost_curve": "runcompare.cost.progress",
    "cost_to_target": "runcompare.cost.targets",
    "draw_frontier": "runcompare.cost.picture",
    "final_value": "runcompare.cost.targets",
    "forecast": "runcompare.cost.forecasting",
    "frontier": "runcompare.cost.frontiers",
    "group_ledger": "runcompare.cost.groups",
    "iso_quality": "runcompare.cost.equal_quality",
    "ledger": "runcompare.cost.ledgers",
    "ratio": "runcompare.cost.ratios",
    "search_waste": "runcompare.cost.surplus",
    "seed_waste": "runcompare.cost.surplus",
    "waste": "runcompare.cost.wasted",
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
    "draw_frontier",
    "final_value",
    "forecast",
    "frontier",
    "group_ledger",
    "iso_quality",
    "ledger",
    "ratio",
    "search_waste",
    "seed_waste",
    "waste",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'runcompare.cost' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
