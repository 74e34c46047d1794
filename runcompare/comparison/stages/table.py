"""The table of one stage: epochs, losses, grad norms and time on both sides."""

from dataclasses import replace

import numpy as np

from runcompare.comparison.model import Assessment, Row, RunValue, StageComparison
from runcompare.comparison.rows import Policy, make_row
from runcompare.comparison.samples import summarise
from runcompare.comparison.stages.curves import best_epoch, curve, epochs_of, stage_curves
from runcompare.comparison.stages.detect import Stage, stage_key, stated_figure
from runcompare.metrics.metric import Metric
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Group, Run

__all__ = ["compare_stage", "stage_figure"]

# quantity, label, unit, whether a difference is judged (lower is better) or only shown
QUANTITIES = (
    ("epochs", "Epochs", "", False),
    ("final_loss", "Final loss", "", True),
    ("best_loss", "Best loss", "", True),
    ("final_val_loss", "Final validation loss", "", True),
    ("grad_norm", "Final grad norm", "", False),
    ("grad_norm_mean", "Mean grad norm", "", False),
    ("grad_norm_max", "Largest grad norm", "", False),
)


def compare_stage(candidate: Group, baseline: Group, stage: Stage, policy: Policy) -> StageComparison:
    """Rows for what either side knows of the stage, and both sides' curves. Time comes with the costs."""
    rows = [_row(candidate, baseline, stage, policy, *quantity) for quantity in QUANTITIES]
    known = tuple(row for row in rows if row.candidate.center is not None or row.baseline.center is not None)
    curves = stage_curves(candidate.runs, stage, "candidate") + stage_curves(baseline.runs, stage, "baseline")
    return StageComparison(stage.name, stage.seen_as, known, curves)


def _row(
    candidate: Group, baseline: Group, stage: Stage, policy: Policy, quantity: str, label: str, unit: str, judged: bool
) -> Row:
    scale = "linear" if quantity == "epochs" else "log"
    metric = Metric(f"{stage.name}/{quantity}", label, unit, scale=scale)  # type: ignore[arg-type]
    new, old = (
        summarise([RunValue(run.id, stage_figure(run, stage, quantity)) for run in group.runs], metric)
        for group in (candidate, baseline)
    )
    # a grad norm is neither good nor bad, but whether it differs is tested like a loss
    if not quantity.startswith("grad_norm"):
        return make_row(metric, new, old, policy, role="stage", decided=judged)
    row = make_row(metric, new, old, policy, role="stage")
    return replace(row, assessment=_NEUTRAL.get(row.assessment, row.assessment))


_NEUTRAL: dict[Assessment, Assessment] = {"worse": "higher", "better": "lower"}


def stage_figure(run: Run, stage: Stage, quantity: str) -> Figure:
    """One run's figure for a stage: what a record states, else what its rows show."""
    if stated := stated_figure(run, stage, quantity):
        return stated
    if quantity == "epochs":
        return _epochs(run, stage)
    if quantity == "best_loss":
        return _best(run, stage)
    return _curve_figure(run, stage, quantity)


def _epochs(run: Run, stage: Stage) -> Figure:
    for quantity in ("loss", "grad_norm", "val_loss"):
        if key := stage_key(run, stage, quantity):
            series = run.history.series(key)
            if len(series):
                count = len(np.unique(epochs_of(run, stage, series)))
                return Figure(float(count), provenance=Provenance.DERIVED, source=f"epochs that logged {key}")
    return Figure.missing(f"{stage.name} logged no curve")


def _best(run: Run, stage: Stage) -> Figure:
    series = curve(run, stage, "loss")
    best = best_epoch(series) if series is not None else None
    if series is None or best is None:
        return Figure.missing(f"{stage.name} logged no finite loss")
    return Figure(best[1], provenance=Provenance.DERIVED, source=f"lowest {series.key} @ epoch {best[0]:g}")


_CURVE_QUANTITIES = {
    "final_loss": ("loss", "last"),
    "final_val_loss": ("val_loss", "last"),
    "grad_norm": ("grad_norm", "last"),
    "grad_norm_mean": ("grad_norm", "mean"),
    "grad_norm_max": ("grad_norm", "max"),
}


def _curve_figure(run: Run, stage: Stage, quantity: str) -> Figure:
    logged, which = _CURVE_QUANTITIES[quantity]
    series = curve(run, stage, logged)
    if series is None or not len(series):
        return Figure.missing(f"{stage.name} logged no {logged}")
    if which == "last":
        return Figure(float(series.value[-1]), source=f"{series.key} @ epoch {series.step[-1]:g}")
    finite = series.value[np.isfinite(series.value)]
    if not len(finite):
        return Figure(float("nan"), source=f"{series.key}: no finite value")
    value = float(finite.mean() if which == "mean" else finite.max())
    return Figure(value, provenance=Provenance.DERIVED, source=f"{which} of {series.key} over {len(finite)} epochs")
