"""The noise of other people's runs, for one run a side of a project that has no replicates anywhere."""

from typing import NamedTuple

from runcompare import stats
from runcompare.comparison.measured import MeasuredSide
from runcompare.metrics.metric import Metric
from runcompare.metrics.seed_noise import seed_noise
from runcompare.metrics.value import ValueRule

__all__ = ["OthersNoise", "noise_of_others"]


class OthersNoise(NamedTuple):
    """What the library tells of a metric: its noise, the families that it is from, and where those are published."""

    noise: stats.Others
    families: tuple[str, ...]
    sources: tuple[str, ...]


def noise_of_others(metric: Metric, rule: ValueRule, new: MeasuredSide, old: MeasuredSide) -> OthersNoise | None:
    """The library's noise for a metric of these sides, None where it has none of that kind.

    Args:
        metric: on the scale on which the sides are compared.
        rule: which value stands for a run.
        new, old: the sides, whose other metrics may tell what kind of metric it is.
    """
    beside = {
        key for side in (new, old) for run in side.group.runs for key in (*run.summary, *run.history.numeric_keys)
    }
    found = seed_noise(metric, sorted(beside), tail=rule.kind == "mean-last")
    if found is None:
        return None
    lines = [
        stats.Family(line.family, found.times * line.noise, line.spread, line.groups, line.runs) for line in found.lines
    ]
    return OthersNoise(
        stats.pool_families(lines, relative=found.relative),
        tuple(dict.fromkeys(line.family for line in found.lines)),
        tuple(dict.fromkeys(f"{line.source} ({line.licence}, {line.date})" for line in found.lines)),
    )
