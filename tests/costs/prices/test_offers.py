"""The shipped offers, and the price that they come to."""

import csv
from datetime import date
from importlib.resources import files
from statistics import median

from runcompare.costs import PriceBook
from runcompare.costs.prices.offers import Offer, price_of, shipped_offers
from runcompare.records.figure import Provenance


def test_value_is_the_median_over_clouds_and_bounds_their_spread() -> None:
    with (files("runcompare.costs.prices") / "gpu_prices.csv").open() as file:
        rows = [r for r in csv.DictReader(file) if r["accelerator"] == "H100"]
    clouds: dict[str, list[float]] = {}
    for r in rows:
        if r["on_demand_usd_per_gpu_hour_median"]:
            clouds.setdefault(r["cloud"], []).append(float(r["on_demand_usd_per_gpu_hour_median"]))
    per_cloud = [median(v) for v in clouds.values()]
    price = PriceBook.load().price("NVIDIA H100 80GB HBM3")
    assert (price.value, price.low, price.high) == (median(per_cloud), min(per_cloud), max(per_cloud))
    assert price.provenance is Provenance.ASSUMED
    assert "2026-05-24 to 2026-09-06" in price.source
    assert f"{len(per_cloud)} clouds" in price.source


def offer(cloud: str, price: float | None, name: str = "X1", spot: float | None = None) -> Offer:
    return Offer(name, cloud, None, price, None, spot, 2, date(2026, 5, 24), "a test")


def test_a_cloud_that_is_in_two_collections_counts_once() -> None:
    price = price_of([offer("a", 1.0), offer("a", 3.0), offer("b", 8.0)], ["X1"], spot=False)
    assert (price.value, price.low, price.high) == (5, 2, 8)
    assert "median of 2 clouds, 6 offers, 2026-05-24" in price.source


def test_every_shipped_offer_has_a_price_and_a_source() -> None:
    offers = shipped_offers()
    assert len(offers) > 100
    assert all(o.source and (o.price(spot=False) or o.price(spot=True)) for o in offers)
