"""Data that were held out and say something else than the training, the metric, or each other."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from runcompare.comparison.measured import MeasuredSide, fitted_to
from runcompare.comparison.model import Evidence, Finding, Role
from runcompare.comparison.rules.rule import SIGN_TEST, Facts, Rule, both_signs, evidence
from runcompare.comparison.stages.detect import Stage
from runcompare.comparison.stages.signs import held_out_fall, held_out_gap, larger_of, larger_on, level, median_on
from runcompare.metrics.metric import Metric
from runcompare.records.figure import Figure, Provenance

__all__ = ["RULES", "has_test_and_validation", "is_held_out"]

GAP, WIDER = 0.2, 0.4  # of the validation loss, as logarithms
FEW_APART = 3  # runs a side, each of one above each of the other
FELL = 0.05  # of the validation loss
NOTABLE = 0.01  # of the test result
_HELD = re.compile(r"(?<![a-z])(?:validation|valid|val|eval|dev)(?![a-z])", re.IGNORECASE)
_TEST = re.compile(r"(?<![a-z])test(?:ing)?(?![a-z])", re.IGNORECASE)


class LossAgainstMetric(Rule):
    """The validation loss is better and the primary metric worse, or the other way round, each beyond noise."""

    name = "loss_against_metric"
    code = "RC305"
    title = "Loss and metric disagree"
    summary = "sentence"
    needs = ("validation loss",)
    test = "Both rows' own tests, each at the comparison's error rate."
    limits = "Which of the two is right is not the losses' to say: a loss can be calibrated better and rank worse."
    confirm = "Judge by the metric that you will be judged by, and choose checkpoints by the same."

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
    """The validation loss lies at or below the training loss, where the other side's lies 22 % or more further above,
    at a training loss that is no higher: a leak."""

    name = "suspicious_validation"
    code = "RC306"
    title = "Validation looks too good"
    limits = "Better regularisation closes the gap as well; compare how the two sides' validation data were made."
    summary = "sentence"
    needs = ("loss curve", "validation curve")
    test = f"The validation loss over the training loss. {SIGN_TEST}"
    confirm = "Count the validation samples that are in the training data, by a hash of each."
    follows = ("diverged", "nonfinite")

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            gap = larger_on(facts.sides, stage, held_out_gap, by=GAP)
            if gap is None or gap.other > 0:
                continue
            side = facts.other(gap.role)
            if (median_on(facts.side(gap.role), stage, held_out_fall) or 0.0) <= FELL:
                continue  # that side's validation is the odd one
            training = larger_on(facts.sides, stage, level("loss"), by=GAP)
            # harder training data lift the training loss, and one that fell far lower is another difference
            if training is None or (training.role == gap.role and training.difference <= gap.difference):
                proof = both_signs(
                    "validation loss over training loss", gap, facts, stage, quantity="val_loss", shown=np.exp
                )
                stated = {"role": side.role, "below": -gap.other}
                yield self.finding(gap.strength, stated, proof, stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return (
            "The {role}'s validation loss lies at or below its training loss, where the other side's lies above at a "
            "training loss that is no lower: validation data may have been trained on."
        )


class GeneralisationGap(Rule):
    """The validation loss lies 1.5 times as far above the training loss as the other side's or more, and is the
    higher one of the two sides: more was learned by heart."""

    name = "generalisation_gap"
    code = "RC307"
    title = "A wider gap between training and validation"
    limits = "A gap is no harm as such: it counts where the validation loss is worse, as here."
    needs = ("loss curve", "validation curve")
    test = f"Two signs, the validation loss over the training loss and its level at the end. {SIGN_TEST}"
    confirm = "One run with more weight decay, dropout or data: the gap closes and the validation loss falls."
    follows = (
        *("overfitting", "nothing_carried_over", "nonfinite", "diverged", "suspicious_validation", "at_chance"),
        *("gradients_vanished", "lr_too_high", "shorter_training"),
    )

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            gap = larger_on(facts.sides, stage, held_out_gap, by=WIDER, apart=min(map(len, facts.sides)) >= FEW_APART)
            higher = larger_on(facts.sides, stage, level("val_loss"), by=0.05)
            if gap is None or higher is None or gap.role != higher.role:
                continue
            if gap.other > 0 or _learned_more(facts, stage, gap.role):
                stated = {"role": gap.role, "own": float(np.exp(gap.own)), "other": float(np.exp(gap.other))}
                proof = both_signs(
                    "validation loss over training loss", gap, facts, stage, quantity="val_loss", shown=np.exp
                )
                yield self.finding(gap.strength, stated, proof, stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return (
            "The {role}'s validation loss ends at {own:times} its training loss, the other side's at {other:times}, "
            "and is the higher one."
        )


def _learned_more(facts: Facts, stage: Stage, role: Role) -> bool:
    """Whether a side's training loss ends lower than the other's: else a gap that only it has is the other's leak."""
    higher = larger_on(facts.sides, stage, level("loss"), by=GAP, apart=True)
    return higher is not None and higher.role != role


class HeldOut(NamedTuple):
    """One result of both held-out parts of the data."""

    held: Metric
    test: Metric


class Gap(NamedTuple):
    """By how much a side's validation result is better than its test result, a run."""

    side: MeasuredSide
    values: list[float]


class TestGap(Rule):
    """Test results are worse than validation results by more than on the other side, the validation results no worse
    than the other side's and the test results no better: validation was tuned on, or the test data differ."""

    name = "test_gap"
    code = "RC308"
    title = "Test falls behind validation"
    limits = "Which of the two sets is the odd one is not seen; choosing checkpoints by validation widens the gap, too."
    needs = ("test and validation", "two runs")
    test = "Each run gives its validation result less its test result. " + SIGN_TEST
    confirm = "Score both sides on a third set that nothing was chosen by."
    follows = ("suspicious_validation",)

    def find(self, facts: Facts) -> Iterator[Finding]:
        for held, test in _pairs(facts):
            gaps = [_gaps(side, held, test) for side in facts.sides]
            level_ = [m for side in facts.sides for m in _mids(side, test)]
            notable = NOTABLE * abs(float(np.mean(level_))) if level_ else 0.0
            found = larger_of(facts.sides, gaps, by=notable) if level_ else None
            if found is None or found.strength != "strong" or found.own < notable:
                continue
            # one that is worse on both has larger errors, and with them their difference; one that is better is better
            if not _is_worse(facts, found.role, held) and not _is_worse(facts, facts.other(found.role).role, test):
                stated = {
                    "role": found.role,
                    "own": found.own,
                    "other": found.other,
                    "held": held.key,
                    "test": test.key,
                }
                both = zip(facts.sides, gaps, strict=True)
                proof = tuple(_gap_evidence(Gap(side, values), held, test) for side, values in both)
                yield self.finding("strong", stated, proof)
                return

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return (
            "The {role}'s {test:code} is {own:number} worse than its {held:code}, the other side's {other:number}: "
            "validation may have been tuned on, or the test data differ."
        )


def has_test_and_validation(keys: Iterable[str]) -> bool:
    """Whether some result is logged of validation and of test data under names that differ in that only."""
    known = {key.lower() for key in keys}
    return any((twin := _twin(key)) != key and twin in known for key in known)


def is_held_out(key: str) -> bool:
    """Whether a key names validation or test data."""
    return bool(_HELD.search(key)) or bool(_TEST.search(key))


def _twin(key: str) -> str:
    return _HELD.sub("test", key.lower())


def _pairs(facts: Facts) -> Iterator[HeldOut]:
    rows = {row.metric.key.lower(): row.metric for row in (facts.quality, *facts.metrics) if row.metric.direction}
    for key, metric in rows.items():
        if _twin(key) != key and _twin(key) in rows and metric.kind != "throughput":
            yield HeldOut(metric, rows[_twin(key)])


def _mids(side: MeasuredSide, metric: Metric) -> list[float]:
    fitted = fitted_to(metric, side)
    return [m for v in side.values(fitted.key) if (m := v.figure.mid) is not None and np.isfinite(m)]


def _gaps(side: MeasuredSide, held: Metric, test: Metric) -> list[float]:
    sign = 1.0 if held.higher_is_better else -1.0
    pairs = zip(side.values(held.key), side.values(test.key), strict=True)
    mids = ((h.figure.mid, t.figure.mid) for h, t in pairs)
    return [sign * (h - t) for h, t in mids if h is not None and t is not None and np.isfinite(h - t)]


def _is_worse(facts: Facts, role: Role, metric: Metric) -> bool:
    """Whether a side's results are worse than the other's, beyond noise or in each run."""
    sign = -1.0 if metric.higher_is_better else 1.0
    mids = [[sign * m for m in _mids(side, metric)] for side in facts.sides]
    found = larger_of(facts.sides, mids, by=0.0, apart=True)
    return found is not None and found.role == role


def _gap_evidence(gap: Gap, held: Metric, test: Metric) -> Evidence:
    mean = float(np.mean(gap.values))
    figure = Figure(mean, provenance=Provenance.DERIVED, source=f"{held.key} less {test.key}, {len(gap.values)} runs")
    return Evidence("validation better than test by", gap.side.role, figure)


RULES: tuple[Rule, ...] = (LossAgainstMetric(), SuspiciousValidation(), GeneralisationGap(), TestGap())
