"""What the test samples say, where runs carry an error for each: about these checkpoints, not about other seeds."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from runcompare import stats
from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import Row, SampleEvidence
from runcompare.comparison.rows import Policy, tell
from runcompare.comparison.scales import view_of
from runcompare.records.run import Run

__all__ = ["sample_evidence"]

NEAR = 0.01  # relative: how near the mean over the samples comes to the metric that it is the mean of


def sample_evidence(new: MeasuredSide, old: MeasuredSide, row: Row, policy: Policy) -> SampleEvidence | None:
    """The paired test over test samples, each side's error of a sample being the mean over its runs.

    Args:
        new, old: The sides; runs that are left out don't count.
        row: The primary metric, judged.
        policy: Smallest effect of interest and error rate.

    Returns:
        The evidence; None where a run has no values by sample, where the metric is not their mean, or where they can't
        be matched.
    """
    sides = _errors(new, row), _errors(old, row)
    if not all(sides) or row.test is None:
        return None
    runs = [errors for side in sides for errors in side]
    keyed = all(not errors.by_position for errors in runs)
    if not keyed and len({len(errors.by_key) for errors in runs}) > 1:
        return None
    common = sorted(set.intersection(*(set(errors.by_key) for errors in runs)), key=_natural)
    if not common:
        return None
    means = [[math.fsum(e.by_key[key] for e in side) / len(side) for key in common] for side in sides]
    linear = row if row.metric.scale == "log" else replace(row, metric=replace(row.metric, scale="linear"))
    view = view_of(linear.metric)

    def decide(margin: float) -> stats.Decision:
        return stats.decide_on_samples(
            *means,
            scale=view.scale,
            higher_is_better=row.metric.higher_is_better,
            min_effect=margin,
            alpha=policy.alpha,
        )

    in_noise = (
        policy.min_effect is not None and policy.min_effect.kind == "sd"
    )  # that of seeds, which samples don't show
    test = tell(linear, view, replace(policy, min_effect=None) if in_noise else policy, decide)
    return SampleEvidence(len(common), (len(sides[0]), len(sides[1])), "key" if keyed else "position", test)


class _Errors(NamedTuple):
    """A run's error of each test sample, by its key, else by its place."""

    by_key: Mapping[str, float]
    by_position: bool


def _errors(side: MeasuredSide, row: Row) -> list[_Errors]:
    """Those of the side's runs that count; empty unless each has them, with the metric as their mean."""
    found = []
    final = {v.run_id: v.figure.mid for s in (row.candidate, row.baseline) for v in s.values}
    for measured in side.runs:
        mid = final.get(measured.id)
        if mid is None:
            continue
        values = measured.run.samples.get(row.metric.key, ())
        if not values or not math.isclose(math.fsum(values) / len(values), mid, rel_tol=NEAR):
            return []
        found.append(_keyed(measured.run, row.metric.key, values))
    return found


def _keyed(run: Run, key: str, values: Sequence[float]) -> _Errors:
    keys = run.sample_keys.get(key, ())
    if len(set(keys)) == len(values):
        return _Errors(dict(zip(keys, values, strict=True)), by_position=False)
    return _Errors({str(place): value for place, value in enumerate(values)}, by_position=True)


class _Natural(NamedTuple):
    """Numbers first, in their order, then texts."""

    is_text: bool
    number: int
    text: str


def _natural(key: str) -> _Natural:
    return _Natural(not key.isdigit(), int(key) if key.isdigit() else 0, key)
