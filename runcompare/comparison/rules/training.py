"""Findings about how the stages trained."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from runcompare.comparison.measured import MeasuredRun, MeasuredSide
from runcompare.comparison.model import Evidence, Finding, Recommendation, Role
from runcompare.comparison.rules.rule import ASSOCIATION, Facts, Rule, evidence, strength_of
from runcompare.comparison.stages.curves import Best, best_of
from runcompare.comparison.stages.detect import Stage, stage_key, stated_figure
from runcompare.records.conventions import gate_closed, gate_keys
from runcompare.records.figure import Figure
from runcompare.records.history import Series

__all__ = ["RULES", "STILL_FALLING"]

STILL_FALLING = 0.05  # of the loss, over the last quarter of the epochs
ABOVE_BEST = 0.10
WASTED = 0.25  # of the epochs
NOTABLE_EPOCHS = 1.2  # times
FEWEST_EPOCHS = 8  # below which a best epoch says nothing

# what a row's assessment means inside a sentence
ASSESSED = {
    "above range": "above the estimated range",
    "below range": "below the estimated range",
    "worse": "worse, beyond noise",
    "higher": "higher, beyond noise",
    "equivalent": "the same within the smallest effect of interest",
}


class MoreEpochsNoGain(Rule):
    """A stage trained longer without a lower loss."""

    name = "more_epochs_no_gain"
    code = "RC304"
    title = "More epochs, no lower loss"
    limits = "Losses of stages that train on different inputs or add terms are not on one scale."

    def find(self, facts: Facts) -> Iterator[Finding]:
        for table in facts.tables:
            epochs, loss = table.row("epochs"), table.row("final_loss")
            if epochs is None or loss is None or epochs.ratio is None or epochs.ratio <= NOTABLE_EPOCHS:
                continue
            if loss.assessment in ("worse", "equivalent", "above range"):
                stated = {"epochs_ratio": epochs.ratio, "loss_ratio": loss.ratio, "assessment": loss.assessment}
                strength = strength_of(loss) if loss.test else "suggestive"
                yield self.finding(strength, stated, evidence(epochs, loss), stage=table.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        found = ASSESSED.get(facts["assessment"], facts["assessment"])
        ratio = " ({loss_ratio:times} the baseline's)" if facts["loss_ratio"] else ""
        return "{epochs_ratio:times} the epochs, and the final loss is " + f"{found}{ratio}."


class GradNormHigher(Rule):
    """The candidate's grad norm ends higher, beyond noise or above the expected range."""

    name = "grad_norm_higher"
    code = "RC404"
    title = "Gradients stayed larger"
    limits = ASSOCIATION
    follows = (
        "nonfinite",
        "lr_zero",
        "did_not_learn",
        "nothing_carried_over",
        "diverged",
        "shorter_training",
        "mostly_clipped",
        "gradients_grew",
        "number_as_text",
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


class BestWorseThanFinal(Rule):
    """A logged best loss that is worse than the final one: it was logged before it was updated."""

    name = "best_worse_than_final"
    code = "RC710"
    title = "The logged best loss is worse than the final one"

    def find(self, facts: Facts) -> Iterator[Finding]:
        for side, stage in facts.side_stages:
            for run in side.runs:
                best, final = _logged_best(run, stage), _final(run, stage)
                if best is None or final is None or best.mid is None or final.mid is None or best.mid <= final.mid:
                    continue
                proof = (Evidence("best loss as logged", side.role, best), Evidence("final loss", side.role, final))
                stated = {"role": side.role, "best": best.mid, "final": final.mid}
                yield self.finding("strong", stated, proof, stage=stage.name)
                break

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return (
            "The {role}'s logged best loss ({best:number}) is worse than its final loss ({final:number}). A best can't "
            "be worse than the last: it was logged before it was updated."
        )

    def recommend(self, findings: Sequence[Finding], facts: Facts) -> Iterator[Recommendation]:
        stages = list(dict.fromkeys(finding.stage for finding in findings))
        text = "Log {keys:codes} after updating it, in {stages:codes}."
        yield Recommendation("fix_logging", {"stages": stages, "keys": ["best_loss"]}, (self.name,), text, rank=40)


class GateClosed(Rule):
    """A stage whose correction switched itself off."""

    name = "gate_closed"
    code = "RC504"
    title = "The corrector switched itself off"

    def find(self, facts: Facts) -> Iterator[Finding]:
        for side in facts.sides:
            for key in gate_keys(k for run in side.runs for k in run.run.summary):
                gates = [run.run.summary.get(key) for run in side.runs if key in run.run.summary]
                if gate_closed(gates):
                    largest = max(float(g) for g in gates if isinstance(g, int | float))
                    figure = Figure(largest, source=f"summary {key}, largest of {len(gates)} runs")
                    proof = (Evidence("gate", side.role, figure),)
                    stated = {"role": side.role, "value": largest}
                    yield self.finding("strong", stated, proof, stage=key.rpartition("/")[0])

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return (
            "In the {role} the gate of {stage:code} closed at {value:number}: validation did not gain from the "
            "corrector, so that stage's training bought nothing."
        )


class WithBest(NamedTuple):
    """A curve and where it was lowest."""

    series: Series
    best: Best


def _curves(side: MeasuredSide, stage: Stage, quantity: str) -> list[Series]:
    return [c for run in side.runs if (c := run.curve(stage, quantity)) is not None and len(c)]


def _with_best(curves: Sequence[Series]) -> list[WithBest]:
    return [WithBest(c, best) for c in curves if (best := best_of(c)) is not None]


def _places(case: WithBest, stage: Stage) -> dict[str, Any]:
    """Where a curve was best and where it ended, in epochs or steps."""
    return {"axis": stage.axis, "best_at": case.best.at, "last": float(case.series.step[-1])}


def _length(series: Series, stage: Stage) -> int:
    return math.ceil(series.step[-1]) if stage.axis == "epoch" else len(series)


def _last_and_best(role: Role, case: WithBest, stage: Stage) -> tuple[Evidence, ...]:
    series, best = case
    last = Figure(float(series.value[-1]), source=f"{series.key} @ {stage.axis} {series.step[-1]:g}")
    lowest = Figure(best.value, source=f"{series.key} @ {stage.axis} {best.at:g}")
    return Evidence("final", role, last), Evidence("best", role, lowest)


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
    MoreEpochsNoGain(),
    GradNormHigher(),
    BestWorseThanFinal(),
    GateClosed(),
)
