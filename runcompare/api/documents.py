"""What is judged, rendered as a document."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from runcompare.api.one_side import against_target
from runcompare.api.several import compare_many
from runcompare.api.tasks import compare_tasks
from runcompare.api.two_sides import compare
from runcompare.errors import UsageError
from runcompare.inputs.groups import Reference
from runcompare.inputs.options import (
    OF_ONE_TASK,
    OF_TWO_ALONE,
    OF_TWO_SIDES,
    check_no_second_side,
    check_only_many,
    check_only_tasks,
)

if TYPE_CHECKING:
    from runcompare.comparison.comparison import Comparison
    from runcompare.comparison.many import ManyReport
    from runcompare.comparison.target import TargetReport
    from runcompare.comparison.tasks import TasksReport

__all__ = ["judge", "report"]


def judge(
    candidate: Reference,
    baseline: Reference | None = None,
    *,
    others: Sequence[Reference] = (),
    target: float | None = None,
    corrected: str | Path | None = None,
    plots: str | Path | None = None,
    **options: Any,
) -> "Comparison | ManyReport | TargetReport | TasksReport":
    """What `report` renders: groups compared, on one task or on many, or one group against a claimed number.

    Args:
        candidate, baseline, others, target, options: Those of `report`.
        corrected, plots: Where these are to be written: only a comparison on one task has them.

    Raises:
        UsageError: Unless there is either a baseline or a target; for options that say nothing of a target.
        RuncompareError: The errors of `compare`.
    """
    if target is not None:
        check_no_second_side(baseline, plots=plots, corrected=corrected, **options)
        return against_target(candidate, target, **{k: v for k, v in options.items() if k not in OF_TWO_SIDES})
    if baseline is not None and (options.get("task_key") or options.get("task_metrics")):
        check_only_tasks(plots=plots, corrected=corrected, **options)
        return compare_tasks(candidate, baseline, **{k: v for k, v in options.items() if k not in OF_ONE_TASK})
    options = {name: given for name, given in options.items() if name not in ("task_key", "task_metrics")}
    if others and baseline is not None:
        check_only_many(plots=plots, corrected=corrected, **options)
        kept = {name: given for name, given in options.items() if name not in OF_TWO_ALONE}
        return compare_many((candidate, *others), baseline, **kept)
    if baseline is None:
        new = shlex.quote(str(candidate)) if isinstance(candidate, str | Path) else "NEW"
        raise UsageError(
            "A report needs a baseline to compare with, or a number.",
            hint=f"Name one: runcompare report {new} BASELINE; or runcompare report {new} --target 3.28",
        )
    return compare(candidate, baseline, **options)


def report(
    candidate: Reference,
    baseline: Reference | None = None,
    *,
    others: Sequence[Reference] = (),
    target: float | None = None,
    format: Literal["md", "html", "json", "pdf"] | None = None,
    output: str | Path | None = None,
    plots: str | Path | None = None,
    corrected: str | Path | None = None,
    brief: bool = False,
    full: bool = False,
    **options: Any,
) -> str:
    """Compare two groups of runs, or one with a claimed number, and render what was found.

    Args:
        candidate, baseline: Runs as `load` takes them; no baseline where there is a target.
        others: More candidates, each against the same baseline, as `compare_many` has it.
        target: The claimed number that the mean of the candidate's runs is to be beyond, as `against_target` has it.
        format: Markdown, HTML, JSON or PDF; what the suffix of `output` says by default, else markdown.
        output: Also write the document to this file: whole or not at all.
        plots: The folder for the pictures; `NAME_plots` beside `output` by default. Without either there are none.
        corrected: Also write the corrected config to this file, whole, as YAML.
        brief: At most 250 words, as for a comment on a pull request.
        full: All rows of all tables.
        options: Those of `compare`, of `against_target`, or, with `task_key` or `task_metrics`, of `compare_tasks`.

    Returns:
        The document; for a PDF, the page that it is made of.

    Raises:
        DataError: If a file can't be written, or there is no corrected config to write.
        UsageError: Unless there is either a baseline or a target; for options that say nothing of a target; for a
            file whose suffix says nothing.
        RuncompareError: The errors of `compare`.
    """
    from runcompare.reporting.write import format_of, write_report

    kind = format_of(output, format)  # before the work
    result = judge(candidate, baseline, others=others, target=target, plots=plots, corrected=corrected, **options)
    return write_report(result, format=kind, output=output, plots=plots, corrected=corrected, brief=brief, full=full)
