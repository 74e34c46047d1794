"""What the two sides' records hold, and whether they can be held against each other."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from runcompare.comparison.comparable import WHERE
from runcompare.comparison.measured import MeasuredRun, MeasuredSide
from runcompare.comparison.model import Evidence, Finding, Recommendation
from runcompare.comparison.rules.rule import EXACT, Alone, Facts, Rule, both_signs
from runcompare.comparison.stages.detect import Stage, stage_key, stated_figure
from runcompare.comparison.stages.signs import larger_on, learning_rate_curve
from runcompare.records.figure import Figure

__all__ = ["RULES"]

LONGER = 1.2  # times
# settings that say what was learned from
_DATA = re.compile(
    r"(^|[._])(data|dataset|datasets|corpus|train_(file|split|set|size|data|samples|trajectories)|n_?train|subset|"
    r"(num|n|max)_(train_)?(samples|examples|trajectories)|data_fraction|train_fraction|augment\w*|mixture)([._]|$)",
    re.IGNORECASE,
)


class BestWorseThanFinal(Rule):
    """A logged best loss that is worse than the final one: it was logged before it was updated."""

    name = "best_worse_than_final"
    code = "RC710"
    title = "The logged best loss is worse than the final one"
    needs = ("best loss",)
    test = EXACT
    limits = "Which checkpoint was kept as the best: look at its step."
    confirm = "The curve of the loss: its lowest value lies below the logged best."

    def find(self, facts: Facts) -> Iterator[Finding]:
        for side, stage in facts.side_stages:
            yield from self._of(side, stage, side.role)

    def alone(self, facts: Alone) -> Iterator[Finding]:
        for stage in facts.stages:
            yield from self._of(facts.side, stage, facts.whose)

    def _of(self, side: MeasuredSide, stage: Stage, role: str) -> Iterator[Finding]:
        for run in side.runs:
            best, final = _logged_best(run, stage), _final(run, stage)
            if best is None or final is None or best.mid is None or final.mid is None or best.mid <= final.mid:
                continue
            proof = (Evidence("best loss as logged", side.role, best), Evidence("final loss", side.role, final))
            yield self.finding("strong", {"role": role, "best": best.mid, "final": final.mid}, proof, stage=stage.name)
            return

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return (
            "The {role}'s logged best loss ({best:number}) is worse than its final loss ({final:number}). A best can't "
            "be worse than the last: it was logged before it was updated."
        )

    def recommend(self, findings: Sequence[Finding], facts: Facts) -> Iterator[Recommendation]:
        stages = list(dict.fromkeys(finding.stage for finding in findings))
        text = "Log {keys:codes} after updating it, in {stages:codes}."
        yield Recommendation("fix_logging", {"stages": stages, "keys": ["best_loss"]}, (self.name,), text, rank=40)


class DataDiffer(Rule):
    """Settings that say what was learned from differ between the sides."""

    name = "data_differ"
    code = "RC711"
    title = "The training data differ"
    summary = "sentence"
    needs = ("settings",)
    test = EXACT
    limits = "Data that changed under an unchanged name are not seen."
    confirm = "One run of the candidate on the baseline's data."
    fault = False

    def find(self, facts: Facts) -> Iterator[Finding]:
        paths = [c.path for c in facts.config if _DATA.search(c.path) and not WHERE.search(c.path)]
        if paths:
            yield self.finding("strong", {"paths": paths})

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The sides learned from different data, by {paths:codes}: no difference is the method's alone."


class LengthsDiffer(Rule):
    """One side trained 1.2 times as long as the other or more, in epochs or steps, beyond what its runs differ."""

    name = "lengths_differ"
    code = "RC712"
    title = "The lengths of the trainings differ"
    needs = ("loss",)
    limits = "What the shorter side would have reached later."
    confirm = "Compare both sides at the same step: `runcompare report NEW@step=N OLD@step=N`."
    follows = ("shorter_training",)
    fault = False

    def find(self, facts: Facts) -> Iterator[Finding]:
        for stage in facts.stages:
            found = larger_on(facts.sides, stage, _log_length, by=float(np.log(LONGER)))
            if found is not None:
                own, other = float(np.exp(found.other)), float(np.exp(found.own))
                role = facts.other(found.role).role
                stated = {"role": role, "own": own, "other": other, "axis": stage.axis}
                proof = both_signs(f"last {stage.axis}", found, facts, stage, quantity="loss", shown=np.exp)
                yield self.finding(found.strength, stated, proof, stage=stage.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role} ended at {axis} {own:number}, the other side at {other:number}."


class MissingEvidence(Rule):
    """A quantity that most checks need and that one side did not log: the validation loss, the gradient norm, the
    learning rate, the training loss."""

    name = "missing_evidence"
    code = "RC713"
    title = "Evidence that one side lacks"
    summary = "unknown"
    test = EXACT
    limits = "What was not logged may have been healthy or not."
    confirm = "Log it on both sides; the list of checks that did not run says what each needs."
    fault = False

    def find(self, facts: Facts) -> Iterator[Finding]:
        logged = [_logged(side, facts.stages) for side in facts.sides]
        for side, own, other in zip(facts.sides, logged, reversed(logged), strict=True):
            lacking = [what for what in other if what not in own]
            if lacking:
                yield self.finding("note", {"role": side.role, "what": lacking})

    def alone(self, facts: Alone) -> Iterator[Finding]:
        own = _logged(facts.side, facts.stages)
        lacking = [what for what in WANTED if what not in own]
        if lacking:
            text = "Not logged: {what:list}."
            yield self.finding("note", {"role": facts.whose, "what": lacking}, sentence=text)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role} did not log what the other side did: {what:list}."


WANTED = {"training loss": "loss", "validation loss": "val_loss", "gradient norm": "grad_norm", "learning rate": ""}


def _logged(side: MeasuredSide, stages: Sequence[Stage]) -> list[str]:
    return [what for what, quantity in WANTED.items() if _has(side, stages, quantity)]


def _has(side: MeasuredSide, stages: Sequence[Stage], quantity: str) -> bool:
    if not quantity:
        return any(learning_rate_curve(run.run) is not None for run in side.runs)
    return any(side.curves(stage, quantity) for stage in stages)


def _log_length(run: MeasuredRun, stage: Stage) -> float | None:
    curve = run.curve(stage, "loss")
    return None if curve is None or not len(curve) or curve.step[-1] <= 0 else float(np.log(curve.step[-1]))


def _logged_best(measured: MeasuredRun, stage: Stage) -> Figure | None:
    if key := stage_key(measured.run, stage, "best_loss"):
        series = measured.run.history.series(key)
        return Figure(float(series.value[-1]), source=f"{key} @ step {series.step[-1]:g}") if len(series) else None
    return stated_figure(measured.run, stage, "best_loss")


def _final(measured: MeasuredRun, stage: Stage) -> Figure | None:
    series = measured.curve(stage, "loss")
    if series is not None and len(series):
        return Figure(float(series.value[-1]), source=f"{series.key} @ {stage.axis} {series.step[-1]:g}")
    return stated_figure(measured.run, stage, "final_loss")


RULES: tuple[Rule, ...] = (
    BestWorseThanFinal(),
    DataDiffer(),
    LengthsDiffer(),
    MissingEvidence(),
)
