"""The price book and the prices that win over it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pytest

from runcompare.costs import PriceBook, price_book
from runcompare.errors import ConfigError, UsageError
from runcompare.records.figure import Provenance


def test_the_book_ships_with_sources_and_dates() -> None:
    offers = list(PriceBook.load().select())
    assert len(offers) > 100
    assert all(o.source for o in offers)
    assert all(o.on_demand is not None or o.spot is not None for o in offers)


def test_an_open_memory_size_covers_both() -> None:
    book = PriceBook.load()
    either, small, large = (book.price(n) for n in ("A100", "A100-40GB", "A100-80GB"))
    assert either.low == min(small.low or 9, large.low or 9)
    assert either.high == max(small.high or 0, large.high or 0)


def test_a_cloud_and_spot_are_chosen() -> None:
    book = PriceBook.load()
    assert book.price("NVIDIA H100 80GB HBM3", cloud="gcp").value == 10.55
    assert book.price("NVIDIA H100 80GB HBM3", cloud="azure", spot=True).value == 1.7805
    assert book.price("NVIDIA H100 80GB HBM3", cloud="gcp", spot=True).is_missing
    with pytest.raises(UsageError, match="no cloud 'gpc'"):
        book.price("NVIDIA H100 80GB HBM3", cloud="gpc")


def test_an_unknown_device_has_no_price_and_says_why() -> None:
    price = PriceBook.load().price("Frobnicator 9000")
    assert price.is_missing
    assert "Frobnicator 9000" in price.source


def test_the_users_prices_win() -> None:
    own = {"A100": 1.5, "NVIDIA H100 80GB HBM3": 2.5, "Frobnicator 9000": 3.5}
    book = PriceBook.load(own)
    assert book.price("NVIDIA A100-SXM4-80GB").value == 1.5
    assert book.price("nvidia h100 80gb hbm3").value == 2.5
    assert book.price("Frobnicator 9000").value == 3.5
    assert book.price("Tesla T4").provenance is Provenance.ASSUMED
    assert PriceBook.load(own, flat=9.0).price("NVIDIA A100-SXM4-80GB").value == 9.0


def test_the_narrowest_of_the_users_prices_wins() -> None:
    book = PriceBook.load({"A100": 1.0, "A100-80GB": 2.0})
    assert book.price("NVIDIA A100-SXM4-80GB").value == 2.0
    assert book.price("NVIDIA A100-SXM4-40GB").value == 1.0
    # a price of one size is none of a name that leaves the size open
    assert PriceBook.load({"A100-80GB": 2.0}).price("A100").value != 2.0


def test_cpu_prices_are_the_users_else_the_books() -> None:
    book = PriceBook.load(flat=2.0).cpu_price()
    assert (book.value, book.low, book.high) == (0.048, 0.023, 0.04855)
    assert "CPU-thread" in book.source
    assert PriceBook.load(cloud="lambda").cpu_price().is_missing
    assert PriceBook.load({"cpu": 0.04}).cpu_price().value == 0.04
    assert PriceBook.load({"cpu": 0.04}, cpu=0.05).cpu_price().value == 0.05


@pytest.mark.parametrize("bad", [0, -1.0, float("nan"), float("inf")])
def test_prices_must_be_above_zero(bad: float) -> None:
    with pytest.raises(UsageError, match="--gpu-price"):
        PriceBook.load(flat=bad)
    with pytest.raises(UsageError, match="--cpu-price"):
        PriceBook.load(cpu=bad)
    with pytest.raises(ConfigError, match="'A100'"):
        PriceBook.load({"A100": bad})


def test_other_currencies_are_refused() -> None:
    with pytest.raises(ConfigError, match="EUR") as error:
        PriceBook.load({"A100": "2.1 EUR"})  # type: ignore[dict-item]
    assert "USD" in error.value.hint


def test_old_prices_warn_unless_they_are_the_users() -> None:
    device, later = "NVIDIA H100 80GB HBM3", date(2027, 9, 1)
    assert "360 days old" in PriceBook.load().warning(device, later)
    assert not PriceBook.load().warning(device, date(2026, 9, 30))
    assert not PriceBook.load(flat=2.0).warning(device, later)
    assert not PriceBook.load({device: 2.0}).warning(device, later)


def test_selecting_an_unknown_accelerator_suggests_one() -> None:
    with pytest.raises(UsageError, match="no accelerator 'H1000'") as error:
        PriceBook.load().select("H1000")
    assert "H100" in error.value.hint


@dataclass(frozen=True)
class Chosen:
    """The settings of a project."""

    gpu_price: float | None = None
    cpu_price: float | None = 0.07
    prices: Mapping[str, float] = field(default_factory=lambda: {"T4": 0.4})


def test_prices_given_here_win_over_the_settings() -> None:
    assert price_book(Chosen()).price("Tesla T4").value == 0.4
    assert price_book(Chosen(gpu_price=3.0)).price("Tesla T4").value == 3.0
    assert price_book(Chosen(gpu_price=3.0), gpu_price=5.0).price("Tesla T4").value == 5.0
    assert price_book(Chosen()).cpu_price().value == 0.07
    assert price_book(Chosen(prices={}), cloud="azure", spot=True).price("NVIDIA H100 80GB HBM3").value == 1.7805


def test_a_price_of_zero_is_a_mistake_not_a_price_left_out() -> None:
    with pytest.raises(UsageError, match="--gpu-price is 0"):
        price_book(Chosen(gpu_price=3.0), gpu_price=0.0)
