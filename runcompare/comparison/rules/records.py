"""Findings about the records themselves: what differs at once, what is missing, estimated or damaged."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import Finding, Recommendation
from runcompare.comparison.rules.rule import ASSOCIATION, EXACT, Facts, Rule, SideRule
from runcompare.records.figure import Provenance
from runcompare.records.run import Run

__all__ = ["RULES", "hardware_words"]


class Confounded(Rule):
    """Several settings differ at once, so no one of them can be blamed or thanked."""

    name = "confounded"
    code = "RC701"
    title = "Confounded"
    test = EXACT
    needs = ("settings",)
    confirm = "`runcompare ablate`: one run a change, the rest as it was."
    fault = False
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
    test = EXACT
    limits = "How far apart seeds would lie is taken from elsewhere, or not known."
    confirm = "Train two more seeds: `runcompare replicate`."
    fault = False
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
    test = EXACT
    limits = "How good the estimates are."
    confirm = "Read the run's own log instead of a record that somebody wrote."
    fault = False
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
    test = EXACT
    limits = "A stage that was trained and not logged looks the same."
    confirm = "Look for the stage in the other side's program."
    needs = ("loss",)
    fault = False
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


class HardwareDiffers(Rule):
    """Times and costs of different devices."""

    name = "hardware_differs"
    code = "RC703"
    title = "Different hardware"
    test = EXACT
    limits = "Results may differ by rounding, too; how much is not logged."
    confirm = "One run of each side on the same machine."
    fault = False
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


class Unfinished(SideRule):
    """Runs that did not come to their end, or are still going."""

    name = "unfinished"
    code = "RC704"
    title = "Runs that did not finish"
    test = EXACT
    limits = "Why they ended is not looked for."
    confirm = "Let them finish, or compare at a step that all reached: `@step=N`."
    fault = False
    summary = "sentence"

    def _of(self, side: MeasuredSide, role: str) -> Iterator[Finding]:
        runs = [run.run for run in side.runs if run.run.info.state in ("running", "interrupted", "failed")]
        if runs:
            states = sorted({run.info.state for run in runs})
            stated = {"role": role, "runs": [run.id for run in runs], "count": len(runs), "states": states}
            yield self.finding("strong", stated)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "{count} of the {role}'s runs did not come to their end ({states:list}): {runs:codes}."


class RecordsLost(SideRule):
    """Log records that could not be read."""

    name = "records_lost"
    code = "RC707"
    title = "Log records that were lost"
    test = EXACT
    limits = "What stood in them."
    confirm = "Read the run again from its source; a damaged file says at which byte."
    fault = False
    summary = "sentence"

    def _of(self, side: MeasuredSide, role: str) -> Iterator[Finding]:
        lost = sum(run.run.lost.records for run in side.runs)
        rebuilt = sum(run.run.lost.rebuilt_rows for run in side.runs)
        if lost or rebuilt:
            yield self.finding("strong", {"role": role, "records": lost, "rebuilt": rebuilt})

    def sentence(self, facts: Mapping[str, Any]) -> str:
        rebuilt = "; {rebuilt} rows were rebuilt from summaries" if facts["rebuilt"] else ""
        return "{records} log records of the {role} could not be read" + f"{rebuilt}."


RULES: tuple[Rule, ...] = (
    Confounded(),
    SingleRuns(),
    HardwareDiffers(),
    Unfinished(),
    MissingStage(),
    EstimatedFigures(),
    RecordsLost(),
)
