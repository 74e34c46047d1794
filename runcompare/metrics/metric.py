"""What a metric is: a key with a direction, a scale, a unit, a role and a kind, and who says so.

The user wins over the run, the run over the registry of names (`registry.py`). What nobody says stays unknown: a wrong
direction would turn a verdict round.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from runcompare.metrics.override import Override
from runcompare.metrics.patterns import Direction, Kind, Scale
from runcompare.metrics.registry import Role, lookup
from runcompare.metrics.stated import Statement, statements_of
from runcompare.records.run import Run

__all__ = ["Direction", "Kind", "Meanings", "Metric", "Role", "Scale", "fit_scale"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A logged number and what it means.

    `direction` is "max" or "min", None where nobody knows which is better. `scale` is how differences are measured: as
    ratios ("log"), as log odds of a share ("logit", told in points), or as they are ("linear"). `full` is the value
    that stands for the whole of a share: 1, or 100 for percentages. `direction_source` and `scale_source` name who
    says so.
    """

    key: str
    label: str
    unit: str = ""
    direction: Direction | None = None
    scale: Scale = "log"
    full: float = 1.0
    kind: Kind = "unknown"
    role: Role | None = None
    family: str = ""
    direction_source: str = ""
    scale_source: str = ""
    scale_fixed: bool = False  # the user named the scale
    bounded: bool = False  # its values are known to be shares, though they are not compared by their odds

    @property
    def higher_is_better(self) -> bool | None:
        """The direction as a truth value; None where it is not known."""
        return None if self.direction is None else self.direction == "max"

    @property
    def is_share(self) -> bool:
        """Whether it is a part of a whole, so that differences are told in points."""
        return self.scale == "logit" or self.bounded or self.unit == "%"

    @property
    def points(self) -> float:
        """How many points a difference of 1 is: 100 for a share of 1, 1 for percentages."""
        return 100.0 / self.full if self.scale == "logit" or self.bounded else 1.0

    @property
    def is_judged(self) -> bool:
        """Whether it is a result that can be better or worse, not a count, a setting, a time or a resource."""
        return self.kind in ("quality", "loss", "unknown")


@dataclass(frozen=True, slots=True)
class Meanings:
    """What metrics mean in one comparison: the user's overrides by key, and what its runs state."""

    overrides: Mapping[str, Override] = field(default_factory=dict)
    statements: Mapping[str, Statement] = field(default_factory=dict)

    @classmethod
    def of(cls, runs: Iterable[Run], overrides: Mapping[str, Override] | None = None) -> "Meanings":
        """With what `runs` state of their metrics; one on which they contradict each other has no direction."""
        return cls(overrides or {}, statements_of(runs))

    def overridden(self, key: str, by: Override) -> "Meanings":
        """These meanings with what the user says of one metric on top of what was said of it before."""
        before = self.overrides.get(key, Override())
        both = Override(
            direction=by.direction or before.direction,
            scale=by.scale or before.scale,
            unit=before.unit if by.unit is None else by.unit,
            min_effect=by.min_effect or before.min_effect,
            guardrail_margin=by.guardrail_margin or before.guardrail_margin,
            source=by.source if by.direction or by.scale else before.source,
        )
        return replace(self, overrides={**self.overrides, key: both})

    def metric(self, key: str) -> Metric:
        """The metric of a key."""
        said, stated, named = self.overrides.get(key, Override()), self.statements.get(key), lookup(key)
        metric = Metric(
            key,
            _label(key),
            unit=named.unit,
            direction=named.direction,
            scale=named.scale,
            kind=named.kind,
            role=named.role,
            family=named.family,
            direction_source=f"its name ({named.source})" if named.direction else "",
            scale_source=f"its name ({named.source})" if named.source else "",
        )
        if stated is not None:
            metric = _as_stated(metric, stated)
        return _as_overridden(metric, said)


def _as_stated(metric: Metric, stated: Statement) -> Metric:
    if stated.best_of:
        same = lookup(stated.best_of)
        metric = replace(metric, kind=same.kind, scale=same.scale, unit=same.unit, role=same.role, family=same.family)
    if stated.contradicted:
        return replace(metric, direction=None, direction_source=stated.source)
    if stated.direction is None:
        return metric
    kind: Kind = "quality" if metric.kind == "unknown" else metric.kind
    return replace(metric, direction=stated.direction, direction_source=stated.source, kind=kind)


def _as_overridden(metric: Metric, said: Override) -> Metric:
    if said.direction is not None:
        kind: Kind = metric.kind if metric.is_judged else "unknown"
        metric = replace(metric, direction=said.direction, direction_source=said.source, kind=kind)
    if said.scale is not None:
        metric = replace(metric, scale=said.scale, scale_source=said.source, scale_fixed=True)
    return metric if said.unit is None else replace(metric, unit=said.unit)


ACRONYMS = {"nrmse": "NRMSE", "rmse": "RMSE", "mse": "MSE", "mae": "MAE", "auc": "AUC", "f1": "F1", "r2": "R2"}


def _label(key: str) -> str:
    """The field's spelling for a bare name ("NRMSE"), else the key as it was logged."""
    return ACRONYMS.get(key.rpartition("/")[2].lower(), key)


def fit_scale(metric: Metric, *samples: Sequence[float]) -> Metric:
    """The metric on a scale that holds all of its values.

    A share above 1 and up to 100 is a percentage. A share of exactly 0 or 1 has no log odds, and a value of 0 or below
    no logarithm: those are compared as they are. A share beyond its bounds is none: it is compared as a positive
    quantity where it is positive.

    Args:
        metric: with the scale by its meaning.
        samples: the finite values of each side, shape (runs,).
    """
    values = [v for sample in samples for v in sample if math.isfinite(v)]
    if not values:
        return metric
    if metric.scale == "logit":
        return _fit_share(metric, values)
    if metric.scale == "log" and min(values) <= 0:
        return replace(metric, scale="linear", scale_source="values of 0 or below have no logarithm")
    return metric


def _fit_share(metric: Metric, values: Sequence[float]) -> Metric:
    low, high = min(values), max(values)
    full = 1.0 if high <= 1 else 100.0
    if low < 0 or high > full:
        scale: Scale = "log" if low > 0 else "linear"
        return replace(metric, scale=scale, scale_source="its values are not shares")
    if full == 100.0 and not metric.unit:
        metric = replace(metric, unit="%")
    if low == 0 or high == full:
        source = "a share of exactly 0 or all has no odds"
        return replace(metric, scale="linear", full=full, scale_source=source, bounded=True)
    return replace(metric, full=full)
