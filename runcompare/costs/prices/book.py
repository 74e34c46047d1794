"""The dated price book, and the prices that win over it.

The shipped book holds list prices of single days from two public collections, not verified: a default with a date,
never a silent truth. Prices are USD per device-hour; a CPU's device is one thread.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from runcompare.costs.prices.devices import identify
from runcompare.costs.prices.offers import UNIT, Offer, price_of, shipped_offers
from runcompare.errors import ConfigError, UsageError, did_you_mean
from runcompare.records.figure import Figure, Provenance

__all__ = ["PriceBook", "PriceSettings", "price_book"]

OLD_DAYS = 180
CPU_THREAD = "CPU-thread"
_CPU_NAMES = ("cpu", "cpu-thread")
NO_CPU_PRICE = "the price book has no such price of a CPU thread: pass --cpu-price"


@dataclass(frozen=True, slots=True)
class PriceBook:
    """The user's prices first, then the book's. `flat` holds for all accelerators, `cpu` for one CPU thread; `cloud`
    and `spot` say which of the book's offers to go by."""

    offers: tuple[Offer, ...]
    own: Mapping[str, float] = field(default_factory=dict)
    flat: float | None = None
    cpu: float | None = None
    cloud: str | None = None
    spot: bool = False

    @classmethod
    def load(
        cls,
        own: Mapping[str, float] | None = None,
        *,
        flat: float | None = None,
        cpu: float | None = None,
        cloud: str | None = None,
        spot: bool = False,
    ) -> "PriceBook":
        """The shipped book under the user's own prices, all USD per device-hour.

        Args:
            own: prices by the device's name, or by "cpu" for a CPU thread.
            flat: the price of any accelerator; wins over `own`.
            cpu: the price of a CPU thread; wins over `own`.
            cloud: go by this cloud's offers only.
            spot: go by spot prices.

        Raises:
            ConfigError: for a price in `own` that is not above 0.
            UsageError: for another price that is not above 0, or a cloud that the book does not know.
        """
        prices = {str(device): _own_price(device, price) for device, price in (own or {}).items()}
        stated_cpu = next((price for device, price in prices.items() if device.lower() == "cpu"), None)
        flat, cpu = _checked("--gpu-price", flat), _checked("--cpu-price", cpu)
        book = cls(shipped_offers(), prices, flat, cpu if cpu is not None else stated_cpu, cloud, spot)
        book.select(cloud=cloud)
        return book

    def price(self, device_name: str, *, cloud: str | None = None, spot: bool | None = None) -> Figure:
        """USD per device-hour of the accelerator that a tracker calls `device_name`.

        The book's value is the median over clouds of each cloud's median offer; low and high are its spread over
        clouds. `cloud` and `spot` are the book's own by default. Missing, with the reason, for a device that
        neither the user nor the book knows. Raises UsageError for a cloud that the book does not know.
        """
        cloud, spot = cloud or self.cloud, self.spot if spot is None else spot
        if device_name.lower() in _CPU_NAMES:
            return self.cpu_price()
        if self.flat is not None:
            return _assumed(self.flat, "--gpu-price or the setting gpu-price")
        if (mine := self._own(device_name)) is not None:
            return mine
        device = identify(device_name)
        if device is None:
            return Figure.missing(f"the price book does not know '{device_name}': pass --gpu-price", UNIT)
        offers = [o for o in self.select(cloud=cloud) if o.accelerator in device.keys and o.price(spot) is not None]
        if not offers:
            where = f" at {cloud}" if cloud else ""
            kind = "spot" if spot else "on-demand"
            return Figure.missing(f"no {kind} offer for {' or '.join(device.keys)}{where} in the price book", UNIT)
        return price_of(offers, device.keys, spot)

    def states(self, device_name: str) -> bool:
        """Whether the price of an accelerator is the user's own."""
        return self.flat is not None or self._own(device_name) is not None

    def cpu_price(self) -> Figure:
        """USD per CPU-thread-hour: the user's price, else the book's; missing if the chosen cloud has none."""
        if self.cpu is not None:
            return _assumed(self.cpu, "--cpu-price or the setting cpu-price")
        offers = [o for o in self.offers if o.accelerator == CPU_THREAD and self.cloud in (None, o.cloud)]
        offers = [o for o in offers if o.price(self.spot) is not None]
        return price_of(offers, (CPU_THREAD,), self.spot) if offers else Figure.missing(NO_CPU_PRICE, UNIT)

    def select(self, gpu: str | None = None, cloud: str | None = None) -> tuple[Offer, ...]:
        """The offers for a device name and a cloud. Raises UsageError for a word that the book does not know."""
        clouds = {o.cloud for o in self.offers}
        if cloud is not None and cloud.lower() not in clouds:
            raise UsageError(f"The price book has no cloud '{cloud}'.", hint=_known(cloud, clouds))
        keys = None if gpu is None else self._keys(gpu)
        wanted = (o for o in self.offers if cloud is None or o.cloud == cloud.lower())
        return tuple(o for o in wanted if keys is None or o.accelerator in keys)

    def newest(self) -> date | None:
        """The day of the newest price in the book."""
        return max((o.snapshot for o in self.offers if o.snapshot is not None), default=None)

    def warning(self, device_name: str, today: date | None = None) -> str:
        """One sentence if the price of a device would come from the book and is old, else empty."""
        device = identify(device_name)
        if device is None or self.states(device_name):
            return ""
        dates = [o.snapshot for o in self.offers if o.accelerator in device.keys and o.snapshot is not None]
        age = ((today or date.today()) - max(dates)).days if dates else 0
        if age <= OLD_DAYS:
            return ""
        return f"the price book's newest price of {device_name} is of {max(dates)}, {age} days old: pass --gpu-price"

    def _keys(self, gpu: str) -> Sequence[str]:
        device = identify(gpu)
        if gpu.lower() in _CPU_NAMES:
            return (CPU_THREAD,)
        if device is None:
            known = {o.accelerator for o in self.offers}
            raise UsageError(f"The price book has no accelerator '{gpu}'.", hint=_known(gpu, known))
        return device.keys

    def _own(self, device_name: str) -> Figure | None:
        """The user's price: under the very name, else under a name of the same device; the narrowest wins."""
        folded = {name.lower(): price for name, price in self.own.items()}
        if (exact := folded.get(device_name.lower())) is not None:
            return _assumed(exact, f"your price for '{device_name}'")
        device = identify(device_name)
        if device is None:
            return None
        known = [(other, name, price) for name, price in self.own.items() if (other := identify(name))]
        fits = [(len(other.keys), name, price) for other, name, price in known if set(device.keys) <= set(other.keys)]
        if not fits:
            return None
        _, name, price = min(fits)
        return _assumed(price, f"your price for '{name}'")


class PriceSettings(Protocol):
    """What a project or user has chosen: a price for any accelerator, one for a CPU thread, and prices by device."""

    @property
    def gpu_price(self) -> float | None: ...
    @property
    def cpu_price(self) -> float | None: ...
    @property
    def prices(self) -> Mapping[str, float]: ...


def price_book(
    chosen: PriceSettings,
    *,
    gpu_price: float | None = None,
    cpu_price: float | None = None,
    cloud: str | None = None,
    spot: bool = False,
) -> PriceBook:
    """The shipped book under the user's own prices: those given here, then those of the settings.

    Args:
        chosen: the settings.
        gpu_price: USD per hour of an accelerator, whatever it is.
        cpu_price: USD per hour of a CPU thread.
        cloud: go by this cloud's offers only.
        spot: go by spot prices.

    Raises:
        ConfigError, UsageError: those of `PriceBook.load`.
    """
    # a price of 0 is a mistake that the book names, not a price left out
    gpu = chosen.gpu_price if gpu_price is None else gpu_price
    cpu = chosen.cpu_price if cpu_price is None else cpu_price
    return PriceBook.load(chosen.prices, flat=gpu, cpu=cpu, cloud=cloud, spot=spot)


def _assumed(price: float, source: str) -> Figure:
    return Figure(price, UNIT, provenance=Provenance.ASSUMED, source=source)


def _own_price(device: str, price: object) -> float:
    if isinstance(price, bool) or not isinstance(price, int | float):
        raise ConfigError(
            f"The price of '{device}' in [tool.runcompare.prices] is {price!r}.",
            hint="Prices are plain numbers, USD per device-hour; convert other currencies first.",
        )
    if not 0 < price < math.inf:
        raise ConfigError(
            f"The price of '{device}' in [tool.runcompare.prices] is {price}.", hint="It must be above 0 and finite."
        )
    return float(price)


def _checked(option: str, price: float | None) -> float | None:
    if price is not None and not 0 < price < math.inf:
        raise UsageError(f"{option} is {price:g}.", hint="It must be above 0 and finite, in USD per device-hour.")
    return price


def _known(word: str, known: Iterable[str]) -> str:
    listed = sorted(known)
    return did_you_mean(word, listed) or f"It has: {', '.join(listed)}."
