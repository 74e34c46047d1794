"""How many seeds would have decided, looked at as they came in."""

from collections.abc import Sequence
from typing import NamedTuple

from runcompare.costs.wasted.in_groups import by_start
from runcompare.metrics.metric import Metric
from runcompare.metrics.value import value
from runcompare.records.run import Run
from runcompare.stats.sequential import LOOKS, look

__all__ = ["SeedsNeeded", "seeds_to_decide"]


class SeedsNeeded(NamedTuple):
    """Runs of each side, in the order that they started in, up to the one that decided."""

    candidate: int
    baseline: int


def seeds_to_decide(
    candidate: Sequence[Run], baseline: Sequence[Run], metric: Metric, *, alpha: float = 0.05
) -> SeedsNeeded | None:
    """How many of each side's runs the first planned look that decides would have needed; None if no look decides.

    Runs that never got as far as the metric count as needed up to the last one that did.

    Args:
        candidate: the runs of the first side.
        baseline: the runs of the second side.
        metric: what decides, with its direction and scale.
        alpha: the error rate of all looks together.
    """
    if metric.higher_is_better is None:
        return None
    new, old = (_in_order(side, metric) for side in (candidate, baseline))
    for n in (n for n in LOOKS if n <= min(len(new), len(old))):
        found = look(
            [x.value for x in new[:n]],
            [x.value for x in old[:n]],
            scale="log" if metric.scale == "log" else "linear",
            higher_is_better=metric.higher_is_better,
            alpha=alpha,
        )
        if found.decided:
            return SeedsNeeded(new[n - 1].place, old[n - 1].place)
    return None


class _Placed(NamedTuple):
    """A run's place in the order of starts, from 1, and its value; a diverged run's is NaN."""

    place: int
    value: float


def _in_order(side: Sequence[Run], metric: Metric) -> list[_Placed]:
    """The runs that have the metric."""
    found = enumerate((value(run, metric.key).mid for run in by_start(side)), start=1)
    return [_Placed(place, v) for place, v in found if v is not None]
