"""The offers of the shipped price book, and the price that they come to.

`gpu_prices.csv` holds list prices of accelerators, `cpu_prices.csv` what one vCPU, which is one thread, of general and
compute machines costs (2 to 4 GB a vCPU, no burstable or free ones).
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from statistics import median

from runcompare.records.figure import Figure, Provenance

__all__ = ["UNIT", "Offer", "price_of", "shipped_offers"]

UNIT = "USD/device-hour"


@dataclass(frozen=True, slots=True)
class Offer:
    """One line of the book: what one cloud asked for one accelerator on one day, USD per device-hour."""

    accelerator: str
    cloud: str
    on_demand_min: float | None
    on_demand: float | None  # median over the cloud's offers
    spot_min: float | None
    spot: float | None
    n_offers: int
    snapshot: date | None
    source: str

    def price(self, spot: bool) -> float | None:
        """What the cloud asked, on demand or spot; None if it did not offer that."""
        return self.spot if spot else self.on_demand


@cache
def shipped_offers() -> tuple[Offer, ...]:
    """Every line of the shipped book."""
    offers: list[Offer] = []
    for name in ("gpu_prices.csv", "cpu_prices.csv"):
        with (files("runcompare.costs.prices") / name).open(encoding="utf-8") as file:
            offers += map(_offer, csv.DictReader(file))
    return tuple(offers)


def _offer(row: Mapping[str, str]) -> Offer:
    def number(column: str) -> float | None:
        return float(row[column]) if row[column] else None

    taken = row["snapshot_date"]
    return Offer(
        row["accelerator"],
        row["cloud"],
        number("on_demand_usd_per_gpu_hour_min"),
        number("on_demand_usd_per_gpu_hour_median"),
        number("spot_usd_per_gpu_hour_min"),
        number("spot_usd_per_gpu_hour_median"),
        int(row["n_offers"]),
        date.fromisoformat(taken) if taken[:1].isdigit() else None,
        row["source"],
    )


def price_of(offers: Sequence[Offer], keys: Sequence[str], spot: bool) -> Figure:
    """The median over clouds of each cloud's median offer, with the spread over clouds.

    Args:
        offers: one or more that have the price asked for.
        keys: the accelerators' names in the book.
        spot: whether to go by spot prices.
    """
    asked: dict[tuple[str, str], list[float]] = {}
    for offer in offers:
        if (price := offer.price(spot)) is not None:
            asked.setdefault((offer.cloud, offer.accelerator), []).append(price)
    # collections overlap: a cloud that is in both counts once
    prices = [median(values) for values in asked.values()]
    clouds = len({cloud for cloud, _ in asked})
    dates = sorted(str(d) for d in {o.snapshot for o in offers} if d)
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}" if dates else "unknown date"
    n = sum(o.n_offers for o in offers)
    kind = "spot" if spot else "on demand"
    source = (
        f"price book, {' or '.join(keys)} {kind}: median of {clouds} cloud{'s' * (clouds != 1)}, "
        f"{n} offer{'s' * (n != 1)}, {when}, list prices"
    )
    return Figure(median(prices), UNIT, min(prices), max(prices), Provenance.ASSUMED, source)
