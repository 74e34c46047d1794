"""Gradients and seeds that did what they should not."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import Finding, Sample, Strength
from runcompare.comparison.rules.fitting import ASSESSED
from runcompare.comparison.rules.rule import (
    ASSOCIATION,
    EXACT,
    THRESHOLD,
    Alone,
    Facts,
    Rule,
    both_signs,
    evidence,
    one_sign,
    strength_of,
)
from runcompare.comparison.stages.detect import Stage
from runcompare.comparison.stages.signs import (
    NOTHING,
    clip_told,
    clipped_share,
    grad_growth,
    larger_on,
    level,
    median_on,
)

__all__ = ["RULES"]

MOST, NEARLY_ALL = 0.8, 0.95  # of the steps
VANISHED = 1e-4  # of the other side's gradient norm
GROWN, GROWN_ALONE = 3.0, 30.0  # times
RARE = 0.002  # an F test takes values for normal, which a share's are not
SPREAD = 3.0  # times the other side's standard deviation


class MostlyClipped(Rule):
    """Logged gradient norms lie above the stated clipping norm in 80 % of the steps or more, on one side only, and the
    other side states another norm or none; of one run alone in 95 %."""

    name = "mostly_clipped"
    code = "RC401"
    title = "Gradients are clipped at nearly every step"
    limits = ASSOCIATION
    follows = ("lr_too_high",)
    needs = ("gradient norm", "clipping norm")
    test = "Exact for what was logged: the share of the steps, in the median run of each side."
    confirm = "One run with a clipping norm above the usual gradient norm; the learning rate may have to fall with it."

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            shares = {side.role: median_on(side, stage, clipped_share) for side in facts.sides}
            told = [{clip_told(run.run) for run in side.runs} for side in facts.sides]
            if told[0] == told[1]:
                continue  # what both sides share is no cause: the gradients differ
            for side in facts.sides:
                own = shares[side.role]
                other = next(share for role, share in shares.items() if role != side.role)
                if own is not None and own >= MOST and (other is None or other < MOST):
                    yield self._of(side, stage, own, strength="strong", role=side.role)

    def alone(self, facts: Alone) -> Iterator[Finding]:
        for stage in facts.stages:
            own = median_on(facts.side, stage, clipped_share)
            if own is not None and own >= NEARLY_ALL:
                yield self._of(facts.side, stage, own, strength="suggestive", role=facts.whose)

    def _of(self, side: MeasuredSide, stage: Stage, share: float, *, strength: Strength, role: str) -> Finding:
        proof = one_sign("share of steps above the clipping norm", share, side, stage, quantity="grad_norm")
        return self.finding(strength, {"role": role, "share": share}, (proof,), stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s gradients were above its clipping norm in {share:share} of the logged steps."


class GradientsVanished(Rule):
    """The gradient norm ends at a ten-thousandth of the other side's or less, at a training loss that is no lower; of
    one run alone, at a millionth of what it was in the beginning."""

    name = "gradients_vanished"
    code = "RC402"
    title = "Gradients vanished"
    follows = ("lr_too_high",)  # which kills units
    needs = ("gradient norm",)
    confirm = "Log gradient norms by layer: the first layer without one is where the signal ends."
    limits = "Where in the network they vanish is not seen in one norm."

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            found = larger_on(facts.sides, stage, level("grad_norm"), by=-float(np.log(VANISHED)))
            better = larger_on(facts.sides, stage, level("loss"), by=0.0, apart=True)
            if found is not None and (better is None or better.role != found.role):  # else the other side's exploded
                stated = {"role": facts.other(found.role).role, "ratio": float(np.exp(-found.difference))}
                proof = both_signs("gradient norm at the end", found, facts, stage, quantity="grad_norm", shown=np.exp)
                yield self.finding(found.strength, stated, proof, stage=stage.name)

    def alone(self, facts: Alone) -> Iterator[Finding]:
        for stage in facts.stages:
            growth = median_on(facts.side, stage, grad_growth)
            if growth is not None and growth <= np.log(NOTHING):
                ratio = float(np.exp(growth))
                stated = {"role": facts.whose, "ratio": ratio}
                proof = one_sign("growth of gradient norm", ratio, facts.side, stage, quantity="grad_norm")
                text = "The {role}'s gradient norm ends at {ratio:number} of what it was: next to nothing is trained."
                yield self.finding("suggestive", stated, (proof,), stage=stage.name, limits=THRESHOLD, sentence=text)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s gradient norm ends at {ratio:number} of the other side's: next to nothing is trained."


class GradientsGrew(Rule):
    """The gradient norm rose three times or more over the training, beyond the other side's; of one run alone, thirty
    times."""

    name = "gradients_grew"
    code = "RC403"
    title = "Gradients grew"
    limits = ASSOCIATION
    needs = ("gradient norm",)
    confirm = "Train on from a checkpoint with gradients clipped: the loss goes on as before, or settles."
    follows = (
        *("nonfinite", "diverged", "lr_too_high", "lr_never_decayed", "overfitting", "gradients_vanished"),
        *("at_chance", "generalisation_gap", "nothing_carried_over", "lr_zero", "did_not_learn", "stalled"),
    )

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            found = larger_on(facts.sides, stage, grad_growth, by=float(np.log(GROWN)))
            if found is not None and found.own > np.log(GROWN):
                stated = {"role": found.role, "times": float(np.exp(found.own))}
                proof = both_signs("growth of gradient norm", found, facts, stage, quantity="grad_norm", shown=np.exp)
                yield self.finding(found.strength, stated, proof, stage=stage.name)

    def alone(self, facts: Alone) -> Iterator[Finding]:
        for stage in facts.stages:
            growth = median_on(facts.side, stage, grad_growth)
            if growth is not None and growth > np.log(GROWN_ALONE):
                times = float(np.exp(growth))
                stated = {"role": facts.whose, "times": times}
                proof = one_sign("growth of gradient norm", times, facts.side, stage, quantity="grad_norm")
                text = "The {role}'s gradient norm rose {times:times} over the training."
                yield self.finding("suggestive", stated, (proof,), stage=stage.name, limits=THRESHOLD, sentence=text)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s gradient norm rose {times:times} over the training, the other side's by less."


class GradNormHigher(Rule):
    """The candidate's gradient norm ends higher than the baseline's, beyond noise or above the expected range."""

    name = "grad_norm_higher"
    code = "RC404"
    title = "Gradients stayed larger"
    fault = False  # a difference, which need not be one
    limits = ASSOCIATION
    needs = ("gradient norm",)
    test = "The last gradient norm's own test against the baseline's runs, corrected for all rows that were tested."
    confirm = "Nothing need be wrong: look at whether the loss ends higher, too."
    follows = (
        *("nonfinite", "lr_zero", "did_not_learn", "nothing_carried_over", "diverged", "shorter_training"),
        *("mostly_clipped", "gradients_grew", "number_as_text", "lr_too_high", "at_chance", "stalled"),
        *("overfitting", "generalisation_gap", "under_trained", "lr_never_decayed", "suspicious_validation"),
        "loss_spikes",
    )

    def find(self, facts: Facts) -> Iterator[Finding]:
        for table in facts.tables:
            row = table.row("grad_norm")
            if row is None or row.ratio is None or row.ratio <= 1 or row.assessment not in ("higher", "above range"):
                continue
            stated = {"role": "candidate", "ratio": row.ratio, "assessment": row.assessment}
            strength = strength_of(row) if row.test else "suggestive"
            yield self.finding(strength, stated, evidence(row), stage=table.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        found = ASSESSED.get(facts["assessment"], facts["assessment"])
        return "The grad norm ends at {ratio:times} the baseline's " + f"({found})."


class SeedsSpread(Rule):
    """The primary metric spreads over seeds three times as far as the other side's or more, and not all of its values
    are better than all of the other side's."""

    name = "seeds_spread"
    code = "RC405"
    title = "Seeds differ far more"
    summary = "sentence"
    follows = (  # each of which lifts errors, and how far they spread with them
        *("nonfinite", "diverged", "lr_zero", "lr_too_high", "did_not_learn", "nothing_carried_over", "at_chance"),
        *("overfitting", "generalisation_gap", "shorter_training", "under_trained", "stalled", "gradients_vanished"),
        *("mostly_clipped", "number_as_text", "loss_spikes"),
    )
    needs = ("three runs",)
    test = f"An F test of the variances, two-sided at {RARE:.1%}, under the null of equal ones and normal values."
    limits = "With few seeds one bad one is enough; a metric near its limit spreads less for that reason alone."
    confirm = "Three more seeds on the wide side."

    def find(self, facts: Facts) -> Iterator[Finding]:
        from scipy.special import fdtrc

        values = [_finite(sample) for sample in (facts.quality.candidate, facts.quality.baseline)]
        if min(map(len, values)) < 3:
            return
        variances = [float(np.var(v, ddof=1)) for v in values]
        wide = int(variances[1] > variances[0])
        if variances[1 - wide] <= 0 or variances[wide] < SPREAD**2 * variances[1 - wide]:
            return
        if facts.quality.metric.direction and _all_better(facts, values[wide], values[1 - wide]):
            return  # a side that learned nothing spreads little
        p = 2 * float(fdtrc(len(values[wide]) - 1, len(values[1 - wide]) - 1, variances[wide] / variances[1 - wide]))
        if p < RARE:
            times = (variances[wide] / variances[1 - wide]) ** 0.5
            yield self.finding("strong", {"role": facts.sides[wide].role, "times": times}, evidence(facts.quality))

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s seeds spread {times:times} as far as the other side's."


class SeedWithoutEffect(Rule):
    """Runs with different seeds log the very same losses, to the last digit: they are one run, counted several
    times."""

    name = "seed_without_effect"
    code = "RC406"
    title = "The seed has no effect"
    summary = "sentence"
    needs = ("two runs", "seeds", "loss")
    test = EXACT
    limits = "Whether the seed is not passed on, or a copy was logged twice, is not seen."
    confirm = "Print the first weight of the network with two seeds."

    def find(self, facts: Facts) -> Iterator[Finding]:
        for side in facts.sides:
            yield from self._of(side, facts.stages, side.role)

    def alone(self, facts: Alone) -> Iterator[Finding]:
        yield from self._of(facts.side, facts.stages, facts.whose)

    def _of(self, side: MeasuredSide, stages: tuple[Stage, ...], role: str) -> Iterator[Finding]:
        seeds = {run.run.seed for run in side.runs}
        for stage in stages:
            curves = [c.value for c in side.curves(stage, "loss")]
            if len(curves) > 1 and len(seeds) == len(curves) and all(np.array_equal(c, curves[0]) for c in curves):
                proof = one_sign("runs with the very same losses", float(len(curves)), side, stage, quantity="loss")
                yield self.finding("strong", {"role": role, "count": len(curves)}, (proof,), stage=stage.name)
                return

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s {count} runs have different seeds and the very same losses: they count as one."


def _all_better(facts: Facts, own: Sequence[float], other: Sequence[float]) -> bool:
    """Whether every value of one side is better than every value of the other."""
    return min(own) > max(other) if facts.quality.metric.higher_is_better else max(own) < min(other)


def _finite(sample: Sample) -> list[float]:
    return [mid for v in sample.values if (mid := v.figure.mid) is not None and np.isfinite(mid)]


RULES: tuple[Rule, ...] = (
    MostlyClipped(),
    GradientsVanished(),
    GradientsGrew(),
    GradNormHigher(),
    SeedsSpread(),
    SeedWithoutEffect(),
)
