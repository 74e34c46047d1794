"""Findings about the records themselves: what differs at once, what is missing, estimated or damaged."""

from collections.abc import Iterator

import numpy as np

from runcompare.comparison.model import Evidence, Finding
from runcompare.comparison.rules.facts import ASSOCIATION, Facts, Rule
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Group, Run

__all__ = ["RULES", "hardware_words"]


def confounded(facts: Facts) -> Iterator[Finding]:
    """Several settings changed at once, so no one of them can be blamed or thanked."""
    if len(facts.config) > 1:
        paths = [change.path for change in facts.config]
        yield Finding("confounded", "note", {"count": len(paths), "paths": paths}, (), limits=ASSOCIATION)


def single_runs(facts: Facts) -> Iterator[Finding]:
    """A side of one run."""
    if len(facts.candidate) == 1 or len(facts.baseline) == 1:
        yield Finding("single_runs", "note", {"candidate": len(facts.candidate), "baseline": len(facts.baseline)}, ())


def estimated_figures(facts: Facts) -> Iterator[Finding]:
    """Figures that are estimates, not logs."""
    for role, group in facts.sides:
        count = sum(f.provenance is Provenance.ESTIMATED for run in group.runs for f in run.figures.values())
        if count:
            yield Finding("estimated_figures", "note", {"role": role, "count": count}, ())


def missing_stage(facts: Facts) -> Iterator[Finding]:
    """A stage that only one side has."""
    for table in facts.tables:
        rows = [row for row in table.rows if row.metric.key != f"{table.name}/time"]
        has = [any(getattr(row, side).center is not None for row in rows) for side in ("candidate", "baseline")]
        if rows and has[0] != has[1]:
            present, absent = ("candidate", "baseline") if has[0] else ("baseline", "candidate")
            yield Finding("missing_stage", "strong", {"present": present, "absent": absent}, (), stage=table.name)


def nonfinite(facts: Facts) -> Iterator[Finding]:
    """Losses or results that became NaN or infinite."""
    for role, group in facts.sides:
        for key, runs in sorted(_nonfinite_keys(group).items()):
            figure = Figure(float(len(runs)), "runs", source=f"{key} in {', '.join(runs)}")
            proof = (Evidence("runs with non-finite values", role, figure),)
            yield Finding("nonfinite", "strong", {"role": role, "key": key, "runs": runs}, proof)


def _nonfinite_keys(group: Group) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for run in group.runs:
        for key in run.history.numeric_keys:
            if key.endswith("loss") and not np.all(np.isfinite(run.history.series(key).value)):
                found.setdefault(key, []).append(run.id)
        for key, value in run.summary.items():
            if isinstance(value, float) and not np.isfinite(value) and key not in run.history.keys:
                found.setdefault(key, []).append(run.id)
    return found


def hardware_differs(facts: Facts) -> Iterator[Finding]:
    """Times and costs of different devices."""
    new, old = (sorted({hardware_words(run) for run in group.runs}) for _, group in facts.sides)
    if new != old and "" not in (*new, *old):
        yield Finding("hardware_differs", "strong", {"candidate": ", ".join(new), "baseline": ", ".join(old)}, ())


def hardware_words(run: Run) -> str:
    """What a run ran on, such as "2 x NVIDIA A100" or "AMD EPYC (1 thread)"; empty if unknown."""
    hw = run.hardware
    if hw.accelerator:
        return f"{max(1, hw.accelerator_count)} x {hw.accelerator}"
    threads = f" ({hw.cpu_count} thread{'s' if hw.cpu_count != 1 else ''})" if hw.cpu_count else ""
    return f"{hw.cpu}{threads}" if hw.cpu else ""


def unfinished(facts: Facts) -> Iterator[Finding]:
    """Runs that did not come to their end, or are still going."""
    for role, group in facts.sides:
        runs = [run for run in group.runs if run.info.state in ("running", "interrupted", "failed")]
        if runs:
            states = sorted({run.info.state for run in runs})
            yield Finding("unfinished", "strong", {"role": role, "runs": [r.id for r in runs], "states": states}, ())


def records_lost(facts: Facts) -> Iterator[Finding]:
    """Log records that could not be read."""
    for role, group in facts.sides:
        lost = sum(run.lost.records for run in group.runs)
        rebuilt = sum(run.lost.rebuilt_rows for run in group.runs)
        if lost or rebuilt:
            yield Finding("records_lost", "strong", {"role": role, "records": lost, "rebuilt": rebuilt}, ())


RULES: tuple[Rule, ...] = (
    confounded,
    single_runs,
    hardware_differs,
    unfinished,
    nonfinite,
    missing_stage,
    estimated_figures,
    records_lost,
)
