"""At which prices."""

from typing import TYPE_CHECKING

from runcompare import settings as settings_file

if TYPE_CHECKING:
    from runcompare.costs import PriceBook

__all__ = ["price_book"]


def price_book(
    *, gpu_price: float | None = None, cpu_price: float | None = None, cloud: str | None = None, spot: bool = False
) -> "PriceBook":
    """The dated price book under the user's own prices: those given here, then those of the settings.

    Args:
        gpu_price, cpu_price: USD per hour of an accelerator, whatever it is, and of a CPU thread.
        cloud: Go by this cloud's prices only.
        spot: Go by spot prices.

    Raises:
        UsageError: For a price that is not above 0, or a cloud that the book does not know.
    """
    from runcompare.costs.prices import book

    chosen = settings_file.load()
    return book.price_book(chosen, gpu_price=gpu_price, cpu_price=cpu_price, cloud=cloud, spot=spot)
