"""Too long or too short a training."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from runcompare.comparison.measured import MeasuredRun, MeasuredSide
from runcompare.comparison.model import Finding, Recommendation
from runcompare.comparison.rules.rule import (
    ASSOCIATION,
    EXACT,
    SIGN_TEST,
    THRESHOLD,
    Alone,
    Facts,
    Rule,
    both_signs,
    evidence,
    one_sign,
    strength_of,
)
from runcompare.comparison.stages.curves import best_of
from runcompare.comparison.stages.detect import Stage
from runcompare.comparison.stages.signs import (
    SLIGHT,
    Sign,
    blew_up,
    held_out_best,
    held_out_if_any,
    larger_on,
    level,
    median_on,
    progress,
    rise_since_best,
    still_to_fall,
)
from runcompare.comparison.stages.turns import climb
from runcompare.records.history import Series

__all__ = ["ASSESSED", "RULES"]

TURNED = 0.05  # of the validation loss
FEW_APART = 3  # runs a side, each of one above each of the other: with two it happens by chance
FALLING = 0.05  # of the loss, over the last quarter
SHORTER = 0.5  # of the other side's epochs
NOTABLE_EPOCHS = 1.2  # times

# what a row's assessment means inside a sentence
ASSESSED = {
    "above range": "above the estimated range",
    "below range": "below the estimated range",
    "worse": "worse, beyond noise",
    "higher": "higher, beyond noise",
    "equivalent": "the same within the smallest effect of interest",
}


class Overfitting(Rule):
    """The validation loss ends 5 % or more further above its best than the other side's, while the training loss
    fell. Of one run alone: it climbed by 5 % or more after its lowest place, which was not its first value, beyond its
    own scatter, and lost 15 % or more of what it had gained."""

    name = "overfitting"
    code = "RC301"
    title = "Overfitting"
    limits = ASSOCIATION
    needs = ("loss curve", "validation curve")
    confirm = "Train again with early stopping, or with more data or weight decay: the best validation loss is lower."
    follows = ("nonfinite", "diverged", "gradients_vanished", "nothing_carried_over", "lr_too_high")
    advises = "stop earlier"

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            rise_ = rise_since_best("val_loss")
            found = larger_on(facts.sides, stage, rise_, by=TURNED)
            if found is None and min(map(len, facts.sides)) >= FEW_APART:
                found = larger_on(facts.sides, stage, rise_, by=2 * TURNED, apart=True)
            if found is None:
                continue
            side = facts.side(found.role)
            falls = [p for run in side.runs if (p := progress(run, stage)) is not None]
            if falls and min(falls) > 0 and not any(map(blew_up, side.curves(stage, "loss"))):
                rise, held = float(np.expm1(found.own)), side.curves(stage, "val_loss")
                stated = {"role": found.role, "rise": rise, "axis": stage.axis, "best_at": _best_at(held)}
                proof = both_signs("rise of validation loss", found, facts, stage, quantity="val_loss", shown=np.expm1)
                yield self.finding(found.strength, stated, proof, stage=stage.name)

    def alone(self, facts: Alone) -> Iterator[Finding]:
        for stage in facts.stages:
            rise, fell = (median_on(facts.side, stage, s) for s in (climb, progress))
            if not rise or fell is None or fell <= 0 or _never_fell(facts.side, stage):
                continue
            curves = facts.side.curves(stage, "val_loss")
            if not any(map(blew_up, facts.side.curves(stage, "loss"))):
                risen = float(np.expm1(rise))
                stated = {"role": facts.whose, "rise": risen, "axis": stage.axis, "best_at": _best_at(curves)}
                proof = (one_sign("rise of validation loss", risen, facts.side, stage, quantity="val_loss"),)
                text = (
                    "The {role}'s validation loss ends {rise:share} above its best, at {axis} {best_at:number}, while "
                    "its training loss fell."
                )
                yield self.finding("suggestive", stated, proof, stage=stage.name, limits=THRESHOLD, sentence=text)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return (
            "The {role}'s validation loss ends {rise:share} above its best, at {axis} {best_at:number}, while its "
            "training loss fell; the other side's does less."
        )

    def recommend(self, findings: Sequence[Finding], facts: Facts) -> Iterator[Recommendation]:
        text = "Stop the {role}'s {stage:code} near {axis} {best_at:number}, or regularise it: it overfits."
        for finding in (f for f in findings if f.advises):
            stated = {"stage": finding.stage, **{name: finding.facts[name] for name in ("role", "axis", "best_at")}}
            yield Recommendation("stop_earlier", stated, (self.name,), text, rank=42)


class UnderTrained(Rule):
    """The validation loss (the training loss where there is none) still fell over the last quarter, by 5 % or more
    beyond the other side's, and ends higher."""

    name = "under_trained"
    code = "RC302"
    title = "The loss was still falling"
    follows = (
        *("did_not_learn", "overfitting", "shorter_training", "lr_too_high", "at_chance", "lr_never_decayed"),
        *("generalisation_gap", "nothing_carried_over", "loss_spikes"),
    )
    needs = ("loss curve",)
    limits = "A loss that would fall further need not make the final metric better."
    test = f"Two signs, the fall over the last quarter and the level at the end. {SIGN_TEST}"
    confirm = "One run of twice the length, with its schedule stretched: the validation loss ends lower."
    advises = "train longer"

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            quantity = held_out_if_any(facts.sides, stage)
            found = larger_on(facts.sides, stage, still_to_fall(quantity), by=FALLING)
            if found is None or found.own < FALLING:
                continue
            higher = larger_on(facts.sides, stage, level(quantity), by=0.0)
            if higher is not None and higher.role == found.role:
                stated: dict[str, Any] = {"role": found.role, "drop": found.own, "other": max(0.0, found.other)}
                stated |= {"loss": "validation loss" if quantity == "val_loss" else "training loss"}
                proof = both_signs("relative fall over the last quarter", found, facts, stage, quantity=quantity)
                strength = found.strength if quantity == "val_loss" else "suggestive"
                yield self.finding(strength, stated, proof, stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s {loss} still fell by {drop:share} in its last quarter, the other side's by {other:share}."

    def recommend(self, findings: Sequence[Finding], facts: Facts) -> Iterator[Recommendation]:
        for side in facts.sides:
            stages = [f.stage for f in findings if f.advises and f.facts["role"] == side.role]
            if stages:
                text = "Train the {role}'s {stages:codes} longer, or let its schedule end sooner: it had not settled."
                yield Recommendation("train_longer", {"stages": stages, "role": side.role}, (self.name,), text, rank=41)


class Shorter(Rule):
    """A training of at most half the other side's epochs, or steps, that ended with a higher loss."""

    name = "shorter_training"
    code = "RC303"
    title = "A far shorter training"
    limits = ASSOCIATION
    follows = ("nonfinite", "diverged")
    needs = ("loss",)
    test = EXACT
    confirm = "Compare both sides at the same step: `runcompare report NEW@step=N OLD@step=N`."
    advises = "train longer"

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            ends = [median_on(side, stage, _length) for side in facts.sides]
            for side, own, other in zip(facts.sides, ends, reversed(ends), strict=True):
                if own is None or other is None or own > SHORTER * other:
                    continue
                quantity = held_out_if_any(facts.sides, stage)
                last = [median_on(s, stage, _last_loss(quantity)) for s in facts.sides]
                mine, theirs = last if side is facts.sides[0] else reversed(last)
                if mine is not None and theirs is not None and mine > theirs:
                    stated = {"role": side.role, "own": own, "other": other, "axis": stage.axis}
                    proof = (
                        one_sign(f"last {stage.axis}", own, side, stage, quantity="loss"),
                        one_sign(f"last {stage.axis}", other, facts.other(side.role), stage, quantity="loss"),
                    )
                    yield self.finding("strong", stated, proof, stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role} ended at {axis} {own:number}, the other side at {other:number}, and with a lower loss."


class MoreEpochsNoGain(Rule):
    """A stage of the candidate trained 1.2 times as many epochs or more, and its final loss is worse or the same."""

    name = "more_epochs_no_gain"
    code = "RC304"
    title = "More epochs, no lower loss"
    limits = "Losses of stages that train on different inputs or add terms are not on one scale."
    needs = ("loss",)
    test = "The final loss's own test against the baseline's runs, corrected for all rows that were tested."
    confirm = "One run of the candidate with the baseline's epochs in this stage."
    advises = "stop earlier"

    def find(self, facts: Facts) -> Iterator[Finding]:
        for table in facts.tables:
            epochs, loss = table.row("epochs"), table.row("final_loss")
            if epochs is None or loss is None or epochs.ratio is None or epochs.ratio <= NOTABLE_EPOCHS:
                continue
            if loss.assessment in ("worse", "equivalent", "above range"):
                stated = {"role": "candidate", "epochs_ratio": epochs.ratio, "loss_ratio": loss.ratio}
                stated["assessment"] = loss.assessment
                strength = strength_of(loss) if loss.test else "suggestive"
                yield self.finding(strength, stated, evidence(epochs, loss), stage=table.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        found = ASSESSED.get(facts["assessment"], facts["assessment"])
        ratio = " ({loss_ratio:times} the baseline's)" if facts["loss_ratio"] else ""
        return "{epochs_ratio:times} the epochs, and the final loss is " + f"{found}{ratio}."


def _never_fell(side: MeasuredSide, stage: Stage) -> bool:
    """Whether the validation loss was lowest at its very first value: that is no training that went on for too long."""
    return (median_on(side, stage, held_out_best) or 0.0) <= SLIGHT


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


RULES: tuple[Rule, ...] = (Overfitting(), Shorter(), UnderTrained(), MoreEpochsNoGain())
