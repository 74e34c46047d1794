"""Did the training learn at all, and from data that mean something?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import Evidence, Finding
from runcompare.comparison.rules.rates import times_larger
from runcompare.comparison.rules.rule import (
    ASSOCIATION,
    SIGN_TEST,
    THRESHOLD,
    Alone,
    Facts,
    Rule,
    both_signs,
    one_sign,
)
from runcompare.comparison.stages.detect import Stage
from runcompare.comparison.stages.signs import (
    SLIGHT,
    Sign,
    classes_told,
    done_early,
    held_out_best,
    held_out_fall,
    held_out_gap,
    larger_on,
    level,
    median_on,
    no_trend,
    progress,
    start,
    still_to_fall,
)
from runcompare.comparison.stages.turns import climb
from runcompare.records.figure import Figure

__all__ = ["RULES"]

LEARNED, LEARNED_NOT = 0.2, 0.05  # by how much a loss fell, as a logarithm
FAR_SLOWER = 5.0  # times smaller a learning rate
ALIKE = 2.0  # times, of two learning rates
GAP = 0.2  # of the validation loss
HIGHER = 0.1  # of the loss
LESS = 0.85  # of what the other side learned
DONE, EARLIER = 0.95, 0.1  # of the fall, after a third of the training
AT_CHANCE = 0.97  # of the logarithm of the number of classes


class DidNotLearn(Rule):
    """The training loss fell by less than 5 %, where the other side's fell by 18 % or more; with the cause, if the
    learning rates show one."""

    name = "did_not_learn"
    code = "RC204"
    title = "The training loss hardly fell"
    limits = ASSOCIATION
    needs = ("loss curve",)
    confirm = "Fit one batch again and again: a training that can learn at all brings its loss near 0."
    follows = (
        *("nonfinite", "lr_zero", "mostly_clipped", "number_as_text", "gradients_vanished", "diverged"),
        *("shorter_training", "lr_too_high", "nothing_carried_over"),
    )

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            found = larger_on(facts.sides, stage, progress, by=LEARNED - LEARNED_NOT)
            if found is None or found.own < LEARNED or found.other > LEARNED_NOT:
                continue
            side, other_side = facts.other(found.role), facts.side(found.role)
            slower = times_larger(other_side, side)
            fell, other = (1 - float(np.exp(-change)) for change in (found.other, found.own))
            stated: dict[str, Any] = {"role": side.role, "fell": fell, "other": other}
            stated |= {"slower": slower if slower and slower >= FAR_SLOWER else None}
            stated["alike"] = slower is not None and 1 / ALIKE <= slower <= ALIKE
            proof = both_signs("fall of the training loss", found, facts, stage, quantity="loss", shown=_fall)
            yield self.finding(found.strength, stated, proof, stage=stage.name)

    def alone(self, facts: Alone) -> Iterator[Finding]:
        for stage in facts.stages:
            if median_on(facts.side, stage, no_trend) == 1.0:
                fell = _fall(median_on(facts.side, stage, progress) or 0.0)
                proof = (one_sign("fall of the training loss", fell, facts.side, stage, quantity="loss"),)
                text = "The {role}'s training loss shows no falling trend: it changed by {fell:share} in all."
                stated = {"role": facts.whose, "fell": fell}
                yield self.finding("suggestive", stated, proof, stage=stage.name, limits=THRESHOLD, sentence=text)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        text = "The {role}'s training loss changed by {fell:share} in all, the other side's fell by {other:share}"
        if facts["slower"]:
            return text + "; its learning rate is {slower:times} smaller."
        if facts["alike"]:
            return text + ", at a like learning rate: labels may be shuffled, or no signal reaches its first layers."
        return text + "."


class NothingCarriedOver(Rule):
    """The training loss fell, and the validation loss ends above where the other side's began, or never fell: shuffled
    labels or inputs, or data that don't belong together."""

    name = "nothing_carried_over"
    code = "RC205"
    title = "What was learned does not carry over"
    limits = "Seen in the losses only; the data themselves were not looked at."
    summary = "sentence"
    needs = ("loss curve", "validation curve")
    confirm = "Look at ten training samples with their labels, and at ten of the validation data."
    test = f"The level of the validation loss at the end. {SIGN_TEST}"
    follows = ("diverged",)

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            found = larger_on(facts.sides, stage, level("val_loss"), by=GAP)
            if found is None:
                continue
            side, other = facts.side(found.role), facts.other(found.role)
            learned = _medians(side, stage, (progress, level("loss"), held_out_fall))
            theirs = _medians(other, stage, (start("val_loss"), level("loss"), held_out_fall))
            if learned is None or theirs is None:
                continue
            fell, training, held = learned
            started, their_training, their_held = theirs
            memorised = training < their_training  # then it learned its data by heart, which is overfitting
            if fell > LEARNED_NOT >= held and found.own > started and their_held > -LEARNED_NOT and not memorised:
                proof = both_signs("validation loss at the end", found, facts, stage, quantity="val_loss", shown=np.exp)
                yield self.finding(found.strength, {"role": side.role}, proof, stage=stage.name)

    def alone(self, facts: Alone) -> Iterator[Finding]:
        for stage in facts.stages:
            signs = (progress, held_out_best, climb)
            found = _medians(facts.side, stage, signs)
            if found is None:
                continue
            fell, best, rise = found
            if fell > LEARNED_NOT and best <= SLIGHT and rise > LEARNED_NOT:
                risen = float(np.expm1(rise))
                stated = {"role": facts.whose, "rise": risen}
                proof = (one_sign("rise of validation loss", risen, facts.side, stage, quantity="val_loss"),)
                text = (
                    "The {role}'s validation loss never fell below its first value and ends {rise:share} above its "
                    "best, while its training loss fell: it overfits from the start, or its data don't belong together."
                )
                yield self.finding("suggestive", stated, proof, stage=stage.name, limits=THRESHOLD, sentence=text)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return (
            "The {role}'s training loss fell, but its validation loss ends above where the other side's began: its "
            "labels or inputs may be shuffled, or its training and validation data may not belong together."
        )


class Stalled(Rule):
    """A loss that had done 95 % of its fall after a third of the training, which the other side's had not, and that
    ends higher than the other side's: a plateau."""

    name = "stalled"
    code = "RC206"
    title = "The loss reached a plateau early"
    limits = ASSOCIATION
    needs = ("loss curve",)
    test = f"Two signs, how much of the fall was done after a third and the level at the end. {SIGN_TEST}"
    confirm = "Plot the learning rate beside the loss; train on from the plateau with another learning rate."
    follows = (
        *("nonfinite", "lr_zero", "did_not_learn", "nothing_carried_over", "at_chance", "diverged", "lr_too_high"),
        *("mostly_clipped", "number_as_text", "gradients_vanished", "shorter_training", "overfitting"),
        *("lr_never_decayed", "loss_spikes"),
    )

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            early = larger_on(facts.sides, stage, done_early("loss"), by=EARLIER)
            higher = larger_on(facts.sides, stage, level("loss"), by=LEARNED_NOT)
            if early is None or higher is None or early.role != higher.role or early.own < DONE:
                continue
            stated = {"role": early.role, "done": early.own, "other": early.other}
            stated |= {"higher": float(np.expm1(higher.difference))}
            proof = both_signs("share of the fall after a third", early, facts, stage, quantity="loss")
            yield self.finding(early.strength, stated, proof, stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return (
            "The {role}'s training loss had done {done:share} of its fall after a third of the training, the other "
            "side's {other:share}, and it ends {higher:share} higher."
        )


class AtChance(Rule):
    """At like learning rates from first to last the losses fell by 85 % of the other side's fall or less, fall no
    faster at the end and end 11 % higher or more, training and validation alike: the data hold less to learn, as where
    labels are shuffled. Of one run alone: the training loss ends at the logarithm of the number of classes."""

    name = "at_chance"
    code = "RC207"
    title = "The loss stays near chance"
    limits = "Seen in the losses only: harder data, a smaller model or labels that mean nothing look alike."
    summary = "sentence"
    needs = ("loss curve", "learning rate")
    needs_alone = ("loss curve", "classes")
    test = f"Two signs, the fall of the training loss and the level of each loss at the end. {SIGN_TEST}"
    confirm = "Look at ten training samples with their labels; train once on labels that you shuffled yourself."
    follows = (
        *("nonfinite", "lr_zero", "lr_too_high", "nothing_carried_over", "number_as_text", "mostly_clipped"),
        *("gradients_vanished", "diverged", "shorter_training"),
    )

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            fall = larger_on(facts.sides, stage, progress, by=LEARNED_NOT)
            higher = larger_on(facts.sides, stage, level("loss"), by=HIGHER)
            if fall is None or higher is None or fall.role == higher.role or fall.own < LEARNED:
                continue
            side, other = facts.side(higher.role), facts.side(fall.role)
            rates = times_larger(side, other), times_larger(side, other, late=True)
            if any(times is None or not 1 / ALIKE <= times <= ALIKE for times in rates):
                continue
            if not LEARNED_NOT <= fall.other <= LESS * fall.own:
                continue
            if _falls_on(side, stage) > LEARNED_NOT + max(0.0, _falls_on(other, stage)):
                continue  # it may get there
            if side.curves(stage, "val_loss") and other.curves(stage, "val_loss"):
                held = larger_on(facts.sides, stage, level("val_loss"), by=HIGHER)
                if held is None or held.role != side.role:
                    continue
            gap = larger_on(facts.sides, stage, held_out_gap, by=GAP)
            if gap is not None and gap.role == side.role and gap.other <= 0:
                continue  # the other side was trained on its validation data
            stated = {"role": side.role, "fell": _fall(fall.other), "other": _fall(fall.own)}
            stated |= {"higher": float(np.expm1(higher.difference))}
            proof = both_signs("training loss at the end", higher, facts, stage, quantity="loss", shown=np.exp)
            yield self.finding(higher.strength, stated, proof, stage=stage.name)

    def alone(self, facts: Alone) -> Iterator[Finding]:
        told = {classes_told(run.run) for run in facts.side.runs}
        classes = told.pop() if len(told) == 1 else None
        for stage in facts.stages if classes and classes > 1 else ():
            at = median_on(facts.side, stage, level("loss"))
            chance = float(np.log(classes or 2.0))
            if at is not None and AT_CHANCE * chance <= np.exp(at) <= chance / AT_CHANCE:
                stated = {"role": facts.whose, "loss": float(np.exp(at)), "classes": classes, "chance": chance}
                proof = (
                    one_sign("training loss at the end", float(np.exp(at)), facts.side, stage, quantity="loss"),
                    Evidence("loss of a guess", facts.side.role, Figure(chance, source="logarithm of the classes")),
                )
                text = (
                    "The {role}'s training loss ends at {loss:number}, and guessing among {classes:number} classes "
                    "gives {chance:number}: nothing was learned. Labels may be shuffled."
                )
                yield self.finding("suggestive", stated, proof, stage=stage.name, limits=THRESHOLD, sentence=text)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return (
            "At a like learning rate the {role}'s training loss fell by {fell:share}, the other side's by "
            "{other:share}, and it ends {higher:share} higher: its labels or inputs may be shuffled, or hold less to "
            "learn."
        )


def _falls_on(side: MeasuredSide, stage: Stage) -> float:
    """How far a side's training loss fell in the last quarter."""
    return median_on(side, stage, still_to_fall("loss")) or 0.0


def _fall(logarithms: float) -> float:
    """A fall of logarithms as the share of the loss that went."""
    return 1 - float(np.exp(-logarithms))


def _medians(side: MeasuredSide, stage: Stage, signs: Sequence[Sign]) -> list[float] | None:
    found = [median_on(side, stage, sign) for sign in signs]
    return [value for value in found if value is not None] if None not in found else None


RULES: tuple[Rule, ...] = (DidNotLearn(), NothingCarriedOver(), Stalled(), AtChance())
