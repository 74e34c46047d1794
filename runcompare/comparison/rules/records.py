"""Findings about the records themselves: what differs at once, what is missing, estimated or damaged."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import Evidence, Finding, Recommendation
from runcompare.comparison.rules.rule import ASSOCIATION, Facts, Rule
from runcompare.comparison.stages.keys import read_key
from runcompare.metrics.value import evaluated
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Run

__all__ = ["RULES", "hardware_words"]


class Confounded(Rule):
    """Several settings changed at once, so no one of them can be blamed or thanked."""

    name = "confounded"
    code = "RC701"
    title = "Confounded"
    limits = ASSOCIATION
    summary = "unknown"

    def find(self, facts: Facts) -> Iterator[Finding]:
        if len(facts.config) > 1:
            paths = [change.path for change in facts.config]
            yield self.finding("note", {"count": len(paths), "paths": paths})

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "Which of the {count} changed settings did what: they changed together."

    def recommend(self, findings: Sequence[Finding], facts: Facts) -> Iterator[Recommendation]:
        if facts.verdict in ("better", "worse"):
            text = "**Ablate** to learn which change did it: {paths:codes} changed together."
            yield Recommendation("ablate", {"paths": findings[0].facts["paths"]}, (self.name,), text, rank=32)


class SingleRuns(Rule):
    """A side of one run."""

    name = "single_runs"
    code = "RC702"
    title = "Single runs"
    summary = "unknown"

    def find(self, facts: Facts) -> Iterator[Finding]:
        if len(facts.candidate) == 1 or len(facts.baseline) == 1:
            yield self.finding("note", {"candidate": len(facts.candidate), "baseline": len(facts.baseline)})

    def sentence(self, facts: Mapping[str, Any]) -> str:
        one = [side for side in ("candidate", "baseline") if facts[side] == 1]
        who = "There is one run a side" if len(one) == 2 else f"The {one[0]} is a single run"
        return f"{who}; how much another seed would change it was not measured on that side."


class EstimatedFigures(Rule):
    """Figures that are estimates, not logs."""

    name = "estimated_figures"
    code = "RC706"
    title = "Estimated figures"
    summary = "unknown"

    def find(self, facts: Facts) -> Iterator[Finding]:
        for side in facts.sides:
            figures = [figure for run in side.runs for figure in run.run.figures.values()]
            count = sum(figure.provenance is Provenance.ESTIMATED for figure in figures)
            if count:
                yield self.finding("note", {"role": side.role, "count": count})

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "{count} figures of the {role} are estimates, not logs."

    def recommend(self, findings: Sequence[Finding], facts: Facts) -> Iterator[Recommendation]:
        text = "Record the {what}'s losses, grad norms and times: its figures here are estimates."
        for finding in findings:
            yield Recommendation("record_more", {"what": finding.facts["role"]}, (self.name,), text, rank=43)


class MissingStage(Rule):
    """A stage that only one side has."""

    name = "missing_stage"
    code = "RC705"
    title = "A stage that one side lacks"
    summary = "sentence"

    def find(self, facts: Facts) -> Iterator[Finding]:
        for table in facts.tables:
            rows = [row for row in table.rows if row.metric.key != f"{table.name}/time"]
            candidate = any(row.candidate.center is not None for row in rows)
            baseline = any(row.baseline.center is not None for row in rows)
            if candidate != baseline:
                present, absent = ("candidate", "baseline") if candidate else ("baseline", "candidate")
                yield self.finding("strong", {"present": present, "absent": absent}, stage=table.name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "Only the {present} has the stage {stage:code}; the {absent} did not log it."


class NonFinite(Rule):
    """Losses or results that became NaN or infinite."""

    name = "nonfinite"
    code = "RC101"
    title = "Values that are not finite"
    summary = "sentence"

    def find(self, facts: Facts) -> Iterator[Finding]:
        for side in facts.sides:
            found = _diverged(side, facts.quality.metric.key)
            named = found[:MOST_KEYS]
            for case in named:
                figure = Figure(float(len(case.runs)), "runs", source=f"{case.key} in {', '.join(case.runs)}")
                proof = (Evidence("runs with non-finite values", side.role, figure),)
                stated = {"role": side.role, "key": case.key, "runs": case.runs, "count": len(case.runs)}
                stated |= {"step": case.step, "others": len(found) - len(named) if case is named[-1] else 0}
                yield self.finding("strong", stated, proof)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        first = "" if facts["step"] is None else ", first at step {step:number}"
        more = "; so did {others} more keys" if facts["others"] else ""
        return "{key:code} became NaN or infinite in {count} of the {role}'s runs: {runs:codes}" + f"{first}{more}."


MOST_KEYS = 3  # that are named, where many became NaN with the loss


class Diverged(NamedTuple):
    """A key that became NaN or infinite: in which runs, and the first step at which one did, None if not known."""

    key: str
    runs: list[str]
    step: float | None


def _diverged(side: MeasuredSide, primary: str) -> list[Diverged]:
    """Keys with values that are not finite, not counting rows without an evaluation: the primary metric first, then
    what went wrong first."""
    found: dict[str, Diverged] = {}
    for run in (measured.run for measured in side.runs):
        for key, step in _nonfinite(run, primary):
            before = found.get(key, Diverged(key, [], None))
            steps = [s for s in (before.step, step) if s is not None]
            found[key] = Diverged(key, [*before.runs, run.id], min(steps, default=None))
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


class HardwareDiffers(Rule):
    """Times and costs of different devices."""

    name = "hardware_differs"
    code = "RC703"
    title = "Different hardware"
    summary = "sentence"

    def find(self, facts: Facts) -> Iterator[Finding]:
        new, old = (sorted({hardware_words(run.run) for run in side.runs}) for side in facts.sides)
        if new != old and "" not in (*new, *old):
            yield self.finding("strong", {"candidate": ", ".join(new), "baseline": ", ".join(old)})

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The candidate ran on {candidate}, the baseline on {baseline}: times and costs compare machines too."


def hardware_words(run: Run) -> str:
    """What a run ran on, such as "2 x NVIDIA A100" or "AMD EPYC (1 thread)"; empty if unknown."""
    hw = run.hardware
    if hw.accelerator:
        return f"{max(1, hw.accelerator_count)} x {hw.accelerator}"
    threads = f" ({hw.cpu_count} thread{'s' if hw.cpu_count != 1 else ''})" if hw.cpu_count else ""
    return f"{hw.cpu}{threads}" if hw.cpu else ""


class Unfinished(Rule):
    """Runs that did not come to their end, or are still going."""

    name = "unfinished"
    code = "RC704"
    title = "Runs that did not finish"
    summary = "sentence"

    def find(self, facts: Facts) -> Iterator[Finding]:
        for side in facts.sides:
            runs = [run.run for run in side.runs if run.run.info.state in ("running", "interrupted", "failed")]
            if runs:
                states = sorted({run.info.state for run in runs})
                stated = {"role": side.role, "runs": [run.id for run in runs], "count": len(runs), "states": states}
                yield self.finding("strong", stated)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "{count} of the {role}'s runs did not come to their end ({states:list}): {runs:codes}."


class RecordsLost(Rule):
    """Log records that could not be read."""

    name = "records_lost"
    code = "RC707"
    title = "Log records that were lost"
    summary = "sentence"

    def find(self, facts: Facts) -> Iterator[Finding]:
        for side in facts.sides:
            lost = sum(run.run.lost.records for run in side.runs)
            rebuilt = sum(run.run.lost.rebuilt_rows for run in side.runs)
            if lost or rebuilt:
                yield self.finding("strong", {"role": side.role, "records": lost, "rebuilt": rebuilt})

    def sentence(self, facts: Mapping[str, Any]) -> str:
        rebuilt = "; {rebuilt} rows were rebuilt from summaries" if facts["rebuilt"] else ""
        return "{records} log records of the {role} could not be read" + f"{rebuilt}."


RULES: tuple[Rule, ...] = (
    Confounded(),
    SingleRuns(),
    HardwareDiffers(),
    Unfinished(),
    NonFinite(),
    MissingStage(),
    EstimatedFigures(),
    RecordsLost(),
)
