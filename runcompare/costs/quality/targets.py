"""What it costs to first reach a quality, over seeds, when some never reach it.

A seed that ends without reaching the target is censored: it would have cost more than it did. The median and the
curve of seeds that are still short of the target are Kaplan and Meier's (1958), with log-log bounds, by
`scipy.stats.ecdf`; a median that fewer than half of the seeds reached is not known, only its lower bound.
"""

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runcompare.costs.prices.book import PriceBook
from runcompare.costs.quality.cost_curve import CostCurve, cost_curve
from runcompare.metrics.metric import Meanings, fit_scale
from runcompare.metrics.value import value
from runcompare.records.counted import counted
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Run
from runcompare.stats.intervals import center

__all__ = ["Arrival", "IsoQuality", "TargetCost", "cost_to_target", "final_value", "iso_quality"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One seed: seconds to its first value at the target, or, if not `reached`, to its end. Hours and USD likewise."""

    run_id: str
    reached: bool
    seconds: float
    device_hours: float | None
    money: float | None


@dataclass(frozen=True, slots=True)
class TargetCost:
    """Medians over seeds in s, h and USD, and the curve: after `at[i]` seconds, a share `short[i]` is short of it."""

    key: str
    target: float
    arrivals: tuple[Arrival, ...]
    time: Figure
    device_hours: Figure
    money: Figure
    at: tuple[float, ...]
    short: tuple[float, ...]
    notes: tuple[str, ...] = ()

    @property
    def reached(self) -> int:
        return sum(a.reached for a in self.arrivals)


def cost_to_target(
    runs: Sequence[Run], key: str, target: float, book: PriceBook, *, higher_is_better: bool = False
) -> TargetCost:
    """Time, device-hours and money until a metric first is at the target or better.

    Args:
        runs: the seeds of one group.
        key: the metric; one that only the summary holds is reached at the run's end, if at all.
        target: in the metric's units.
        book: what a device-hour costs.
        higher_is_better: the metric's direction.

    Returns:
        Medians over seeds. Runs without the metric or without a clock are left out, and noted.
    """
    curves = {run.id: cost_curve(run, key, book) for run in runs}
    lacking = [run_id for run_id, curve in curves.items() if curve is None]
    notes = [f"{run_id} has no {key} with a time: left out" for run_id in lacking]
    arrivals = tuple(_arrival(curve, target, higher_is_better) for curve in curves.values() if curve is not None)
    if any(curve is not None and len(curve) == 1 and curve.elapsed[0] == curve.end for curve in curves.values()):
        notes.append(f"{key} is only known at the end of the runs: so is when it was reached")
    at, short = _survival(arrivals)
    costs = [
        _median([getattr(a, name) for a in arrivals], [a.reached for a in arrivals], unit) for name, unit in _KINDS
    ]
    return TargetCost(key, target, arrivals, costs[0], costs[1], costs[2], at, short, tuple(notes))


CONFIDENCE = 0.95
_KINDS = (("seconds", "s"), ("device_hours", "h"), ("money", "USD"))


def final_value(runs: Sequence[Run], key: str) -> float | None:
    """The mean over runs of the metric's final value, on its scale: a target for others. None if no run has it."""
    last = [v for run in runs if (v := value(run, key).mid) is not None and math.isfinite(v)]
    metric = fit_scale(Meanings.of(runs).metric(key), last)
    return center(last, metric.scale, metric.full) if last else None


def _arrival(curve: CostCurve, target: float, higher_is_better: bool) -> Arrival:
    good = curve.value >= target if higher_is_better else curve.value <= target
    seconds = float(curve.elapsed[good].min()) if good.any() else curve.end
    hours, money = (None if rate is None else seconds * rate for rate in (curve.hours_per_second, curve.usd_per_second))
    return Arrival(curve.run_id, bool(good.any()), seconds, hours, money)


@dataclass(frozen=True, slots=True)
class _Curve:
    """The share of seeds still short of the target after each cost, with its 95 % band. Arrays of shape (n,)."""

    at: NDArray[np.float64]
    short: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def _kaplan_meier(costs: Sequence[float], reached: Sequence[bool]) -> _Curve:
    from scipy.stats import CensoredData, ecdf

    seen = [c for c, hit in zip(costs, reached, strict=True) if hit]
    right = [c for c, hit in zip(costs, reached, strict=True) if not hit]
    curve: Any = ecdf(CensoredData(uncensored=seen, right=right)).sf
    with warnings.catch_warnings():
        # the formula has no bounds where all seeds have arrived; there the curve is its own bound
        warnings.simplefilter("ignore", RuntimeWarning)
        band = curve.confidence_interval(CONFIDENCE, method="log-log")
    short = np.asarray(curve.probabilities, dtype=float)
    bounds = [np.asarray(b.probabilities, dtype=float) for b in (band.low, band.high)]
    low, high = (np.where(np.isfinite(b), b, short) for b in bounds)
    return _Curve(np.asarray(curve.quantiles, dtype=float), short, low, high)


def _survival(arrivals: Sequence[Arrival]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    if not arrivals:
        return (), ()
    found = _kaplan_meier([a.seconds for a in arrivals], [a.reached for a in arrivals])
    return tuple(found.at.tolist()), tuple(found.short.tolist())


def _median(costs: Sequence[float | None], reached: Sequence[bool], unit: str) -> Figure:
    """The first cost at which half of the seeds have arrived; its bounds are where the curve's band is at a half."""
    known = [c for c in costs if c is not None]
    if not known or len(known) < len(costs):
        return Figure.missing("no price or device is known" if costs else "no run has the metric with a time", unit)
    hits = sum(reached)
    found = _kaplan_meier(known, reached)
    center = _half(found, found.short)
    if center is None:
        why = f"{hits} of {counted(len(known), 'seed')} reached it: the median lies beyond {max(known):.3g} {unit}"
        return Figure.missing(why, unit)
    source = f"median of {counted(len(known), 'seed')}, {hits} reached it"
    if len(known) == 1:
        return Figure(center, unit, provenance=Provenance.DERIVED, source=source)
    low, high = _half(found, found.low), _half(found, found.high)
    return Figure(center, unit, low, math.inf if high is None else high, Provenance.DERIVED, source)


def _half(curve: _Curve, share: NDArray[np.float64]) -> float | None:
    crossed = np.flatnonzero(share <= 0.5 + 1e-12)
    return float(curve.at[crossed[0]]) if len(crossed) else None


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
    """The cost of two sides at equal quality: until each first is where the worse one ended.

    Args:
        sides: the runs of exactly two sides, by label.
        key: the metric.
        book: what a device-hour costs.
        higher_is_better: the metric's direction.

    Returns:
        None if a side has no final value of the metric.

    Raises:
        ValueError: unless there are two sides.
    """
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
