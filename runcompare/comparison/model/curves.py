"""Trainings: curves, stages, and keys that stages have by the dozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from runcompare.comparison.model.rows import Row
from runcompare.comparison.model.words import Axis, Place, Role
from runcompare.metrics.metric import Metric

__all__ = ["Curve", "FinalChange", "KeyFamily", "MetricCurve", "SeedCurve", "StageComparison"]


@dataclass(frozen=True, slots=True)
class SeedCurve:
    """One run of a curve: its `value` at the curve's places, NaN where it has none, and what else those places are for
    this run, see `Curve.places`."""

    run_id: str
    value: tuple[float, ...]
    places: Mapping[Place, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Curve:
    """One quantity of one side: center over runs and the seed band (lowest to highest run).

    `at` are epochs or the tracker's steps, as `axis` says. `quantity` is "loss", "val_loss", "test_loss", the same for
    a further loss ("val_box_loss"), "grad_norm", or "metric" for the primary one. All tuples have the same length; `n`
    counts the runs at each place; NaN marks a place where no run was finite. `runs` are the single runs; `places` says
    what each place of `at` is on other axes, the mean over runs, as far as they log those.
    """

    role: Role
    key: str
    quantity: str
    at: tuple[float, ...]
    center: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    n: tuple[int, ...]
    axis: Axis = "epoch"
    runs: tuple[SeedCurve, ...] = ()
    places: Mapping[Place, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MetricCurve:
    """The primary metric over the training. Rows have the keys KEY/final, KEY/best (KEY/lowest and KEY/highest where no
    direction is known), and KEY/best_epoch or KEY/best_step."""

    metric: Metric
    rows: tuple[Row, ...]
    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True)
class StageComparison:
    """One stage: rows with keys epochs (logged_rows where the runs log no epochs), final_loss, best_loss,
    final_val_loss, best_val_loss, the same for test and for further losses, grad_norm, grad_norm_mean, grad_norm_max
    and time, where known. `seen_as` are the names that the logs use for it."""

    name: str
    seen_as: tuple[str, ...]
    rows: tuple[Row, ...]
    curves: tuple[Curve, ...] = ()

    def row(self, key: str) -> Row | None:
        return next((r for r in self.rows if r.metric.key == f"{self.name}/{key}"), None)


@dataclass(frozen=True, slots=True)
class FinalChange:
    """The final value of a key on both sides (centers over runs), None where it is missing or not finite."""

    key: str
    candidate: float | None
    baseline: float | None
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class KeyFamily:
    """Keys that differ in a layer or a part only, too many for a table each.

    `pattern` has * for what differs. `median` is the median ratio of their final values, candidate over baseline;
    `largest` is the change that is farthest from 1 in either direction. Not tested: only described.
    """

    pattern: str
    changes: tuple[FinalChange, ...]
    median: float | None = None
    largest: FinalChange | None = None
