"""Too long or too short a training, and validation that says something else than training."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from runcompare.comparison.measured import MeasuredRun, MeasuredSide
from runcompare.comparison.model import Evidence, Finding, Recommendation
from runcompare.comparison.rules.rule import ASSOCIATION, Facts, Rule, evidence
from runcompare.comparison.stages.curves import best_of
from runcompare.comparison.stages.detect import Stage
from runcompare.comparison.stages.signs import (
    Sign,
    blew_up,
    held_out_gap,
    held_out_if_any,
    larger_on,
    level,
    median_on,
    progress,
    rise_since_best,
    still_to_fall,
)
from runcompare.records.figure import Figure, Provenance
from runcompare.records.history import Series

__all__ = ["RULES"]

TURNED = 0.05  # of the validation loss
FALLING = 0.05  # of the loss, over the last quarter
GAP = 0.2  # of the validation loss
SHORTER = 0.5  # of the other side's epochs


class Overfitting(Rule):
    """Validation loss rose again while training loss fell, more than on the other side."""

    name = "overfitting"
    code = "RC301"
    title = "Overfitting"
    limits = ASSOCIATION
    follows = ("nonfinite", "diverged", "gradients_vanished", "nothing_carried_over")

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            found = larger_on(facts.sides, stage, rise_since_best("val_loss"), by=TURNED)
            if found is None:
                continue
            side = facts.side(found.role)
            falls = [p for run in side.runs if (p := progress(run, stage)) is not None]
            held = side.curves(stage, "val_loss")
            if falls and min(falls) > 0 and not any(map(blew_up, side.curves(stage, "loss"))):
                rise = float(np.expm1(found.own))
                stated = {"role": found.role, "rise": rise, "axis": stage.axis, "best_at": _best_at(held)}
                proof = _derived("rise of the validation loss since its best", rise, side, held[0])
                yield self.finding(found.strength, stated, proof, stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return (
            "The {role}'s validation loss ends {rise:share} above its best, at {axis} {best_at:number}, while its "
            "training loss fell; the other side's does less."
        )

    def recommend(self, findings: Sequence[Finding], facts: Facts) -> Iterator[Recommendation]:
        text = "Stop the {role}'s {stage:code} near {axis} {best_at:number}, or regularise it: it overfits."
        for finding in findings:
            stated = {"stage": finding.stage, **{name: finding.facts[name] for name in ("role", "axis", "best_at")}}
            yield Recommendation("stop_earlier", stated, (self.name,), text, rank=42)


class Shorter(Rule):
    """A training of far fewer epochs, or steps, that ended with a higher loss."""

    name = "shorter_training"
    code = "RC303"
    title = "A far shorter training"
    limits = ASSOCIATION
    follows = ("nonfinite", "diverged")

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            ends = [median_on(side, stage, _length) for side in facts.sides]
            for side, own, other in zip(facts.sides, ends, reversed(ends), strict=True):
                if own is None or other is None or own > SHORTER * other:
                    continue
                last = [median_on(s, stage, _last_loss(held_out_if_any(facts.sides, stage))) for s in facts.sides]
                mine, theirs = last if side is facts.sides[0] else reversed(last)
                if mine is not None and theirs is not None and mine > theirs:
                    stated = {"role": side.role, "own": own, "other": other, "axis": stage.axis}
                    yield self.finding("strong", stated, stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role} ended at {axis} {own:number}, the other side at {other:number}, and with a lower loss."


class UnderTrained(Rule):
    """Held-out loss still fell at the end, more than the other side's, in a training that is no longer."""

    name = "under_trained"
    code = "RC302"
    title = "The loss was still falling"
    follows = ("did_not_learn", "overfitting", "shorter_training", "lr_too_high")
    limits = "A loss that would fall further need not make the final metric better."

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            quantity = held_out_if_any(facts.sides, stage)
            found = larger_on(facts.sides, stage, still_to_fall(quantity), by=FALLING)
            if found is None or found.own < FALLING:
                continue
            side = facts.side(found.role)
            higher = larger_on(facts.sides, stage, level(quantity), by=0.0)
            if higher is not None and higher.role == side.role:
                curves = side.curves(stage, quantity)
                stated: dict[str, Any] = {"role": found.role, "drop": found.own, "other": max(0.0, found.other)}
                stated |= {"loss": "validation loss" if quantity == "val_loss" else "training loss"}
                proof = _derived("relative fall over the last quarter", found.own, side, curves[0])
                strength = found.strength if quantity == "val_loss" else "suggestive"
                yield self.finding(strength, stated, proof, stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s {loss} still fell by {drop:share} in its last quarter, the other side's by {other:share}."

    def recommend(self, findings: Sequence[Finding], facts: Facts) -> Iterator[Recommendation]:
        for side in facts.sides:
            stages = [f.stage for f in findings if f.facts["role"] == side.role]
            if stages:
                text = "Train the {role}'s {stages:codes} longer, or let its schedule end sooner: it had not settled."
                yield Recommendation("train_longer", {"stages": stages, "role": side.role}, (self.name,), text, rank=41)


class LossAgainstMetric(Rule):
    """The validation loss is better and the primary metric worse, or the other way round."""

    name = "loss_against_metric"
    code = "RC305"
    title = "Loss and metric disagree"
    summary = "sentence"

    def find(self, facts: Facts) -> Iterator[Finding]:
        opposite = {"better": "worse", "worse": "better"}.get(facts.verdict)
        for table in facts.tables:
            row = table.row("final_val_loss") or table.row("val_loss")
            if row is not None and opposite is not None and row.assessment == opposite:
                stated = {"loss": opposite, "metric": facts.verdict, "key": facts.quality.metric.key}
                yield self.finding("strong", stated, evidence(row, facts.quality), stage=table.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The candidate's validation loss is {loss}, its {key:code} is {metric}: one does not measure the other."


class SuspiciousValidation(Rule):
    """Validation loss far below the other side's at the same training loss."""

    name = "suspicious_validation"
    code = "RC306"
    title = "Validation looks too good"
    limits = "Better regularisation closes the gap as well; compare how the two sides' validation data were made."
    summary = "sentence"

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            gap = larger_on(facts.sides, stage, held_out_gap, by=GAP)
            if gap is None or gap.other > 0:
                continue
            side = facts.other(gap.role)
            training = larger_on(facts.sides, stage, level("loss"), by=GAP)
            if training is None:
                yield self.finding(gap.strength, {"role": side.role, "below": -gap.other}, stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return (
            "The {role}'s validation loss lies at or below its training loss, where the other side's lies above at the "
            "same training loss: validation data may have been trained on."
        )


def _length(run: MeasuredRun, stage: Stage) -> float | None:
    curve = run.curve(stage, "loss")
    return None if curve is None or not len(curve) else float(curve.step[-1])


def _last_loss(quantity: str) -> Sign:
    def sign(run: MeasuredRun, stage: Stage) -> float | None:
        curve = run.curve(stage, quantity)
        return None if curve is None or not np.isfinite(curve.value[-1]) else float(curve.value[-1])

    return sign


def _best_at(curves: Sequence[Series]) -> float:
    return float(np.median([best.at for curve in curves if (best := best_of(curve)) is not None]))


def _derived(what: str, value: float, side: MeasuredSide, curve: Series) -> tuple[Evidence, ...]:
    return (Evidence(what, side.role, Figure(value, provenance=Provenance.DERIVED, source=f"curve of {curve.key}")),)


RULES: tuple[Rule, ...] = (
    Overfitting(),
    Shorter(),
    UnderTrained(),
    LossAgainstMetric(),
    SuspiciousValidation(),
)
