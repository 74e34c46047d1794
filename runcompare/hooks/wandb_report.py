"""A comparison as a W&B Report, through `wandb-workspaces` (extra `wandb-reports`).

Text and tables are those of the markdown report. Where the runs are on W&B, panels with the curves of both sides stand
above them. Without a login the report is written as the JSON that W&B itself keeps of one.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcompare.comparison.comparison import RunBrief
from runcompare.errors import MissingExtra, UsageError
from runcompare.records.atomic import write_whole

if TYPE_CHECKING:
    from runcompare.comparison.comparison import Comparison
    from runcompare.hooks.job import Job
    from runcompare.hooks.judging import Judged

__all__ = ["save", "wandb_report", "write_json"]

_TITLE = 128  # characters, as W&B has it
_CURVES = 4


def wandb_report(comparison: "Comparison", *, project: str, entity: str = "", panels: bool = True) -> Any:
    """The report as an object of `wandb_workspaces.reports.v2`, not saved yet.

    Args:
        comparison: What `runcompare.compare` gave.
        project, entity: Where the report belongs, and where the runs of its panels are.
        panels: Whether panels are shown; they are empty where the runs are not on W&B.

    Raises:
        MissingExtra: Without the package.
    """
    wr = _package()
    from runcompare.reporting.markdown import to_markdown

    title, _, text = to_markdown(comparison).partition("\n")
    blocks = [wr.MarkdownBlock(text=text.strip())]
    if panels:
        blocks.insert(0, _panels(wr, comparison, project, entity))
    return wr.Report(project=project, entity=entity, title=title.lstrip("# ")[:_TITLE], blocks=blocks, width="fluid")


def save(comparison: "Comparison", *, project: str, entity: str) -> str:
    """Save the report on W&B, with panels, and give its address. Raises MissingExtra, and what the client raises."""
    if not entity:
        raise UsageError("A W&B Report needs an entity.", hint="Give the user or team that the project belongs to.")
    report = wandb_report(comparison, project=project, entity=entity)
    report.save()
    return str(report.url)


def write_json(comparison: "Comparison", path: Path, *, project: str = "runcompare") -> Path:
    """Write text and tables as W&B's own JSON of a report. Raises MissingExtra and OSError."""
    model = wandb_report(comparison, project=project, panels=False)._to_model()
    write_whole(path, model.spec.model_dump_json(by_alias=True, exclude_none=True, indent=2))
    return path


def from_hook(job: "Job", judged: "Judged") -> str:
    """What a hook does: save where the run is online, else write beside the run."""
    online = job.place.online
    if job.place.kind == "wandb" and online:
        address = save(judged.comparison, project=online["project"], entity=online["entity"])
        return f"saved the W&B Report {address}"
    path = judged.outputs.log.with_suffix(".wandb.json")
    return f"wrote {write_json(judged.comparison, path)}, a W&B Report"


def _package() -> Any:
    try:
        import wandb_workspaces.reports.v2 as wr
    except ImportError:
        raise MissingExtra("wandb-workspaces", "wandb-reports") from None
    return wr


def _panels(wr: Any, comparison: "Comparison", project: str, entity: str) -> Any:
    """The curves of the primary metric and of the next ones, of both sides' runs."""
    sides = (comparison.candidate, comparison.baseline)
    runsets = [
        wr.Runset(entity=entity, project=project, name=side.label[:_TITLE], filters=_named(side.runs)) for side in sides
    ]
    keys = dict.fromkeys([comparison.quality.metric.key, *(row.metric.key for row in comparison.metrics)])
    plots = [wr.LinePlot(x="Step", y=[key], title=key) for key in list(keys)[:_CURVES]]
    return wr.PanelGrid(runsets=runsets, panels=plots)


def _named(runs: Sequence[RunBrief]) -> str:
    """A filter of W&B's for runs by id; an id is letters, digits, - and _ there."""
    ids = [run.id for run in runs if run.id.replace("-", "").replace("_", "").isalnum()]
    return f"Metric('name') in {ids!r}"
