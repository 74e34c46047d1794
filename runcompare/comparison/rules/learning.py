"""Did the training learn at all, and at a learning rate that suits?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from runcompare.comparison.measured import MeasuredRun, MeasuredSide
from runcompare.comparison.model import Finding, Recommendation
from runcompare.comparison.rules.rule import ASSOCIATION, Facts, Rule
from runcompare.comparison.stages.detect import Stage
from runcompare.comparison.stages.signs import (
    Sign,
    held_out_if_any,
    is_number,
    larger_on,
    learning_rates,
    level,
    median_on,
    progress,
    roughness,
)
from runcompare.records.config import flatten

__all__ = ["RULES"]

LEARNED, LEARNED_NOT = 0.2, 0.05  # by how much a loss fell, as a logarithm
FAR_SLOWER = 5.0  # times smaller a learning rate
ROUGHER = 1.5  # times
GAP = 0.2  # of the validation loss
DECAYED = 0.5  # of the largest learning rate


class LearningRateZero(Rule):
    """The learning rate is 0 from the first step to the last: nothing was trained."""

    name = "lr_zero"
    code = "RC201"
    title = "The learning rate is 0"

    def find(self, facts: Facts) -> Iterator[Finding]:
        for side in facts.sides:
            rates = [lr for run in side.runs if (lr := learning_rates(run.run)) is not None]
            if rates and all(np.all(lr == 0) for lr in rates):
                yield self.finding("strong", {"role": side.role})

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s learning rate is 0 throughout: its weights were never changed."

    def recommend(self, findings: Sequence[Finding], facts: Facts) -> Iterator[Recommendation]:
        for finding in findings:
            text = "**Set the {role}'s learning rate**: it is 0."
            yield Recommendation("set_lr", dict(finding.facts), (self.name,), text, rank=11)


class DidNotLearn(Rule):
    """The training loss hardly fell, where the other side's did; with the cause, if the settings show one."""

    name = "did_not_learn"
    code = "RC204"
    title = "The training loss hardly fell"
    limits = ASSOCIATION
    follows = (
        "nonfinite",
        "lr_zero",
        "mostly_clipped",
        "number_as_text",
        "gradients_vanished",
        "diverged",
        "shorter_training",
    )

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            found = larger_on(facts.sides, stage, progress, by=LEARNED - LEARNED_NOT)
            if found is None or found.own < LEARNED or found.other > LEARNED_NOT:
                continue
            side = facts.other(found.role)
            slower = _times_slower(side, facts.side(found.role))
            fell, other = (1 - float(np.exp(-change)) for change in (found.other, found.own))
            stated: dict[str, Any] = {"role": side.role, "fell": fell, "other": other}
            stated |= {"slower": slower if slower and slower >= FAR_SLOWER else None}
            yield self.finding(found.strength, stated, stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        text = "The {role}'s training loss changed by {fell:share} in all, the other side's fell by {other:share}"
        return text + ("; its learning rate is {slower:times} smaller." if facts["slower"] else ".")


class NothingCarriedOver(Rule):
    """Training loss fell, and validation loss ended above where the other side's began: data that don't belong."""

    name = "nothing_carried_over"
    code = "RC205"
    title = "What was learned does not carry over"
    limits = "Seen in the losses only; the data themselves were not looked at."
    summary = "sentence"

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            found = larger_on(facts.sides, stage, level("val_loss"), by=GAP)
            if found is None:
                continue
            side, other = facts.side(found.role), facts.other(found.role)
            learned = _medians(side, stage, (progress, level("loss"), _held_out_fall))
            theirs = _medians(other, stage, (_held_out_start, level("loss"), _held_out_fall))
            if learned is None or theirs is None:
                continue
            fell, training, held = learned
            started, their_training, their_held = theirs
            memorised = training < their_training  # then it learned its data by heart, which is overfitting
            if fell > LEARNED_NOT >= held and found.own > started and their_held > LEARNED_NOT and not memorised:
                yield self.finding(found.strength, {"role": side.role}, stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return (
            "The {role}'s training loss fell, but its validation loss ends above where the other side's began: its "
            "labels or inputs may be shuffled, or its training and validation data may not belong together."
        )


class LearningRateTooHigh(Rule):
    """A rougher training loss and a higher loss in the end than the other side's, at a larger learning rate."""

    name = "lr_too_high"
    code = "RC203"
    title = "The learning rate looks too high"
    limits = ASSOCIATION
    follows = ("nonfinite", "diverged", "gradients_vanished", "lr_never_decayed")
    summary = "sentence"

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            rough = larger_on(facts.sides, stage, _log(roughness), by=float(np.log(ROUGHER)))
            if rough is None:
                continue
            side, other = facts.side(rough.role), facts.other(rough.role)
            quantity = held_out_if_any(facts.sides, stage)
            higher, times = larger_on(facts.sides, stage, level(quantity), by=0.0), _times_slower(other, side)
            if times is not None and times > 1 and higher is not None and higher.role == side.role:
                stated = {"role": side.role, "rougher": float(np.exp(rough.difference)), "times": times}
                yield self.finding(rough.strength, stated, stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return (
            "The {role}'s training loss scatters {rougher:times} as much as the other side's, at {times:times} the "
            "learning rate."
        )


class NeverDecayed(Rule):
    """A learning rate that stays where it is, while the other side's falls."""

    name = "lr_never_decayed"
    code = "RC202"
    title = "The learning rate never decayed"
    limits = ASSOCIATION
    follows = ("lr_zero", "diverged")

    def find(self, facts: Facts) -> Iterator[Finding]:
        ends = [[end for run in side.runs if (end := _decayed_to(run)) is not None] for side in facts.sides]
        for side, own, other in zip(facts.sides, ends, reversed(ends), strict=True):
            if own and other and min(own) >= 1.0 and max(other) <= DECAYED:
                yield self.finding("strong", {"role": side.role, "other": max(other)})

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s learning rate never falls; the other side's ends at {other:share} of its largest."


class NumberAsText(Rule):
    """A setting that is text on one side and a number on the other, such as `1e-3` as YAML 1.1 reads it."""

    name = "number_as_text"
    code = "RC208"
    title = "A number that was read as text"
    summary = "sentence"

    def find(self, facts: Facts) -> Iterator[Finding]:
        told = [dict(flatten(side.config)) for side in facts.sides]
        for side, own, other in zip(facts.sides, told, reversed(told), strict=True):
            for key, text in own.items():
                if isinstance(text, str) and _is_float(text) and is_number(other.get(key)):
                    yield self.finding("strong", {"role": side.role, "key": key, "text": text})

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s {key:code} is the text {text:code}, where the other side has a number: it may not count."


def _decayed_to(run: MeasuredRun) -> float | None:
    """The last learning rate of a curve over its largest."""
    rates = learning_rates(run.run)
    return float(rates[-1] / rates.max()) if rates is not None and len(rates) > 2 and rates.max() > 0 else None


def _medians(side: MeasuredSide, stage: Stage, signs: Sequence[Sign]) -> list[float] | None:
    found = [median_on(side, stage, sign) for sign in signs]
    return [value for value in found if value is not None] if None not in found else None


def _held_out_fall(run: MeasuredRun, stage: Stage) -> float | None:
    curve = run.curve(stage, "val_loss")
    if curve is None or len(curve) < 2 or not np.all(curve.value > 0):
        return None
    logs = np.log(curve.value)
    return float(logs[0] - logs[-max(1, len(logs) // 10) :].mean())


def _held_out_start(run: MeasuredRun, stage: Stage) -> float | None:
    curve = run.curve(stage, "val_loss")
    return None if curve is None or not curve.value[0] > 0 else float(np.log(curve.value[0]))


def _log(sign: Sign) -> Sign:
    def logarithm(run: MeasuredRun, stage: Stage) -> float | None:
        value = sign(run, stage)
        return float(np.log(value)) if value else None

    return logarithm


def _times_slower(side: MeasuredSide, other: MeasuredSide) -> float | None:
    """How many times smaller a side's largest learning rate is; None if one is not known."""
    rates = ([learning_rates(run.run) for run in s.runs] for s in (side, other))
    largest = [[float(lr.max()) for lr in known if lr is not None] for known in rates]
    if not all(largest) or min(map(np.median, largest)) <= 0:
        return None
    return float(np.median(largest[1]) / np.median(largest[0]))


def _is_float(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


RULES: tuple[Rule, ...] = (
    LearningRateZero(),
    DidNotLearn(),
    NothingCarriedOver(),
    LearningRateTooHigh(),
    NeverDecayed(),
    NumberAsText(),
)
