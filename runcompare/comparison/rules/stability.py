"""Trainings that blew up, and gradients and seeds that did what they should not."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from runcompare.comparison.model import Finding, Sample
from runcompare.comparison.rules.rule import ASSOCIATION, Facts, Rule, evidence
from runcompare.comparison.stages.signs import (
    blew_up,
    clipped_share,
    grad_growth,
    larger_on,
    level,
    median_on,
    spikes,
)

__all__ = ["RULES"]

MOST = 0.8  # of the steps
VANISHED = 1e-4  # of the other side's grad norm
GROWN = 3.0  # times
SPIKES = 4  # on one side in all
RARE = 0.002  # an F test takes values for normal, which a share's are not
SPREAD = 3.0  # times the other side's standard deviation


class Diverged(Rule):
    """The training loss ends far above its best value, and above where it began."""

    name = "diverged"
    code = "RC102"
    title = "The training diverged"
    summary = "sentence"
    follows = ("gradients_vanished",)

    def find(self, facts: Facts) -> Iterator[Finding]:
        for side, stage in facts.side_stages:
            curves = {run.id: c for run in side.runs if (c := run.curve(stage, "loss")) is not None}
            lost = [run for run, curve in curves.items() if blew_up(curve)]
            if lost:
                stated = {"role": side.role, "runs": lost, "count": len(lost), "of": len(curves)}
                yield self.finding("strong", stated, stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return (
            "In {count} of the {role}'s {of} runs the training loss ends far above its best, and above where it began: "
            "{runs:codes}."
        )


class LossSpikes(Rule):
    """Single values far above their neighbours, in every run of one side and in none of the other."""

    name = "loss_spikes"
    code = "RC103"
    title = "Spikes in the training loss"
    follows = ("diverged", "lr_too_high")

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            counts = [[n for run in side.runs if (n := spikes(run, stage)) is not None] for side in facts.sides]
            for side, own, other in zip(facts.sides, counts, reversed(counts), strict=True):
                if own and other and min(own) > 0 and max(other) == 0:
                    many = min(len(own), len(other)) > 1 and sum(own) >= SPIKES
                    stated = {"role": side.role, "count": round(float(np.mean(own)))}
                    yield self.finding("strong" if many else "suggestive", stated, stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s training loss has {count} spikes a run, the other side's none."


class MostlyClipped(Rule):
    """Gradients were clipped at nearly every step, on one side only."""

    name = "mostly_clipped"
    code = "RC401"
    title = "Gradients are clipped at nearly every step"
    limits = ASSOCIATION

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            shares = {side.role: median_on(side, stage, clipped_share) for side in facts.sides}
            for side in facts.sides:
                own = shares[side.role]
                other = next(share for role, share in shares.items() if role != side.role)
                if own is not None and own >= MOST and (other is None or other < MOST):
                    yield self.finding("strong", {"role": side.role, "share": own}, stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s gradients were above its clipping norm in {share:share} of the logged steps."


class GradientsVanished(Rule):
    """The grad norm fell to nothing, against the other side's."""

    name = "gradients_vanished"
    code = "RC402"
    title = "Gradients vanished"

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            found = larger_on(facts.sides, stage, level("grad_norm"), by=-float(np.log(VANISHED)))
            if found is not None:
                stated = {"role": facts.other(found.role).role, "ratio": float(np.exp(-found.difference))}
                yield self.finding(found.strength, stated, stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s grad norm ends at {ratio:number} of the other side's: next to nothing is trained."


class GradientsGrew(Rule):
    """The grad norm rose over the training, more than the other side's."""

    name = "gradients_grew"
    code = "RC403"
    title = "Gradients grew"
    limits = ASSOCIATION
    follows = ("nonfinite", "diverged", "lr_too_high", "lr_never_decayed", "overfitting", "gradients_vanished")

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            found = larger_on(facts.sides, stage, grad_growth, by=float(np.log(GROWN)))
            if found is not None and found.own > np.log(GROWN):
                stated = {"role": found.role, "times": float(np.exp(found.own))}
                yield self.finding(found.strength, stated, stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s grad norm rose {times:times} over the training, the other side's by less."


class SeedsSpread(Rule):
    """Final values spread over seeds far more than the other side's, by an F test of their variances."""

    name = "seeds_spread"
    code = "RC405"
    title = "Seeds differ far more"
    summary = "sentence"
    follows = ("nonfinite", "diverged")

    def find(self, facts: Facts) -> Iterator[Finding]:
        from scipy.special import fdtrc

        values = [_finite(sample) for sample in (facts.quality.candidate, facts.quality.baseline)]
        if min(map(len, values)) < 3:
            return
        variances = [float(np.var(v, ddof=1)) for v in values]
        wide = int(variances[1] > variances[0])
        if variances[1 - wide] <= 0 or variances[wide] < SPREAD**2 * variances[1 - wide]:
            return
        p = 2 * float(fdtrc(len(values[wide]) - 1, len(values[1 - wide]) - 1, variances[wide] / variances[1 - wide]))
        if p < RARE:
            times = (variances[wide] / variances[1 - wide]) ** 0.5
            yield self.finding("strong", {"role": facts.sides[wide].role, "times": times}, evidence(facts.quality))

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s seeds spread {times:times} as far as the other side's."


class SeedWithoutEffect(Rule):
    """Runs with different seeds whose curves are the same to the last digit."""

    name = "seed_without_effect"
    code = "RC406"
    title = "The seed has no effect"
    summary = "sentence"

    def find(self, facts: Facts) -> Iterator[Finding]:
        for side, stage in facts.side_stages:
            curves = [c.value for c in side.curves(stage, "loss")]
            seeds = {run.run.seed for run in side.runs}
            if len(curves) > 1 and len(seeds) == len(curves) and all(np.array_equal(c, curves[0]) for c in curves):
                yield self.finding("strong", {"role": side.role, "count": len(curves)}, stage=stage.name)
                break

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s {count} runs have different seeds and the very same losses: they count as one."


def _finite(sample: Sample) -> list[float]:
    return [mid for v in sample.values if (mid := v.figure.mid) is not None and np.isfinite(mid)]


RULES: tuple[Rule, ...] = (
    Diverged(),
    LossSpikes(),
    MostlyClipped(),
    GradientsVanished(),
    GradientsGrew(),
    SeedsSpread(),
    SeedWithoutEffect(),
)
