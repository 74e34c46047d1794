"""Sums, products and means of figures: ranges are carried, and the result is as strong as its weakest part."""

import math
from collections.abc import Iterable, Sequence

from runcompare.records.figure import Figure, Provenance
from runcompare.stats.decision import Scale
from runcompare.stats.intervals import center

__all__ = ["add", "geometric_mean", "multiply", "scale", "subtract"]


def add(parts: Iterable[Figure], unit: str, source: str) -> Figure:
    """The sum. A missing part makes the sum missing: it must not look smaller than it is."""
    figures = list(parts)
    unknown = [f for f in figures if f.is_missing]
    if unknown or not figures:
        return Figure.missing(_why_missing(unknown, len(figures)), unit)
    values = [f.value for f in figures]
    value = None if None in values else sum(v for v in values if v is not None)
    ranged = any(f.is_range for f in figures)
    low, high = (sum(map(_low, figures)), sum(map(_high, figures))) if ranged else (None, None)
    return Figure(value, unit, low, high, _weakest(figures), source)


def subtract(whole: Figure, part: Figure, source: str) -> Figure:
    """What is left of `whole` without `part`; never below 0."""
    if whole.is_missing or part.is_missing:
        return Figure.missing((whole if whole.is_missing else part).source, whole.unit)
    value = None if whole.value is None or part.value is None else max(0.0, whole.value - part.value)
    low = high = None
    if whole.is_range or part.is_range:
        low, high = max(0.0, _low(whole) - _high(part)), max(0.0, _high(whole) - _low(part))
    return Figure(value, whole.unit, low, high, _weakest([whole, part]), source)


def multiply(a: Figure, b: Figure, unit: str, source: str, *, factor: float = 1.0) -> Figure:
    """`a x b x factor` of figures that are not negative."""
    if a.is_missing or b.is_missing:
        return Figure.missing((a if a.is_missing else b).source, unit)
    value = None if a.value is None or b.value is None else a.value * b.value * factor
    low = high = None
    if a.is_range or b.is_range:
        low, high = _low(a) * _low(b) * factor, _high(a) * _high(b) * factor
    return Figure(value, unit, low, high, _weakest([a, b]), source)


def scale(figure: Figure, factor: float, source: str, unit: str | None = None) -> Figure:
    """A figure times an exact number that is not negative."""
    new_unit = figure.unit if unit is None else unit
    if figure.is_missing:
        return Figure.missing(figure.source, new_unit)
    value, low, high = (None if x is None else x * factor for x in (figure.value, figure.low, figure.high))
    return Figure(value, new_unit, low, high, _weakest([figure]), source)


def geometric_mean(parts: Sequence[Figure], what: str) -> Figure:
    """The mean of a cost over runs: the geometric one, which is what ratios of costs are made of.

    Missing parts are left out and counted in the source; the mean is missing if all parts are. The bounds of a range
    are the geometric means of the parts' bounds. A cost of 0 has no logarithm: the mean is then the arithmetic one,
    and called so in the source.

    Args:
        parts: figures of one unit that are not negative, one a run.
        what: where the parts come from, for the source.
    """
    known = [f for f in parts if not f.is_missing and f.mid is not None and math.isfinite(f.mid)]
    if not known:
        return Figure.missing(
            _why_missing([f for f in parts if f.is_missing], len(parts)), parts[0].unit if parts else ""
        )
    if len(parts) == 1:
        return known[0]
    scale: Scale = "log" if all((f.mid or 0.0) > 0 for f in known) else "linear"
    word = "geometric mean" if scale == "log" else "mean"
    values = [f.value for f in known if f.value is not None]
    value = center(values, scale) if len(values) == len(known) else None
    low = high = None
    if any(f.is_range for f in known):
        lows = [_low(f) for f in known]
        low = center(lows, scale) if min(lows) > 0 or scale == "linear" else 0.0
        high = center([_high(f) for f in known], scale)
    count = f"{len(known)} of {len(parts)}" if len(known) < len(parts) else str(len(parts))
    return Figure(value, known[0].unit, low, high, _weakest(known), f"{word} over {count} runs: {what}")


def _weakest(figures: Sequence[Figure]) -> Provenance:
    return Provenance.weakest(*(f.provenance for f in figures))


def _low(figure: Figure) -> float:
    return _first(figure.low, figure.value)


def _high(figure: Figure) -> float:
    return _first(figure.high, figure.value)


def _first(*numbers: float | None) -> float:
    return next((n for n in numbers if n is not None), 0.0)


def _why_missing(unknown: Sequence[Figure], n: int) -> str:
    if not unknown:
        return "nothing to add"
    why = "; ".join(dict.fromkeys(f.source for f in unknown if f.source))
    return why if len(unknown) == n else f"{why} ({len(unknown)} of {n})"
