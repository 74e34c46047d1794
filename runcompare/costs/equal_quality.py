"""What each side costs to reach one quality: the final value of the worse side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runcompare.costs.prices.book import PriceBook
from runcompare.costs.quality.targets import TargetCost, cost_to_target, final_value
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Run

__all__ = ["IsoQuality", "iso_quality"]


@dataclass(frozen=True, slots=True)
class IsoQuality:
    """`sides` by label, what each took to first be at `target`, which `worse` ended with (the mean of its runs).

    `times` is the first side's cost over the second's, of device-hours where they are known, else of time; a ratio of
    medians, missing where one is not known.
    """

    key: str
    target: float
    worse: str
    sides: Mapping[str, TargetCost]
    times: Figure


def iso_quality(
    sides: Mapping[str, Sequence[Run]], key: str, book: PriceBook, *, higher_is_better: bool = False
) -> IsoQuality | None:
    """The cost of two sides at equal quality. None if one of them has no final value of `key`. Raises ValueError
    unless there are two sides."""
    if len(sides) != 2:
        raise ValueError(f"equal quality is that of two sides, got {len(sides)}")
    finals = {label: final for label, runs in sides.items() if (final := final_value(runs, key)) is not None}
    if len(finals) < 2:
        return None
    worse = min(finals, key=lambda label: finals[label] if higher_is_better else -finals[label])
    found = {
        label: cost_to_target(runs, key, finals[worse], book, higher_is_better=higher_is_better)
        for label, runs in sides.items()
    }
    first, second = found.values()
    return IsoQuality(key, finals[worse], worse, found, _times(first, second))


def _times(first: TargetCost, second: TargetCost) -> Figure:
    for name in ("device_hours", "time"):
        a, b = getattr(first, name), getattr(second, name)
        if a.value is not None and b.value:
            return Figure(a.value / b.value, "x", provenance=Provenance.DERIVED, source=f"medians of {b.unit}")
    lacking = first.time if first.time.is_missing else second.time
    return Figure.missing(lacking.source or "no time is known", "x")
