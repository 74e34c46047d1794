"""Values that are no numbers, trainings that blew up, and single values that stand out."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import Evidence, Finding
from runcompare.comparison.rules.rule import EXACT, SIGN_TEST, Alone, Facts, Rule, both_signs, one_sign
from runcompare.comparison.stages.detect import Stage
from runcompare.comparison.stages.keys import read_key
from runcompare.comparison.stages.signs import Larger, blew_up, larger_on, spikes
from runcompare.metrics.value import evaluated
from runcompare.records.figure import Figure
from runcompare.records.history import Series
from runcompare.records.run import Run

__all__ = ["RULES"]

MOST_KEYS = 3  # that are named, where many became NaN with the loss
MORE, SEVERAL = 1.5, 4  # spikes a run, and on one side in all


class NonFinite(Rule):
    """A loss, the primary metric or a gradient norm became NaN or infinite: which, where first, in which runs."""

    name = "nonfinite"
    code = "RC101"
    title = "Values that are not finite"
    summary = "sentence"
    test = EXACT
    limits = "What made the first value overflow is not logged: the learning rate, 16-bit numbers, or a sample."
    confirm = "Train again from the last finite checkpoint in 32 bits, and look at the batch of that step."

    def find(self, facts: Facts) -> Iterator[Finding]:
        for side in facts.sides:
            yield from self._of(side, facts.quality.metric.key, side.role)

    def alone(self, facts: Alone) -> Iterator[Finding]:
        yield from self._of(facts.side, "", facts.whose)

    def _of(self, side: MeasuredSide, primary: str, role: str) -> Iterator[Finding]:
        found = _not_finite(side, primary)
        named = found[:MOST_KEYS]
        for case in named:
            figure = Figure(float(len(case.runs)), "runs", source=f"{case.key} in {', '.join(case.runs)}")
            proof = (Evidence("runs with non-finite values", side.role, figure),)
            stated = {"role": role, "key": case.key, "runs": case.runs, "count": len(case.runs)}
            stated |= {"step": case.step, "others": len(found) - len(named) if case is named[-1] else 0}
            yield self.finding("strong", stated, proof)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        first = "" if facts["step"] is None else ", first at step {step:number}"
        more = "; so did {others} more keys" if facts["others"] else ""
        if facts["role"] == "run":
            return f"{{key:code}} became NaN or infinite{first}{more}."
        return "{key:code} became NaN or infinite in {count} of the {role}'s runs: {runs:codes}" + f"{first}{more}."


class NotFinite(NamedTuple):
    """A key that became NaN or infinite: in which runs, and the first step at which one did, None if not known."""

    key: str
    runs: list[str]
    step: float | None


def _not_finite(side: MeasuredSide, primary: str) -> list[NotFinite]:
    """Keys with values that are not finite, not counting rows without an evaluation: the primary metric first, then
    what went wrong first."""
    found: dict[str, NotFinite] = {}
    for run in (measured.run for measured in side.runs):
        for key, step in _nonfinite(run, primary):
            before = found.get(key, NotFinite(key, [], None))
            steps = [s for s in (before.step, step) if s is not None]
            found[key] = NotFinite(key, [*before.runs, run.id], min(steps, default=None))
    return sorted(found.values(), key=lambda d: (d.key != primary, d.step is None, d.step or 0.0, d.key))


def _nonfinite(run: Run, primary: str) -> Iterator[tuple[str, float | None]]:
    for key in run.history.numeric_keys:
        if key == primary or "loss" in key.lower() or ((read := read_key(key)) and read.quantity == "grad_norm"):
            series = evaluated(run, key)
            bad = [] if series is None else series.step[~np.isfinite(series.value)].tolist()
            if bad:
                yield key, bad[0]
    for key, value in run.summary.items():
        if isinstance(value, float) and not np.isfinite(value) and not run.history.has(key):
            yield key, None


class Diverged(Rule):
    """The training loss ends at twice its best or more, and above where it began, with finite values: in which runs,
    and since when."""

    name = "diverged"
    code = "RC102"
    title = "The training diverged"
    summary = "sentence"
    follows = ("gradients_vanished", "lr_too_high")
    needs = ("loss",)
    test = "Exact: the last loss is more than twice the lowest one and above the first. No healthy loss does that."
    limits = "That it diverged is certain; why is not logged."
    confirm = "Train again with a third of the learning rate, or with gradients clipped: if it holds, that was it."

    def find(self, facts: Facts) -> Iterator[Finding]:
        for side, stage in facts.side_stages:
            yield from self._of(side, stage, side.role)

    def alone(self, facts: Alone) -> Iterator[Finding]:
        for stage in facts.stages:
            yield from self._of(facts.side, stage, facts.whose)

    def _of(self, side: MeasuredSide, stage: Stage, role: str) -> Iterator[Finding]:
        curves = {run.id: c for run in side.runs if (c := run.curve(stage, "loss")) is not None}
        lost = {run: curve for run, curve in curves.items() if stage.descends and blew_up(curve)}
        if lost:
            since = min(_last_low(curve) for curve in lost.values())
            stated = {"role": role, "runs": list(lost), "count": len(lost), "of": len(curves)}
            stated |= {"axis": stage.axis, "since": since}
            proof = one_sign("runs that diverged", float(len(lost)), side, stage, quantity="loss")
            yield self.finding("strong", stated, (proof,), stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        if facts["role"] == "run":
            return (
                "The training loss ends far above its best, and above where it began, rising since {axis} "
                "{since:number}."
            )
        return (
            "In {count} of the {role}'s {of} runs the training loss ends far above its best, and above where it began, "
            "rising since {axis} {since:number}: {runs:codes}."
        )


def _last_low(curve: Series) -> float:
    """The last place at which a loss was not above its first value."""
    low = np.flatnonzero(curve.value <= curve.value[0])
    return float(curve.step[low[-1]]) if len(low) else float(curve.step[0])


class LossSpikes(Rule):
    """Single values of the training loss far above their neighbours, two a run more than on the other side or more; or
    in every run of one side, four in all or more, and in none of the other."""

    name = "loss_spikes"
    code = "RC103"
    title = "Spikes in the training loss"
    follows = ("diverged", "lr_too_high", "overfitting", "generalisation_gap")  # near 0 every loss is rough
    needs = ("loss curve",)
    test = (
        "A spike is a value 65 % above the three before and the three after, by their medians, and 3 robust standard "
        "deviations beyond them; "
        f"each run gives their number. {SIGN_TEST}"
    )
    limits = "A spike from which the loss comes back may cost nothing."
    confirm = "Look at the batches of these steps, and at the gradient norm there; clip it and count again."

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            found = larger_on(facts.sides, stage, spikes, by=MORE, apart=True)
            once = larger_on(facts.sides, stage, spikes, by=1.0, apart=True)
            if found is None and once is not None and _only_there(facts, once, stage):
                found = once
            if found is not None:
                stated = {"role": found.role, "count": round(found.own), "other": round(found.other)}
                proof = both_signs("spikes a run", found, facts, stage, quantity="loss")
                strength = "strong" if _only_there(facts, found, stage) else found.strength
                yield self.finding(strength, stated, proof, stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s training loss has {count} spikes a run, the other side's {other}."


def _only_there(facts: Facts, found: Larger, stage: Stage) -> bool:
    """Whether every run of one side has spikes, several in all, and none of the other."""
    own, other = ([spikes(r, stage) or 0.0 for r in s.runs] for s in (facts.side(found.role), facts.other(found.role)))
    return min(len(own), len(other)) > 1 and min(own) > 0 and sum(own) >= SEVERAL and max(other) == 0


RULES: tuple[Rule, ...] = (NonFinite(), Diverged(), LossSpikes())
