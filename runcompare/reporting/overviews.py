"""What the two pictures over all metrics show: each metric's effect with its interval, and cost against quality.

They hold what the tables hold, laid out; nothing here is computed anew.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeGuard

from runcompare.comparison.causes.model import Effect as Cause
from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Interval, Role, Row, Sample, main_cost
from runcompare.reporting.drawing import drawable
from runcompare.reporting.escape import clean
from runcompare.reporting.page import assessment
from runcompare.reporting.panels import short
from runcompare.reporting.words import difference

__all__ = ["COST", "METRICS", "CostPicture", "Effect", "Forest", "causes_forests", "cost_picture", "forests"]

METRICS, COST = "metrics", "cost"  # names of pictures
MOST = 25  # metrics of one picture


class Effect(NamedTuple):
    """One metric's line: where its effect and the bounds of its interval lie on the axis, and what the table says."""

    label: str
    value: float
    low: float
    high: float
    word: str
    difference: str


class Forest(NamedTuple):
    """Metrics that share an axis: ratios on a logarithmic one with 1 in the middle, or points around 0. `left` more
    metrics of this kind stand in the tables only."""

    axis: str
    is_log: bool
    middle: float
    effects: tuple[Effect, ...]
    left: int = 0


def forests(c: Comparison) -> list[Forest]:
    """Pictures of the metrics' effects: of those compared by ratios, and of shares, in points. Others share no axis."""
    rows = [row for row in (c.quality, *c.metrics) if row.metric.is_judged and _has_interval(row)]
    ratios = [row for row in rows if row.metric.scale == "log" and row.test and row.test.low and row.test.low > -1]
    points = [row for row in rows if row.metric.scale != "log" and row.metric.is_share]
    found = [
        _forest("candidate / baseline", ratios, is_log=True),
        _forest("candidate - baseline, points", points, is_log=False),
    ]
    return [forest for forest in found if forest.effects]


def _has_interval(row: Row) -> bool:
    test = row.test
    return test is not None and all(map(drawable, (test.effect, test.low, test.high)))


def _forest(axis: str, rows: Sequence[Row], *, is_log: bool) -> Forest:
    effects = tuple(_effect(row, is_log=is_log) for row in rows[:MOST])
    return Forest(axis, is_log, 1.0 if is_log else 0.0, effects, max(0, len(rows) - MOST))


def _effect(row: Row, *, is_log: bool) -> Effect:
    test = row.test
    assert test is not None
    assert test.effect is not None
    assert test.low is not None
    assert test.high is not None
    ends = (test.effect, test.low, test.high)
    value, low, high = (1 + x for x in ends) if is_log else (x * row.metric.points for x in ends)
    return Effect(_tail(clean(row.metric.label)), value, low, high, assessment(row), difference(row))


def _tail(label: str, most: int = 32) -> str:
    """The end of a name, which tells metrics of one stage apart."""
    return label if len(label) <= most else f"…{label[1 - most :]}"


def causes_forests(effects: Sequence[Cause]) -> list[Forest]:
    """Each change's share of the whole difference, in per cent, a picture a quantity."""
    found = []
    for name in ("quality", "time", "money"):
        lines = [(one, getattr(one, name)) for one in effects if one.source == "ablation"]
        known = [(one, p.share) for one, p in lines if p is not None and _has_place(p.share)]
        shares = tuple(_share(one, share) for one, share in known)
        if shares:
            found.append(Forest(f"share of the whole difference in {name}, %", False, 0.0, shares))
    return found


def _has_place(share: Interval | None) -> TypeGuard[Interval]:
    return share is not None and drawable(share.value)


def _share(cause: Cause, share: Interval) -> Effect:
    low = share.value if share.low is None else share.low
    high = share.value if share.high is None else share.high
    return Effect(_tail(clean(cause.name)), 100 * share.value, 100 * low, 100 * high, "", f"{100 * share.value:.0f} %")


class Dot(NamedTuple):
    """One run: what it cost, and its value of the primary metric."""

    run_id: str
    cost: float
    quality: float


class CostPicture(NamedTuple):
    """Runs of both sides by cost and quality, with the centers of those sides that have them."""

    cost: str
    unit: str
    quality: str
    dots: Mapping[Role, tuple[Dot, ...]]
    centers: Mapping[Role, Dot]


def cost_picture(c: Comparison) -> CostPicture | None:
    """Each run's cost against its quality; None unless both sides have a run with both."""
    cost = main_cost(c.cost)
    if cost is None:
        return None
    sides: tuple[tuple[Role, Sample, Sample], ...] = (
        ("baseline", cost.baseline, c.quality.baseline),
        ("candidate", cost.candidate, c.quality.candidate),
    )
    dots = {role: _dots(of_cost, of_quality) for role, of_cost, of_quality in sides}
    if not all(dots.values()):
        return None
    centers = {
        role: Dot("", of_cost.center, of_quality.center)
        for role, of_cost, of_quality in sides
        if drawable(of_cost.center) and drawable(of_quality.center)
    }
    metric = c.quality.metric
    better = {"max": " (higher is better)", "min": " (lower is better)", None: ""}[metric.direction]
    return CostPicture(cost.metric.label, cost.metric.unit, f"{short(metric.label)}{better}", dots, centers)


def _dots(costs: Sample, qualities: Sample) -> tuple[Dot, ...]:
    known = {v.run_id: v.figure.mid for v in costs.values if drawable(v.figure.mid)}
    return tuple(
        Dot(v.run_id, known[v.run_id], v.figure.mid)
        for v in qualities.values
        if drawable(v.figure.mid) and v.run_id in known
    )
