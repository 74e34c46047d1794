"""Findings about how the stages trained."""

from collections.abc import Iterator

import numpy as np

from runcompare.comparison.model import Evidence, Finding, Role
from runcompare.comparison.rules.facts import ASSOCIATION, Facts, Rule, evidence, strength_of
from runcompare.comparison.stages.curves import best_epoch, curve, fall_at_end
from runcompare.comparison.stages.detect import Stage, stage_key, stated_figure
from runcompare.records.figure import Figure, Provenance
from runcompare.records.history import Series
from runcompare.records.run import Group, Run

__all__ = ["RULES"]

STILL_FALLING = 0.05  # of the loss, over the last quarter of the epochs
ABOVE_BEST = 0.10
WASTED = 0.25  # of the epochs


def more_epochs_no_gain(facts: Facts) -> Iterator[Finding]:
    """A stage trained longer without a lower loss."""
    for table in facts.tables:
        epochs, loss = table.row("epochs"), table.row("final_loss")
        if epochs is None or loss is None or epochs.ratio is None or epochs.ratio <= NOTABLE_EPOCHS:
            continue
        if loss.assessment in ("worse", "equivalent", "above range"):
            yield Finding(
                "more_epochs_no_gain",
                strength_of(loss) if loss.test else "suggestive",
                {"epochs_ratio": epochs.ratio, "loss_ratio": loss.ratio, "assessment": loss.assessment},
                (*evidence(epochs), *evidence(loss)),
                stage=table.name,
                limits="Losses of stages that train on different inputs or add terms are not on one scale.",
            )


NOTABLE_EPOCHS = 1.2


def grad_norm_higher(facts: Facts) -> Iterator[Finding]:
    """The candidate's grad norm ends higher, beyond noise or above the expected range."""
    for table in facts.tables:
        row = table.row("grad_norm")
        if row is None or row.ratio is None or row.ratio <= 1 or row.assessment not in ("higher", "above range"):
            continue
        yield Finding(
            "grad_norm_higher",
            strength_of(row) if row.test else "suggestive",
            {"ratio": row.ratio, "assessment": row.assessment},
            evidence(row),
            stage=table.name,
            limits=ASSOCIATION,
        )


def still_falling(facts: Facts) -> Iterator[Finding]:
    """The loss had not settled when the stage ended."""
    for role, group, stage in _each(facts):
        falls = [(fall, c) for run in group.runs if (c := _loss(run, stage)) and (fall := fall_at_end(c)) is not None]
        if not falls or float(np.median([fall for fall, _ in falls])) < STILL_FALLING:
            continue
        drop, series = float(np.median([fall for fall, _ in falls])), falls[0][1]
        figure = Figure(drop, provenance=Provenance.DERIVED, source=f"slope of log {series.key}, last quarter")
        yield Finding(
            "still_falling",
            "strong" if len(falls) > 1 and all(fall > 0 for fall, _ in falls) else "suggestive",
            {"role": role, "drop": drop, "epochs": len(series)},
            (Evidence("relative fall of the loss", role, figure),),
            stage=stage.name,
            limits="A loss that would fall further need not make the final metric better.",
        )


def worse_than_best(facts: Facts) -> Iterator[Finding]:
    """The final loss lies above the best one of the same curve."""
    for role, group, stage in _each(facts):
        cases = [(best, c) for run in group.runs if (c := _loss(run, stage)) and (best := best_epoch(c))]
        excesses = [float(c.value[-1]) / best[1] - 1 for best, c in cases if best[1] > 0]
        if not excesses or not np.isfinite(np.median(excesses)) or np.median(excesses) < ABOVE_BEST:
            continue
        best, series = cases[0]
        yield Finding(
            "worse_than_best",
            "strong" if len(excesses) > 1 and min(excesses) > 0 else "suggestive",
            {"role": role, "excess": float(np.median(excesses)), "best_epoch": best[0], "epochs": len(series)},
            _last_and_best(role, series, best),
            stage=stage.name,
            limits="A single epoch's loss is noisy; the mean over seeds says more.",
        )


def wasted_epochs(facts: Facts) -> Iterator[Finding]:
    """Epochs after the validation loss was last improved."""
    for role, group, stage in _each(facts):
        cases = [(c, best) for run in group.runs if (c := curve(run, stage, "val_loss")) and (best := best_epoch(c))]
        shares = [1 - best[0] / float(c.step[-1]) for c, best in cases if len(c) >= 8]
        if not shares or float(np.median(shares)) < WASTED:
            continue
        series, best = cases[0]
        share = float(np.median(shares))
        yield Finding(
            "wasted_epochs",
            "strong" if len(shares) > 1 and min(shares) >= WASTED / 2 else "suggestive",
            {"role": role, "best_epoch": best[0], "epochs": len(series), "share": share, "time_s": None},
            _last_and_best(role, series, best),
            stage=stage.name,
        )


def best_worse_than_final(facts: Facts) -> Iterator[Finding]:
    """A logged best loss that is worse than the final one: it was logged before it was updated."""
    for role, group, stage in _each(facts):
        for run in group.runs:
            best, final = _logged_best(run, stage), _final(run, stage)
            if best is None or final is None or best.mid is None or final.mid is None or not best.mid > final.mid:
                continue
            yield Finding(
                "best_worse_than_final",
                "strong",
                {"role": role, "best": best.mid, "final": final.mid},
                (Evidence("best loss as logged", role, best), Evidence("final loss", role, final)),
                stage=stage.name,
            )
            break


def gate_closed(facts: Facts) -> Iterator[Finding]:
    """A corrector that switched itself off."""
    for role, group in facts.sides:
        for key in sorted({k for run in group.runs for k in run.summary if k.endswith("/gate")}):
            gates = [float(g) for run in group.runs if isinstance(g := run.summary.get(key), int | float)]
            if gates and max(gates) <= 0.01:
                figure = Figure(max(gates), source=f"summary {key}, largest of {len(gates)} runs")
                facts_ = {"role": role, "value": max(gates)}
                proof = (Evidence("gate", role, figure),)
                yield Finding("gate_closed", "strong", facts_, proof, stage=key.rpartition("/")[0])


def _each(facts: Facts) -> Iterator[tuple[Role, Group, Stage]]:
    for stage in facts.stages:
        for role, group in facts.sides:
            yield role, group, stage


def _loss(run: Run, stage: Stage) -> Series | None:
    return curve(run, stage, "loss")


def _last_and_best(role: Role, series: Series, best: tuple[float, float]) -> tuple[Evidence, ...]:
    last = Figure(float(series.value[-1]), source=f"{series.key} @ epoch {series.step[-1]:g}")
    lowest = Figure(best[1], source=f"{series.key} @ epoch {best[0]:g}")
    return Evidence("final", role, last), Evidence("best", role, lowest)


def _logged_best(run: Run, stage: Stage) -> Figure | None:
    if key := stage_key(run, stage, "best_loss"):
        series = run.history.series(key)
        return Figure(float(series.value[-1]), source=f"{key} @ step {series.step[-1]:g}") if len(series) else None
    return stated_figure(run, stage, "best_loss")


def _final(run: Run, stage: Stage) -> Figure | None:
    series = _loss(run, stage)
    if series is not None and len(series):
        return Figure(float(series.value[-1]), source=f"{series.key} @ epoch {series.step[-1]:g}")
    return stated_figure(run, stage, "final_loss")


RULES: tuple[Rule, ...] = (
    more_epochs_no_gain,
    grad_norm_higher,
    still_falling,
    worse_than_best,
    wasted_epochs,
    best_worse_than_final,
    gate_closed,
)
