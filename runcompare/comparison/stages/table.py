"""The table of one stage: epochs, losses, grad norms and time on both sides."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np

from runcompare.comparison.measured import MeasuredRun, MeasuredSide
from runcompare.comparison.model import Assessment, Curve, Row, RunValue, StageComparison
from runcompare.comparison.rows import Policy, make_row
from runcompare.comparison.samples import summarise
from runcompare.comparison.stages.curves import CURVES, band, best_epoch, epochs_of
from runcompare.comparison.stages.detect import Stage, stage_key, stated_figure
from runcompare.metrics.metric import Metric
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Run

__all__ = ["compare_stage", "stage_figure"]


class Quantity(NamedTuple):
    """A line of the table. `judged`: lower is better; `neutral`: tested like a loss, but neither good nor bad."""

    key: str
    label: str
    kind: Literal["count", "judged", "neutral"]
    curve: str = ""
    taken: Literal["last", "best", "mean", "max", ""] = ""


QUANTITIES = (
    Quantity("epochs", "Epochs", "count"),
    Quantity("final_loss", "Final loss", "judged", "loss", "last"),
    Quantity("best_loss", "Best loss", "judged", "loss", "best"),
    Quantity("final_val_loss", "Final validation loss", "judged", "val_loss", "last"),
    Quantity("grad_norm", "Final grad norm", "neutral", "grad_norm", "last"),
    Quantity("grad_norm_mean", "Mean grad norm", "neutral", "grad_norm", "mean"),
    Quantity("grad_norm_max", "Largest grad norm", "neutral", "grad_norm", "max"),
)
_NEUTRAL: dict[Assessment, Assessment] = {"worse": "higher", "better": "lower"}


def compare_stage(candidate: MeasuredSide, baseline: MeasuredSide, stage: Stage, policy: Policy) -> StageComparison:
    """Rows for what either side knows of the stage, and both sides' curves. Time comes with the costs."""
    rows = [_row((candidate, baseline), stage, policy, quantity) for quantity in QUANTITIES]
    known = tuple(row for row in rows if row.candidate.center is not None or row.baseline.center is not None)
    curves = (*_curves(candidate, stage), *_curves(baseline, stage))
    return StageComparison(stage.name, stage.seen_as, known, curves)


def _row(sides: Sequence[MeasuredSide], stage: Stage, policy: Policy, quantity: Quantity) -> Row:
    scale: Literal["log", "linear"] = "linear" if quantity.kind == "count" else "log"
    metric = Metric(f"{stage.name}/{quantity.key}", quantity.label, scale=scale)
    new, old = (
        summarise([RunValue(run.id, stage_figure(run, stage, quantity)) for run in side.runs], metric) for side in sides
    )
    row = make_row(metric, new, old, policy, role="stage", decided=quantity.kind != "count")
    if quantity.kind == "neutral":
        return replace(row, assessment=_NEUTRAL.get(row.assessment, row.assessment))
    return row


def _curves(side: MeasuredSide, stage: Stage) -> list[Curve]:
    """The side's loss, validation loss and grad norm, where any run logged them."""
    found = {quantity: [c for run in side.runs if (c := run.curve(stage, quantity)) is not None] for quantity in CURVES}
    return [band(series, quantity, side.role) for quantity, series in found.items() if series]


def stage_figure(measured: MeasuredRun, stage: Stage, quantity: Quantity) -> Figure:
    """One run's figure for a stage: what a record states, else what its rows show."""
    if stated := stated_figure(measured.run, stage, quantity.key):
        return stated
    return _curve_figure(measured, stage, quantity) if quantity.curve else _epochs(measured.run, stage)


def _epochs(run: Run, stage: Stage) -> Figure:
    for quantity in ("loss", "grad_norm", "val_loss"):
        if key := stage_key(run, stage, quantity):
            series = run.history.series(key)
            if len(series):
                count = len(np.unique(epochs_of(run, stage, series)))
                return Figure(float(count), provenance=Provenance.DERIVED, source=f"epochs that logged {key}")
    return Figure.missing(f"{stage.name} logged no curve")


def _curve_figure(measured: MeasuredRun, stage: Stage, quantity: Quantity) -> Figure:
    series = measured.curve(stage, quantity.curve)
    if series is None or not len(series):
        missing = "finite loss" if quantity.taken == "best" else quantity.curve
        return Figure.missing(f"{stage.name} logged no {missing}")
    if quantity.taken == "last":
        return Figure(float(series.value[-1]), source=f"{series.key} @ epoch {series.step[-1]:g}")
    finite = series.value[np.isfinite(series.value)]
    if quantity.taken == "best":
        best = best_epoch(series)
        if best is None:
            return Figure.missing(f"{stage.name} logged no finite loss")
        return Figure(best.value, provenance=Provenance.DERIVED, source=f"lowest {series.key} @ epoch {best.epoch:g}")
    if not len(finite):
        return Figure(float("nan"), source=f"{series.key}: no finite value")
    value = float(finite.mean() if quantity.taken == "mean" else finite.max())
    source = f"{quantity.taken} of {series.key} over {len(finite)} epochs"
    return Figure(value, provenance=Provenance.DERIVED, source=source)
