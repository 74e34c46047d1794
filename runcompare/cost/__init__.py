"""What runs cost: ledgers with a source on every number, prices, forecasts and cost to target.

Every figure says whether it was measured, derived, reported, estimated, assumed or is missing, and a total is as weak
as its weakest part. Names load when they are used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runcompare.cost.forecasting import Forecast as Forecast
    from runcompare.cost.forecasting import ForecastLine as ForecastLine
    from runcompare.cost.forecasting import forecast as forecast
    from runcompare.cost.groups import GroupLedger as GroupLedger
    from runcompare.cost.groups import group_ledger as group_ledger
    from runcompare.cost.ledgers import Ledger as Ledger
    from runcompare.cost.ledgers import LedgerLine as LedgerLine
    from runcompare.cost.ledgers import ledger as ledger
    from runcompare.cost.prices import Offer as Offer
    from runcompare.cost.prices import PriceBook as PriceBook
    from runcompare.cost.ratios import ratio as ratio

_HOME = {
    "Forecast": "runcompare.cost.forecasting",
    "ForecastLine": "runcompare.cost.forecasting",
    "GroupLedger": "runcompare.cost.groups",
    "Ledger": "runcompare.cost.ledgers",
    "LedgerLine": "runcompare.cost.ledgers",
    "Offer": "runcompare.cost.prices",
    "PriceBook": "runcompare.cost.prices",
    "forecast": "runcompare.cost.forecasting",
    "group_ledger": "runcompare.cost.groups",
    "ledger": "runcompare.cost.ledgers",
    "ratio": "runcompare.cost.ratios",
}

__all__ = [
    "Forecast",
    "ForecastLine",
    "GroupLedger",
    "Ledger",
    "LedgerLine",
    "Offer",
    "PriceBook",
    "forecast",
    "group_ledger",
    "ledger",
    "ratio",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'runcompare.cost' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
