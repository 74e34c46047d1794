"""How many seeds would have decided, had one looked as they came in."""

from collections.abc import Sequence

from runcompare.costs.wasted.in_groups import by_start
from runcompare.metrics.final_value import value
from runcompare.metrics.metric import Metric
from runcompare.records.run import Run
from runcompare.stats.sequential import LOOKS, look

__all__ = ["seeds_to_decide"]


def seeds_to_decide(
    candidate: Sequence[Run], baseline: Sequence[Run], metric: Metric, *, alpha: float = 0.05
) -> tuple[int, int] | None:
    """How many of each side's runs, by start, had been needed at the first planned look that decides; None if none
    has. Runs that never got as far as the metric count as needed up to the last one that did."""
    new, old = (_in_order(side, metric) for side in (candidate, baseline))
    for n in (n for n in LOOKS if n <= min(len(new), len(old))):
        found = look(
            [v for _, v in new[:n]],
            [v for _, v in old[:n]],
            scale=metric.scale,
            higher_is_better=metric.higher_is_better,
            alpha=alpha,
        )
        if found.decided:
            return new[n - 1][0], old[n - 1][0]
    return None


def _in_order(side: Sequence[Run], metric: Metric) -> list[tuple[int, float]]:
    """Place in the order of starts, from 1, and value, of the runs that have one; a diverged run's is NaN."""
    found = enumerate((value(run, metric.key).mid for run in by_start(side)), start=1)
    return [(place, v) for place, v in found if v is not None]
