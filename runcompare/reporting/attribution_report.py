"""An ablation by itself, as `runcompare ablate` shows it: markdown, a terminal's text, or JSON, and its picture."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runcompare.comparison.causes.ablation import Ablation
from runcompare.comparison.causes.experiment import Finding, counts_for_costs
from runcompare.metrics.metric import Metric
from runcompare.records.as_json import json_text, plain
from runcompare.records.atomic import whole_file
from runcompare.reporting.attribution_plot import causes_figure, has_picture
from runcompare.reporting.attribution_text import effect_columns, effect_rows, experiment_lines, interplay_lines
from runcompare.reporting.drawing import SIGNED, plain_style
from runcompare.reporting.escape import clean, text
from runcompare.reporting.numbers import duration, money, number
from runcompare.reporting.page import Lines, table
from runcompare.reporting.prose import prose
from runcompare.reporting.tables import text_table

__all__ = ["AblationReport", "draw", "to_json", "to_markdown", "to_terminal"]

DPI = 120
ARMS = ("Arm", "Runs", "{metric}", "Time a run", "Money a run")


@dataclass(frozen=True, slots=True)
class AblationReport:
    """An ablation's record, what it shows, and what its metric means."""

    record: Ablation
    found: Finding
    metric: Metric


def to_json(report: AblationReport) -> str:
    """One object: the record, the whole and its parts, notes."""
    return json_text({"ablation": plain(report.record), **plain(report.found)})


def to_markdown(report: AblationReport, picture: str | None = None) -> str:
    """The document; `picture` is the path to embed."""
    record, found, metric, style = report.record, report.found, report.metric, prose("markdown")
    lines = [f"# What made the difference: {text(record.candidate)} against {text(record.baseline)}", ""]
    lines += [" ".join(experiment_lines(found.experiment, found.effects, metric, style)), ""]
    lines += table(effect_columns(metric, style), iter(effect_rows(found.experiment, found.effects, metric, style)))
    if picture is not None:
        lines += [f"![Each change's share of the difference]({picture})", ""]
    lines += [f"- {line}" for line in interplay_lines(found.experiment, metric, style)]
    lines += [f"- {text(note.text)}" for note in found.notes]
    return "\n".join([*lines, "", "## Arms", "", *_arm_table(report)]).rstrip() + "\n"


def to_terminal(report: AblationReport) -> str:
    """The same for a screen, without the arms."""
    record, found, metric, style = report.record, report.found, report.metric, prose("plain")
    head = f"What made the difference: {clean(record.candidate)} against {clean(record.baseline)}"
    columns = [name for name in effect_columns(metric, style) if name != "Settings"]
    rows = [(row[0], *row[2:]) for row in effect_rows(found.experiment, found.effects, metric, style)]
    told = experiment_lines(found.experiment, found.effects, metric, style)
    body = [*told, "", text_table(columns, rows).rstrip("\n")]
    notes = [*interplay_lines(found.experiment, metric, style), *(clean(note.text) for note in found.notes)]
    return "\n".join([head, "", *body, *([""] if notes else []), *notes]) + "\n"


def draw(report: AblationReport, path: Path) -> bool:
    """Write the picture as PNG; False if no shares are known. Raises OSError if it can't be written."""
    if not has_picture(report.found.effects):
        return False
    with plain_style(), whole_file(path) as file:
        figure = causes_figure(report.found.effects, report.metric.label)
        figure.savefig(file, dpi=DPI, format="png", metadata=SIGNED)
    return True


def _arm_table(report: AblationReport) -> Lines:
    head = [name.format(metric=text(report.metric.label)) for name in ARMS]
    yield from table(head, _arm_rows(report))


def _arm_rows(report: AblationReport) -> Iterator[tuple[str, ...]]:
    """Each arm with its runs' means, those of time and money by the runs of which they are compared."""
    record, machine = report.record, report.found.experiment.machine
    for arm in record.arms:
        timed = [run for run in arm.runs if run.machine == machine and counts_for_costs(record, run)]
        failed = f" ({len(arm.failed)} failed)" if arm.failed else ""
        yield (
            text(arm.name),
            f"{len(arm.runs)}{failed}",
            number(_mean([run.value for run in arm.runs])),
            duration(_mean([run.seconds for run in timed])),
            money(_mean([run.money for run in timed])),
        )


def _mean(values: list[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if known else None
