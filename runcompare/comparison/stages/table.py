"""The table of one stage: epochs, losses, grad norms and time on both sides."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from runcompare.comparison.measured import MeasuredRun, MeasuredSide
from runcompare.comparison.model import Curve, Row, RunValue, StageComparison
from runcompare.comparison.rows import Policy, make_row
from runcompare.comparison.samples import summarise
from runcompare.comparison.stages.axis import count_epochs, epochs_at
from runcompare.comparison.stages.curves import best_of
from runcompare.comparison.stages.detect import SPLITS, Stage, stage_key, stated_figure
from runcompare.comparison.stages.seeds import Logged, with_seeds
from runcompare.metrics.metric import Metric
from runcompare.metrics.registry import lookup
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Run

__all__ = ["compare_stage", "repeats_another", "shown_keys", "stage_figure"]


class Quantity(NamedTuple):
    """A line of the table. `judged`: a loss; `neutral`: tested like a loss, but neither good nor bad."""

    key: str
    label: str
    kind: Literal["count", "judged", "neutral"]
    curve: str = ""
    taken: Literal["last", "best", "mean", "max", ""] = ""


EPOCHS = Quantity("epochs", "Epochs", "count")
ROWS = Quantity("logged_rows", "Logged rows", "count")
GRAD_NORMS = (
    Quantity("grad_norm", "Final grad norm", "neutral", "grad_norm", "last"),
    Quantity("grad_norm_mean", "Mean grad norm", "neutral", "grad_norm", "mean"),
    Quantity("grad_norm_max", "Largest grad norm", "neutral", "grad_norm", "max"),
)
_SPLIT_WORDS = {"": "", "val_": "validation ", "test_": "test "}


def _quantities(stage: Stage) -> Iterator[Quantity]:
    """The lines of a stage's table, from top to bottom."""
    yield EPOCHS
    yield ROWS
    for loss in stage.losses or ("loss",):
        for split in SPLITS:
            name, words = f"{split}{loss}", _SPLIT_WORDS[split] + loss.replace("_", " ")
            yield Quantity(f"final_{name}", f"Final {words}", "judged", name, "last")
            if stage.is_lower_better(loss):
                yield Quantity(f"best_{name}", f"Best {words}", "judged", name, "best")
    yield from GRAD_NORMS


def repeats_another(row: Row) -> bool:
    """Whether a stage's row says much the same as another one: best losses on held-out data follow final ones."""
    return row.role == "stage" and row.metric.key.rpartition("/")[2].startswith(("best_val_", "best_test_"))


def shown_keys(stages: Sequence[Stage], sides: Sequence[MeasuredSide]) -> set[str]:
    """The logged keys whose values the stages' tables show."""
    runs = [run.run for side in sides for run in side.runs]
    wanted = [(stage, quantity) for stage in stages for quantity in stage.keys]
    return {key for stage, quantity in wanted for run in runs if (key := stage_key(run, stage, quantity)) is not None}


def compare_stage(candidate: MeasuredSide, baseline: MeasuredSide, stage: Stage, policy: Policy) -> StageComparison:
    """Rows for what either side knows of the stage, and both sides' curves. Time comes with the costs."""
    rows = [_row((candidate, baseline), stage, policy, quantity) for quantity in _quantities(stage)]
    known = tuple(row for row in rows if row.candidate.center is not None or row.baseline.center is not None)
    curves = (*_curves(candidate, stage), *_curves(baseline, stage))
    return StageComparison(stage.name, stage.seen_as, known, curves)


def _row(sides: Sequence[MeasuredSide], stage: Stage, policy: Policy, quantity: Quantity) -> Row:
    scale: Literal["log", "linear"] = "linear" if quantity.kind == "count" else "log"
    values = [[RunValue(run.id, stage_figure(run, stage, quantity)) for run in side.runs] for side in sides]
    mids = [m for side in values for v in side if (m := v.figure.mid) is not None and np.isfinite(m)]
    if scale == "log" and min(mids, default=1.0) <= 0:
        scale = "linear"  # a loss of 0 or below, such as a policy's, has no logarithm
    # a loss is better low, but those of players that are trained against each other are not; a grad norm is neither
    direction = lookup(quantity.curve).direction if quantity.kind == "judged" else None
    metric = Metric(f"{stage.name}/{quantity.key}", quantity.label, direction=direction, scale=scale)
    new, old = (summarise(side, metric) for side in values)
    return make_row(metric, new, old, policy, role="stage", decided=quantity.kind != "count")


def _curves(side: MeasuredSide, stage: Stage) -> list[Curve]:
    """The side's losses on each part of the data and its grad norm, where any run logged them."""
    wanted = [f"{split}{loss}" for loss in stage.losses for split in SPLITS] + ["grad_norm"]
    epochs = stage.keys.get("epoch", ())
    found = {q: [Logged(run, c) for run in side.runs if (c := run.curve(stage, q)) is not None] for q in wanted}
    return [with_seeds(logged, q, side.role, stage.axis, epochs=epochs) for q, logged in found.items() if logged]


def stage_figure(measured: MeasuredRun, stage: Stage, quantity: Quantity) -> Figure:
    """One run's figure for a stage: what a record states, else what its rows show."""
    if stated := stated_figure(measured.run, stage, quantity.key):
        return stated
    return _curve_figure(measured, stage, quantity) if quantity.curve else _count(measured.run, stage, quantity)


def _count(run: Run, stage: Stage, quantity: Quantity) -> Figure:
    """How many epochs a run trained, or how many rows it logged where it logs no epochs."""
    names = (*stage.losses, "grad_norm", *(f"val_{loss}" for loss in stage.losses))
    key = next((key for name in names if (key := stage_key(run, stage, name)) is not None), None)
    if key is None or not len(run.history.series(key)):
        return Figure.missing(f"{stage.name} logged no curve")
    epochs = epochs_at(run, key, stage.keys.get("epoch", ()))
    if quantity is EPOCHS and epochs is not None:
        return Figure(count_epochs(epochs), provenance=Provenance.DERIVED, source=f"epochs that logged {key}")
    if quantity is ROWS and epochs is None:
        return Figure(float(len(run.history.series(key))), source=f"rows that logged {key}")
    return Figure.missing(f"{stage.name} logged no epochs")


def _curve_figure(measured: MeasuredRun, stage: Stage, quantity: Quantity) -> Figure:
    series = measured.curve(stage, quantity.curve)
    if series is None or not len(series):
        missing = "finite loss" if quantity.taken == "best" else quantity.curve
        return Figure.missing(f"{stage.name} logged no {missing}")
    if quantity.taken == "last":
        return Figure(float(series.value[-1]), source=f"{series.key} @ {stage.axis} {series.step[-1]:g}")
    if quantity.taken == "best":
        best = best_of(series)
        if best is None:
            return Figure.missing(f"{stage.name} logged no finite loss")
        source = f"lowest {series.key} @ {stage.axis} {best.at:g}"
        return Figure(best.value, provenance=Provenance.DERIVED, source=source)
    finite = series.value[np.isfinite(series.value)]
    if not len(finite):
        return Figure(float("nan"), source=f"{series.key}: no finite value")
    value = float(finite.mean() if quantity.taken == "mean" else finite.max())
    places = "epochs" if stage.axis == "epoch" else "rows"
    source = f"{quantity.taken} of {series.key} over {len(finite)} {places}"
    return Figure(value, provenance=Provenance.DERIVED, source=source)
