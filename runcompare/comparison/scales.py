"""How a metric's values are put on a scale for the statistics, and how effects come back to be told.

On the log scale effects are ratios, told as relative changes. A share is compared by its log odds, so that 98 % to 99 %
and 1 % to 2 % are told apart from noise alike, and its effect is told in points and as the change of the errors. The
rest is compared and told as it is.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from runcompare.comparison.model import Sample
from runcompare.metrics.metric import Metric
from runcompare.stats.decision import Scale

__all__ = ["ScaleView", "view_of"]


@dataclass(frozen=True, slots=True)
class ScaleView:
    """A metric on its scale; `scale` is the one that the statistics compute on."""

    metric: Metric
    scale: Scale

    def values(self, sample: Sample) -> list[float]:
        """Every run's value on the scale, diverged ones as NaN; runs that lack the metric are left out."""
        return self.on_scale([mid for v in sample.values if (mid := v.figure.mid) is not None])

    def on_scale(self, values: Sequence[float]) -> list[float]:
        """Values as the statistics take them."""
        return [self._on_scale(v) for v in values]

    def usable(self, values: Sequence[float]) -> list[float]:
        """Values of the history that the scale can hold."""
        if self.metric.scale == "logit":
            return [self._on_scale(v) for v in values if 0 < v < self.metric.full]
        return [v for v in values if v > 0] if self.scale == "log" else list(values)

    def _on_scale(self, value: float) -> float:
        if self.metric.scale != "logit" or not math.isfinite(value):
            return value
        share = value / self.metric.full
        return math.log(share / (1 - share)) if 0 < share < 1 else math.nan

    def value(self, placed: float) -> float:
        """What stands at `placed` in the units of `values`, in the metric's: log odds of a share are undone."""
        return self.metric.full * _share(placed) if self.metric.scale == "logit" else placed

    def base(self, baseline: Sample) -> float:
        """The baseline's center on the scale, from which differences of log odds are told as points."""
        return math.nan if baseline.center is None else self._on_scale(baseline.center)

    def effect(self, difference: float | None, base: float) -> float | None:
        """A difference on the scale in the units in which effects are told."""
        if difference is None or self.metric.scale != "logit":
            return difference
        return self.metric.full * (_share(base + difference) - _share(base))

    def width(self, difference: float | None, base: float, *, relative: bool = False) -> float | None:
        """The size of a difference, without a sign, in the units in which effects are told.

        Args:
            difference: In log units on the log scale, or `relative` there.
            base: The baseline's center on the scale.
            relative: Whether a difference on the log scale is relative already.
        """
        if difference is None:
            return None
        if self.metric.scale == "logit":
            return self.metric.full * (_share(base + difference) - _share(base - difference)) / 2
        return math.expm1(difference) if self.scale == "log" and not relative else difference

    def error_change(self, difference: float | None, base: float) -> float | None:
        """The relative change of what a share lacks to perfection, for a difference on the scale."""
        if difference is None or self.metric.scale != "logit" or not math.isfinite(base):
            return None
        if self.metric.direction == "min":
            return _share(base + difference) / _share(base) - 1
        return _share(-base - difference) / _share(-base) - 1


def _share(log_odds: float) -> float:
    if log_odds >= 0:
        return 1 / (1 + math.exp(-log_odds))
    odds = math.exp(log_odds)
    return odds / (1 + odds)


def view_of(metric: Metric, *, stated_noise: bool = False) -> ScaleView:
    """The view of a metric. Noise that is stated by hand is relative to the metric itself, not to its odds."""
    if metric.scale == "logit" and stated_noise:
        metric = replace(metric, scale="linear", scale_source="the stated noise is relative")
    return ScaleView(metric, "log" if metric.scale == "log" else "linear")
