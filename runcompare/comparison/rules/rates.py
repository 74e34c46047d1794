"""The learning rate, and settings that did not arrive."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from runcompare.comparison.measured import MeasuredRun, MeasuredSide
from runcompare.comparison.model import Evidence, Finding, Recommendation
from runcompare.comparison.rules.rule import (
    ASSOCIATION,
    EXACT,
    SIGN_TEST,
    THRESHOLD,
    Alone,
    Facts,
    Rule,
    SideRule,
    both_signs,
    one_sign,
)
from runcompare.comparison.stages.detect import Stage
from runcompare.comparison.stages.signs import (
    NOTHING,
    Larger,
    clip_told,
    clipped_share,
    early_learning_rate,
    grad_growth,
    is_number,
    larger_on,
    late_learning_rate,
    learning_rate_curve,
    learning_rate_told,
    learning_rates,
    level,
    logarithm,
    median_on,
    optimiser_told,
    peak,
    roughness,
    turned_up,
)
from runcompare.records.config import flatten
from runcompare.records.figure import Figure

__all__ = ["RULES", "times_larger"]

ROUGHER = 1.5  # times
WORSE_FIT = 0.1  # of the training loss
LARGER = 1.5  # times a learning rate
DECAYED, RISEN = 0.5, 0.9  # of the largest learning rate
TURNED = 0.15  # of the training loss
CLIPPED = 0.8  # of the steps


class LearningRateZero(SideRule):
    """The logged or stated learning rate is 0 from the first step to the last: nothing was trained."""

    name = "lr_zero"
    code = "RC201"
    title = "The learning rate is 0"
    limits = "Where several groups of weights have learning rates of their own, one of them was looked at."
    needs = ("learning rate",)
    test = EXACT
    confirm = "The weights of the first and the last checkpoint are equal."
    advises = "raise the learning rate"

    def _of(self, side: MeasuredSide, role: str) -> Iterator[Finding]:
        rates = [lr for run in side.runs if (lr := learning_rates(run.run)) is not None]
        if rates and all(np.all(lr == 0) for lr in rates):
            figure = Figure(0.0, source=f"learning rate, {sum(map(len, rates))} values of {len(rates)} runs")
            yield self.finding("strong", {"role": role}, (Evidence("largest learning rate", side.role, figure),))

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s learning rate is 0 throughout: its weights were never changed."

    def recommend(self, findings: Sequence[Finding], facts: Facts) -> Iterator[Recommendation]:
        for finding in findings:
            text = "**Set the {role}'s learning rate**: it is 0."
            yield Recommendation("set_lr", dict(finding.facts), (self.name,), text, rank=11)


class NeverDecayed(Rule):
    """The learning rate ends at its largest, while the other side's ends at half of it or less."""

    name = "lr_never_decayed"
    code = "RC202"
    title = "The learning rate never decayed"
    limits = ASSOCIATION
    follows = ("lr_zero",)
    needs = ("learning rate curve",)
    test = EXACT
    confirm = "One run with a schedule that ends near 0: the loss then drops at the end if this was it."

    def find(self, facts: Facts) -> Iterator[Finding]:
        ends = [[end for run in side.runs if (end := _decayed_to(run)) is not None] for side in facts.sides]
        for side, own, other in zip(facts.sides, ends, reversed(ends), strict=True):
            if own and other and min(own) >= 1.0 and max(other) <= DECAYED:
                figure = Figure(min(own), source=f"last learning rate over the largest, {len(own)} runs")
                proof = (Evidence("share of the learning rate that is left", side.role, figure),)
                yield self.finding("strong", {"role": side.role, "other": max(other)}, proof)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s learning rate never falls; the other side's ends at {other:share} of its largest."


class LearningRateTooHigh(Rule):
    """At a learning rate 1.5 times the other side's or more, the training loss ends 10 % higher or more; or it scatters
    1.5 times as much, or leapt 1.5 times as high, and a loss ends higher. Of one run alone: the training loss was
    lowest in the first 40 % and ends 16 % higher or more."""

    name = "lr_too_high"
    code = "RC203"
    title = "The learning rate looks too high"
    limits = ASSOCIATION
    follows = ("lr_never_decayed", "number_as_text")
    summary = "sentence"
    needs = ("loss curve", "learning rate")
    needs_alone = ("loss curve",)
    test = f"Signs are the losses' level at the end, and the training loss's scatter and highest value. {SIGN_TEST}"
    confirm = "One run at a third of the learning rate: the training loss falls further and is smoother."
    advises = "lower the learning rate"

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            for side, other in (facts.sides, facts.sides[::-1]):
                times = times_larger(side, other)
                if times is None or times < LARGER or clipped_otherwise(side, other, stage):
                    continue
                seen = _signs_of_too_high(side, facts, stage)
                if seen is not None:
                    stated = {
                        "role": side.role,
                        "times": times,
                        "sign": seen.words,
                        "by": float(np.exp(seen.by.difference)),
                    }
                    proof = both_signs(seen.what, seen.by, facts, stage, quantity="loss", shown=np.exp)
                    yield self.finding(seen.by.strength, stated, proof, stage=stage.name)

    def alone(self, facts: Alone) -> Iterator[Finding]:
        for stage in facts.stages:
            rise = median_on(facts.side, stage, turned_up)
            growth = median_on(facts.side, stage, grad_growth) or 0.0
            if rise is not None and rise >= TURNED and growth > np.log(NOTHING):
                higher = float(np.expm1(rise))
                stated = {"role": facts.whose, "higher": higher}
                proof = (one_sign("rise of the training loss", higher, facts.side, stage, quantity="loss"),)
                text = (
                    "The {role}'s training loss was lowest early on and ends {higher:share} higher: its learning rate "
                    "may be too high, once warmed up."
                )
                yield self.finding("suggestive", stated, proof, stage=stage.name, limits=THRESHOLD, sentence=text)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        sign = SIGNS[facts["sign"]]
        return f"At {{times:times}} the learning rate the {{role}}'s training loss {sign} the other side's."


class NumberAsText(Rule):
    """A setting that is text on one side and a number on the other, such as `1e-3` as YAML 1.1 reads it."""

    name = "number_as_text"
    code = "RC208"
    title = "A number that was read as text"
    summary = "sentence"
    needs = ("settings",)
    test = EXACT
    limits = "Whether the program turned the text into a number later on is not logged."
    confirm = "Print the setting's type where it is used; in YAML write 1.0e-3, which is a number for every reader."

    def find(self, facts: Facts) -> Iterator[Finding]:
        told = [dict(flatten(side.config)) for side in facts.sides]
        for side, own, other in zip(facts.sides, told, reversed(told), strict=True):
            for key, text in own.items():
                if isinstance(text, str) and _is_float(text) and is_number(other.get(key)):
                    yield self._found(side, key, text, side.role)

    def alone(self, facts: Alone) -> Iterator[Finding]:
        told = dict(flatten(facts.side.config))
        if not any(is_number(value) for value in told.values()):
            return  # then this source keeps everything as text
        for key, text in told.items():
            if isinstance(text, str) and "e" in text.lower() and _is_float(text):
                yield self._found(facts.side, key, text, facts.whose)

    def _found(self, side: MeasuredSide, key: str, text: str, role: str) -> Finding:
        proof = (Evidence("setting", side.role, Figure(float(text), source=key)),)
        sentence = "The {role}'s {key:code} is the text {text:code}, and other settings are numbers: it may not count."
        other = role in ("candidate", "baseline")
        stated = {"role": role, "key": key, "text": text}
        return self.finding("strong" if other else "suggestive", stated, proof, sentence=None if other else sentence)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s {key:code} is the text {text:code}, where the other side has a number: it may not count."


class SettingWithoutEffect(Rule):
    """The two sides state different learning rates and logged the very same ones: the setting did not arrive."""

    name = "setting_without_effect"
    code = "RC209"
    title = "A setting without effect"
    summary = "sentence"
    needs = ("learning rate curve", "settings")
    test = EXACT
    limits = "Only the learning rate is both stated and logged; of other settings it can't be seen."
    confirm = "Print the optimiser's learning rate at the first step on both sides."
    follows = ("number_as_text",)

    def find(self, facts: Facts) -> Iterator[Finding]:
        told = [{learning_rate_told(run.run) for run in side.runs} for side in facts.sides]
        logged = [[learning_rate_curve(run.run) for run in side.runs] for side in facts.sides]
        curves = [curve for side in logged for curve in side if curve is not None]
        if any(len(t) != 1 or None in t for t in told) or told[0] == told[1] or not all(logged) or not curves:
            return
        if len(curves) == sum(map(len, logged)) and all(np.array_equal(curve, curves[0]) for curve in curves):
            new, old = (float(t.pop() or 0.0) for t in told)
            figure = Figure(float(curves[0].max()), source="largest learning rate that both sides logged")
            proof = (Evidence("learning rate as logged", None, figure),)
            yield self.finding("strong", {"new": new, "old": old, "logged": float(curves[0].max())}, proof)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return (
            "The learning rate is stated as {new:number} and {old:number}, and both sides logged the same one, "
            "{logged:number} at most: the setting did not arrive."
        )


SIGNS = {
    "level": "ends {by:times} as high as",
    "scatter": "scatters {by:times} as much as",
    "peak": "leapt {by:times} as high as",
}


class Seen(NamedTuple):
    """A sign of a learning rate that is too high: which of `SIGNS`, what it is called as evidence, and how large."""

    words: str
    what: str
    by: Larger


def _signs_of_too_high(side: MeasuredSide, facts: Facts, stage: Stage) -> Seen | None:
    """The first sign that is larger on this side."""
    level_ = larger_on(facts.sides, stage, level("loss"), by=WORSE_FIT)
    if level_ is not None and level_.role == side.role:
        return Seen("level", "training loss at the end", level_)
    ends = [[median_on(s, stage, level(q)) for s in (side, facts.other(side.role))] for q in ("loss", "val_loss")]
    if not any(own is not None and other is not None and own > other for own, other in ends):
        return None
    scatter = larger_on(facts.sides, stage, logarithm(roughness), by=float(np.log(ROUGHER)))
    if scatter is not None and scatter.role == side.role:
        return Seen("scatter", "scatter of the training loss", scatter)
    leap = larger_on(facts.sides, stage, peak, by=float(np.log(ROUGHER)), apart=True)
    if leap is not None and leap.role == side.role:
        return Seen("peak", "highest training loss", leap)
    return None


def times_larger(side: MeasuredSide, other: MeasuredSide, *, late: bool = False) -> float | None:
    """How many times larger a side's learning rate is in its first half, or in the median of its second one if `late`;
    None if one is not known, or where the optimisers are known to differ: their rates are of two kinds."""
    kinds = [{optimiser_told(run.run) for run in s.runs} for s in (side, other)]
    if kinds[0] != kinds[1] and None not in kinds[0] | kinds[1]:
        return None
    read = late_learning_rate if late else early_learning_rate
    rates = ([read(run.run) for run in s.runs] for s in (side, other))
    known = [[rate for rate in found if rate is not None] for found in rates]
    if not all(known) or min(map(np.median, known)) <= 0:
        return None
    return float(np.median(known[0]) / np.median(known[1]))


def clipped_otherwise(side: MeasuredSide, other: MeasuredSide, stage: Stage) -> bool:
    """Whether a side's gradients are clipped at most steps, at another norm than the other's: that slows it down."""
    share = median_on(side, stage, clipped_share)
    told = [{clip_told(run.run) for run in s.runs} for s in (side, other)]
    return share is not None and share >= CLIPPED and told[0] != told[1]


def _decayed_to(run: MeasuredRun) -> float | None:
    """The last learning rate of a curve over its largest; None for one that rose in its second half."""
    rates = learning_rate_curve(run.run)
    if rates is None or len(rates) < 3 or rates.max() <= 0 or rates[: len(rates) // 2].max() < RISEN * rates.max():
        return None
    return float(rates[-1] / rates.max())


def _is_float(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


RULES: tuple[Rule, ...] = (
    LearningRateZero(),
    NeverDecayed(),
    LearningRateTooHigh(),
    NumberAsText(),
    SettingWithoutEffect(),
)
