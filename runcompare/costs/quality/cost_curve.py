"""A metric against the cost so far: curves with time, device-hours or money as the x axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from runcompare.costs.durations.running import cleaned, running
from runcompare.costs.durations.spans import Span, length
from runcompare.costs.ledgers import ledger
from runcompare.costs.prices.book import PriceBook
from runcompare.metrics.value import value
from runcompare.records.history import RUNTIME, Series
from runcompare.records.run import Run

__all__ = ["CostCurve", "cost_curve"]


@dataclass(frozen=True, slots=True)
class CostCurve:
    """A run's metric in the order it was logged. Arrays of shape (n,).

    `elapsed` are seconds of running when a value was logged, downtime left out; `end` those of the whole run.
    `hours_per_second` and `usd_per_second` turn seconds into device-hours and money, None where that is not known.
    """

    run_id: str
    key: str
    elapsed: NDArray[np.float64]
    value: NDArray[np.float64]
    end: float
    hours_per_second: float | None
    usd_per_second: float | None

    def __len__(self) -> int:
        return len(self.value)

    @property
    def device_hours(self) -> NDArray[np.float64]:
        """Shape (n,); NaN where the devices are not known."""
        return self.elapsed * (np.nan if self.hours_per_second is None else self.hours_per_second)

    @property
    def money(self) -> NDArray[np.float64]:
        """USD, shape (n,); NaN where the price is not known."""
        return self.elapsed * (np.nan if self.usd_per_second is None else self.usd_per_second)


def cost_curve(run: Run, key: str, book: PriceBook) -> CostCurve | None:
    """A run's metric against what the run cost until it was logged.

    Args:
        run: the run.
        key: the metric; one that only the summary holds is known at the run's end.
        book: what a device-hour costs.

    Returns:
        None without finite values or without any time.
    """
    run = cleaned(run).run
    costs = ledger(run, book)
    end = costs.total.wall.mid
    if not end:
        return None
    elapsed, values = _logged(run, key, end)
    if not len(values):
        return None
    hours, money = (None if f.mid is None else f.mid / end for f in (costs.total.device_hours, costs.total.money))
    return CostCurve(run.id, key, elapsed, values, end, hours_per_second=hours, usd_per_second=money)


class _Logged(NamedTuple):
    """Seconds of running, and the metric's values by then; arrays of shape (n,)."""

    elapsed: NDArray[np.float64]
    values: NDArray[np.float64]


def _logged(run: Run, key: str, end: float) -> _Logged:
    if key in run.history.numeric_keys:
        series = run.history.series(key)
        elapsed = _elapsed(run, series, end)
        known = np.isfinite(elapsed) & np.isfinite(series.value)
        if known.any():
            return _Logged(elapsed[known], series.value[known])
    final = value(run, key).mid
    if final is not None and np.isfinite(final):
        return _Logged(np.array([end]), np.array([final]))
    return _Logged(np.empty(0), np.empty(0))


def _elapsed(run: Run, series: Series, end: float) -> NDArray[np.float64]:
    """Seconds of running up to each row: by its clock, else by the tracker's run time."""
    spans = running(run).spans
    if spans and np.isfinite(series.time).any():
        return np.array([_until(spans, t) for t in series.time])
    if RUNTIME in run.history.frame.columns:
        return np.minimum(run.history.series(series.key, RUNTIME).step, end)
    if run.info.started_at is not None and np.isfinite(series.time).any():
        return np.clip(series.time - run.info.started_at, 0.0, end)
    return np.full(len(series), np.nan)


def _until(spans: Sequence[Span], moment: float) -> float:
    if not np.isfinite(moment):
        return float("nan")
    return length((start, min(stop, moment)) for start, stop in spans if start < moment)
